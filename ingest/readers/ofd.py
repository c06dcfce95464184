"""Reader of OFD (GB/T 33190): fixed pages to paragraphs in reading order."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from huiwen.errors import InputError
from huiwen.types import Metadata, ParagraphKind
from ingest.content import Content, Draft
from ingest.heading import classify
from ingest.layout import listed
from ingest.readers.image import page_lines
from ingest.readers.ofd_layout import Group, Line, lines_of, ordered, paragraphs, with_margins
from ingest.readers.ofd_package import Package, children, text_at
from ingest.readers.ofd_text import page_text

_POINTS = 72 / 25.4
_EDGE = 0.12  # share of the page's height where running heads and page numbers stand
_PAGE_NUMBER = re.compile(
    r"[-—–－一·\s]*\d{1,4}[-—–－一·\s]*|第\s*\d+\s*页(?:[,，/／\s]*共\s*\d+\s*页)?|\d+\s*[/／]\s*\d+"
)
_PAPER_NUMBER = re.compile(r"[〔\[［]\d{4}[〕\]］]\s*(?:第\s*)?\d+\s*号")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def read_ofd(name: str, data: bytes) -> Content:
    """An OFD file with its boxes; text nobody can see is counted, not read."""
    package = Package(name, data)
    lines: list[Line] = []
    edges: set[Line] = set()
    bare: list[int] = []
    recognised: list[int] = []
    documents: dict[int, int] = {}
    pages = hidden = dropped = 0
    for page in package.pages():
        pages = page.number
        documents[page.number] = page.document
        found = page_text(name, page)
        hidden += found.hidden
        dropped += found.aslant
        on_page = ordered(lines_of(page.number, found.glyphs)) + found.lines
        if not on_page and found.images:
            on_page = _recognised(package, page.number, found.images, page.box[2] * _POINTS)
            (recognised if on_page else bare).append(page.number)
        height = page.box[3] * _POINTS
        edges.update(
            line for line in on_page if line.y1 < _EDGE * height or line.y0 > (1 - _EDGE) * height
        )
        lines += on_page
    kept = _without_heads(lines, edges, pages)
    dropped += len(lines) - len(kept)
    draft = Draft()
    groups: list[Group] = []
    for _, part in groupby(with_margins(kept), key=lambda line: documents[line.page]):
        groups += paragraphs(list(part))
    _write(draft, groups)
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
        pages=pages,
        dropped=dropped,
        hidden=hidden,
        title="" if titled else title,
        metadata=metadata,
        warnings=tuple(_warnings(bare, recognised, hidden)),
    )


def _recognised(package: Package, number: int, images: Sequence[str], width: float) -> list[Line]:
    """Text of the images of a page that has no other; each is taken to fill the page."""
    found = (line for image in images for line in page_lines(package.media(image), number, width))
    return [
        Line(line.text, number, line.box.x0, line.box.x1, line.box.y0, line.box.y1, line.size)
        for line in found
    ]


def _warnings(bare: Sequence[int], recognised: Sequence[int], hidden: int) -> Iterator[str]:
    if recognised:
        yield f"第 {listed(recognised)} 页只有图片，文字由图像识别，请对照原件。"
    if bare:
        yield f"第 {listed(bare)} 页只有图片，没有认出文字；请重新扫描后再上传。"
    if hidden:
        yield f"有 {hidden} 处看不见的文字（白色、透明、过小或在页外），未收入。"


def _without_heads(lines: Sequence[Line], edges: set[Line], pages: int) -> list[Line]:
    """The lines but for page numbers and for what stands at the edge of page after page."""
    seen = Counter(key for key, _ in {(_key(line), line.page) for line in edges})
    often = max(2, pages // 2)
    return [
        line
        for line in lines
        if line not in edges
        or not (
            _PAGE_NUMBER.fullmatch(line.text.replace("\u3000", " "))
            or (seen[_key(line)] >= often and pages > 1)
        )
    ]


def _key(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.y1 / 6)


def _write(draft: Draft, groups: Sequence[Group]) -> None:
    title = _title(groups)
    for at, group in enumerate(groups):
        table = _table_rows(groups, at)
        if table:
            cells = group.lines[0].cells
            draft.add(" | ".join(cells), ParagraphKind.TABLE, boxes=group.boxes)
            continue
        kind, level = classify(group.text, first=False)
        if group is title:
            kind, level = ParagraphKind.TITLE, 0
        elif title is None and at == 0:
            kind, level = classify(group.text, first=True)
        elif kind is ParagraphKind.HEADING and level == 1 and not group.lines[0].centred:
            kind, level = ParagraphKind.BODY, 0
        draft.add(group.text, kind, level, group.boxes)


def _table_rows(groups: Sequence[Group], at: int) -> bool:
    """Whether the group is a row among rows of as many cells."""
    count = len(groups[at].lines[0].cells)
    near = (*groups[max(at - 1, 0) : at], *groups[at + 1 : at + 2])
    return count > 1 and any(len(group.lines[0].cells) == count for group in near)


def _title(groups: Sequence[Group]) -> Group | None:
    """The large centred paragraph of the first page; behind the paper's number if it has one."""
    sizes = [group.lines[0].size for group in groups for _ in group.text]
    if not sizes:
        return None
    body = statistics.median(sizes)
    first = [group for group in groups if group.lines[0].page == groups[0].lines[0].page]
    number = next((at for at, one in enumerate(first) if _PAPER_NUMBER.search(one.text)), -1)
    large = [
        (at, group)
        for at, group in enumerate(first)
        if group.lines[0].size > 1.15 * body and group.lines[0].centred
    ]
    behind = [group for at, group in large if at > number] or [group for _, group in large]
    return behind[0] if behind else None


def _information(package: Package) -> tuple[str, Metadata]:
    """What the package says of its first document."""
    info = next(children(package.root, "DocBody", "DocInfo"), None)
    if info is None:
        return "", Metadata()
    made = _DATE.match(text_at(info, "CreationDate"))
    published = f"{made[1]}-{int(made[2]):02}-{int(made[3]):02}" if made else ""
    return text_at(info, "Title"), Metadata(issuer=text_at(info, "Author"), published=published)
