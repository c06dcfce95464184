"""Which format a file is of, told by its content, and the reader of each."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath

from huiwen.errors import UnsupportedFormatError
from ingest.archive import Archive
from ingest.content import Content, Reader


class Format(StrEnum):
    """The formats we tell apart."""

    TXT = "txt"
    MARKDOWN = "md"
    CSV = "csv"
    HTML = "html"
    EML = "eml"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    OFD = "ofd"
    DOC = "doc"  # Word 97-2003, and WPS Writer's .wps, which is the same
    PDF = "pdf"
    IMAGE = "image"


# What a folder is searched for; a file named outright is tried whatever its name.
SUFFIXES = frozenset(
    {
        ".bmp",
        ".csv",
        ".doc",
        ".docm",
        ".docx",
        ".eml",
        ".htm",
        ".html",
        ".jpeg",
        ".jpg",
        ".markdown",
        ".md",
        ".ofd",
        ".pdf",
        ".png",
        ".pptm",
        ".pptx",
        ".text",
        ".tif",
        ".tiff",
        ".txt",
        ".wps",
        ".xlsm",
        ".xlsx",
    }
)
# Text carries no magic bytes to tell these by, so here the name decides.
_TEXT_SUFFIXES = {
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".csv": Format.CSV,
}
# The member that tells what a ZIP container holds.
_CONTAINERS = {
    "word/document.xml": Format.DOCX,
    "xl/workbook.xml": Format.XLSX,
    "ppt/presentation.xml": Format.PPTX,
    "OFD.xml": Format.OFD,
}
_NUMBERED_DOCUMENT = re.compile(r"word/document\d+\.xml$")
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_MAIL = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_MAIL_MUST = re.compile(rb"^(?:From|Received|Return-Path|MIME-Version):", re.I | re.M)


def _plain(name: str, data: bytes) -> Content:
    from ingest.readers.plain import read_plain

    return read_plain(name, data)


def _markdown(name: str, data: bytes) -> Content:
    from ingest.readers.markdown import read_markdown

    return read_markdown(name, data)


def _delimited(name: str, data: bytes) -> Content:
    from ingest.readers.delimited import read_delimited

    return read_delimited(name, data)


def _word(name: str, data: bytes) -> Content:
    from ingest.readers.word import read_word

    return read_word(name, data)


def _spreadsheet(name: str, data: bytes) -> Content:
    from ingest.readers.spreadsheet import read_spreadsheet

    return read_spreadsheet(name, data)


def _slides(name: str, data: bytes) -> Content:
    from ingest.readers.slides import read_slides

    return read_slides(name, data)


def _pdf(name: str, data: bytes) -> Content:
    from ingest.readers.pdf import read_pdf

    return read_pdf(name, data)


def _image(name: str, data: bytes) -> Content:
    from ingest.readers.image import read_image

    return read_image(name, data)


def _ofd(name: str, data: bytes) -> Content:
    from ingest.readers.ofd import read_ofd

    return read_ofd(name, data)


def _webpage(name: str, data: bytes) -> Content:
    from ingest.readers.webpage import read_webpage

    return read_webpage(name, data)


def _mail(name: str, data: bytes) -> Content:
    from ingest.readers.mail import read_mail

    return read_mail(name, data)


def _legacy_word(name: str, data: bytes) -> Content:
    from ingest.readers.legacy_word import read_legacy_word

    return read_legacy_word(name, data)


# Imported when needed: each format brings libraries the others do without.
READERS: dict[Format, Reader] = {
    Format.TXT: _plain,
    Format.MARKDOWN: _markdown,
    Format.CSV: _delimited,
    Format.DOCX: _word,
    Format.XLSX: _spreadsheet,
    Format.PPTX: _slides,
    Format.PDF: _pdf,
    Format.IMAGE: _image,
    Format.OFD: _ofd,
    Format.HTML: _webpage,
    Format.EML: _mail,
    Format.DOC: _legacy_word,
}


def read(name: str, data: bytes) -> tuple[Format, Content]:
    """The file's format and content; raises InputError kinds for what cannot be read."""
    found = detect(name, data)
    reader = READERS.get(found)
    if reader is None:
        raise UnsupportedFormatError(
            f"文件“{name}”的内容是 {found.value.upper()}，还不能读取；"
            "请另存为 TXT、DOCX 或 PDF 后再上传。"
        )
    return found, reader(name, data)


def detect(name: str, data: bytes) -> Format:
    """Tell the format by the bytes; the name decides only between kinds of text.

    Raises UnsupportedFormatError for containers and binary formats that are
    none of ours, naming what they are where that is known.
    """
    head = data[:2048]
    if b"%PDF-" in head[:1024]:
        return Format.PDF
    if head.startswith(b"PK\x03\x04"):
        return _container(name, data)
    if head.startswith(_OLE):
        return Format.DOC
    if head.startswith(_IMAGES):
        return Format.IMAGE
    if head.startswith(b"{\\rtf"):
        raise UnsupportedFormatError(
            f"文件“{name}”的内容是 RTF；请用 Word 或 WPS 另存为 DOCX 后再上传。"
        )
    if _HTML.match(head):
        return Format.HTML
    mail = _MAIL.match(data[:65536])
    if mail and _MAIL_MUST.search(mail[0]):
        return Format.EML
    return _TEXT_SUFFIXES.get(PurePosixPath(name).suffix.lower(), Format.TXT)


def _container(name: str, data: bytes) -> Format:
    names = Archive(name, data).names
    for member, found in _CONTAINERS.items():
        if member in names:
            return found
    # Word on the web numbers the part it saves to.
    if any(_NUMBERED_DOCUMENT.match(member) for member in names):
        return Format.DOCX
    raise UnsupportedFormatError(
        f"文件“{name}”是压缩包，不是 DOCX、XLSX、PPTX 或 OFD；请解压后分别上传里面的文件。"
    )
