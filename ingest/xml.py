"""XML of untrusted files: no document types, no entities, no network, bounded."""

from __future__ import annotations

from lxml import etree

from huiwen.errors import InputError

MAX_BYTES = 64 * 2**20


def parse_xml(name: str, part: str, data: bytes) -> etree._Element:
    """Root element of ``part`` of the file ``name``; raises InputError.

    A document type declaration is refused outright: none of our formats has
    one, and every known attack of XML needs one.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"文件“{name}”的 {part} 有 {len(data) >> 20} MB，过大；请拆分后再上传。")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(
            f"文件“{name}”的 {part} 不是完好的 XML（{error}）；请用原来的程序重新保存。"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(f"文件“{name}”的 {part} 带有文档类型声明，不予读取；请用原来的程序另存。")
    return root
