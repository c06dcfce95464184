"""Reader of OFD (GB/T 33190): fixed pages to paragraphs in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from huiwen.errors import InputError
from huiwen.types import Metadata, ParagraphKind
from ingest.content import Content, Draft
from ingest.layout import Line, Sheet, listed
from ingest.readers.image import page_lines
from ingest.readers.ofd_package import Package, children, text_at
from ingest.readers.ofd_text import page_text
from ingest.typeset import typeset

_POINTS = 72 / 25.4
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def read_ofd(name: str, data: bytes) -> Content:
    """An OFD file with its boxes; text nobody can see is counted, not read."""
    package = Package(name, data)
    documents: dict[int, list[Sheet]] = {}
    bare: list[int] = []
    recognised: list[int] = []
    hidden = dropped = 0
    for page in package.pages():
        found = page_text(name, page)
        hidden += found.hidden
        dropped += found.aslant
        width, height = page.box[2] * _POINTS, page.box[3] * _POINTS
        lines = found.lines
        if not lines and found.images:
            lines = list(_recognised(package, page.number, found.images, width))
            (recognised if lines else bare).append(page.number)
        sheet = Sheet(page.number, width, height, tuple(lines))
        documents.setdefault(page.document, []).append(sheet)
    draft = Draft()
    columns = False
    for sheets in documents.values():
        made = typeset(sheets, draft)
        dropped += made.dropped
        columns = columns or made.columns
    if not draft.blocks:
        raise InputError(
            f"文件“{name}”里没有文字"
            + ("，图片里也没有认出文字；请重新扫描。" if bare else "；请检查是否选错了文件。")
        )
    titled = any(block.kind is ParagraphKind.TITLE for block in draft.blocks)
    title, metadata = _information(package)
    return Content(
        draft.text,
        tuple(draft.blocks),
        pages=sum(map(len, documents.values())),
        recovered=columns or bool(recognised),
        dropped=dropped,
        hidden=hidden,
        title="" if titled else title,
        metadata=metadata,
        warnings=tuple(_warnings(bare, recognised, hidden)),
    )


def _recognised(
    package: Package, number: int, images: Sequence[str], width: float
) -> Iterator[Line]:
    """Text of the images of a page that has no other; each is taken to fill the page."""
    for image in images:
        yield from page_lines(package.media(image), number, width)


def _warnings(bare: Sequence[int], recognised: Sequence[int], hidden: int) -> Iterator[str]:
    if recognised:
        yield f"第 {listed(recognised)} 页只有图片，文字由图像识别，请对照原件。"
    if bare:
        yield f"第 {listed(bare)} 页只有图片，没有认出文字；请重新扫描后再上传。"
    if hidden:
        yield f"有 {hidden} 处看不见的文字（白色、透明、过小或在页外），未收入。"


def _information(package: Package) -> tuple[str, Metadata]:
    """What the package says of its first document."""
    info = next(children(package.root, "DocBody", "DocInfo"), None)
    if info is None:
        return "", Metadata()
    made = _DATE.match(text_at(info, "CreationDate"))
    published = f"{made[1]}-{int(made[2]):02}-{int(made[3]):02}" if made else ""
    return text_at(info, "Title"), Metadata(issuer=text_at(info, "Author"), published=published)
