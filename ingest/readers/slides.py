"""Reader of PPTX: slides in the order they are shown, each a page with its title."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from lxml import etree

from huiwen.errors import FileTooLargeError, InputError
from huiwen.types import ParagraphKind
from ingest.content import Content, Draft
from ingest.readers.package import OFFICE, Package, on, whole
from ingest.readers.properties import core_title
from ingest.readers.slide_shapes import A, P, Shape, lines, placeholders, shapes
from ingest.readers.table import table_texts

MAX_SLIDES = 2_000
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"dt", "ftr", "sldNum", "hdr"})
# Shapes this near in height (an eighth of an inch, in EMU) are read from left to right.
_BAND = 114_300
_COLUMNS = 200
_TITLE_CHARS = 50
_Size = tuple[int, int]


def read_slides(name: str, data: bytes) -> Content:
    """A presentation. Hidden slides and shapes are counted and left out; notes are kept."""
    return _Reader(Package(name, data)).content()


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = next(iter(package.related("", "officeDocument")), "ppt/presentation.xml")
        self._root = package.part(self._main)
        self._draft = Draft()
        self._models: dict[str, dict[str, Shape]] = {}
        self._hidden = 0
        self._dropped = 0
        self._pages = 0
        self._size = self._slide_size()

    def content(self) -> Content:
        for part in self._slides():
            self._pages += 1
            slide = self._package.part(part)
            if on(slide.get("show")):
                self._slide(part, slide)
            else:
                self._hidden += 1
        if not self._draft.blocks:
            raise InputError(
                f"文件“{self._package.name}”里没有可见的文字；"
                "若内容是图片，请导出为 PDF 后上传，以便识别文字。"
            )
        return Content(
            self._draft.text,
            tuple(self._draft.blocks),
            pages=self._pages,
            dropped=self._dropped,
            hidden=self._hidden,
            title=self._document_title(),
            warnings=tuple(self._warnings()),
        )

    def _document_title(self) -> str:
        """What the file is called where its first slide has no title to say it."""
        blocks = self._draft.blocks
        if blocks[0].kind is ParagraphKind.TITLE:
            return ""
        first = next((b.text for b in blocks if b.kind is ParagraphKind.BODY), "")
        guess = first if len(first) <= _TITLE_CHARS and "\n" not in first else ""
        return core_title(self._package) or guess or PurePosixPath(self._package.name).stem

    def _warnings(self) -> Iterator[str]:
        if self._hidden:
            yield (
                f"文件“{self._package.name}”有 {self._hidden} 处隐藏的幻灯片或文字，没有收录；"
                "若需收录，请取消隐藏后重新上传。"
            )

    def _slide_size(self) -> _Size:
        size = self._root.find(f"{P}sldSz")
        if size is None:
            return 0, 0
        return whole(size.get("cx")), whole(size.get("cy"))

    def _slides(self) -> Iterator[str]:
        links = self._package.relationships(self._main)
        entries = list(self._root.iterfind(f"{P}sldIdLst/{P}sldId"))
        if len(entries) > MAX_SLIDES:
            raise FileTooLargeError(
                f"文件“{self._package.name}”有 {len(entries)} 张幻灯片，"
                f"超过上限 {MAX_SLIDES}；请拆分后再上传。"
            )
        seen = set()
        for entry in entries:
            link = links.get(entry.get(f"{OFFICE}id", ""))
            if link and link.target not in seen and self._package.has(link.target):
                seen.add(link.target)
                yield link.target

    def _slide(self, part: str, slide: etree._Element) -> None:
        tree = slide.find(f"{P}cSld/{P}spTree")
        found = list(shapes(tree, self._model(part))) if tree is not None else []
        seen = []
        for shape in found:
            if shape.holder in _FURNITURE:
                self._dropped += bool(lines(shape.element)[0])
            elif shape.hidden or self._outside(shape):
                self._hidden += bool(lines(shape.element)[0])
            else:
                seen.append(shape)
        titles = [self._title(shape) for shape in seen if shape.holder in _TITLES]
        if not any(titles):
            # Or the title of the slide before would stand over this one.
            self._draft.add(f"第 {self._pages} 页", ParagraphKind.HEADING, 1)
        for shape in sorted((s for s in seen if s.holder not in _TITLES), key=_reading_order):
            self._shape(part, shape)
        self._notes(part)

    def _outside(self, shape: Shape) -> bool:
        width, height = self._size
        if shape.corners is None or not width or not height:
            return False
        x0, y0, x1, y1 = shape.corners
        return x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height

    def _title(self, shape: Shape) -> str:
        texts, unseen = lines(shape.element)
        self._hidden += unseen
        text = "".join(text.replace("\n", "") for text in texts)
        if not self._draft.blocks:
            self._draft.add(text, ParagraphKind.TITLE, boxes=shape.box(self._pages))
        else:
            self._draft.add(text, ParagraphKind.HEADING, 1, shape.box(self._pages))
        return text.strip()

    def _shape(self, part: str, shape: Shape) -> None:
        boxes = shape.box(self._pages)
        if shape.element.tag == f"{P}sp":
            texts, unseen = lines(shape.element)
            self._hidden += unseen
            for text in texts:
                self._draft.add(text, boxes=boxes)
            return
        for table in shape.element.iter(f"{A}tbl"):
            for text in table_texts(_grid(table)):
                self._draft.add(text, ParagraphKind.TABLE, boxes=boxes)
        for pointer in shape.element.iter(f"{_DIAGRAM}relIds"):
            link = self._package.relationships(part).get(pointer.get(f"{OFFICE}dm", ""))
            root = self._package.optional(link.target) if link else None
            for body in root.iter(f"{_DIAGRAM}t") if root is not None else ():
                for text in lines(body)[0]:
                    self._draft.add(text, boxes=boxes)

    def _notes(self, part: str) -> None:
        for target in self._package.related(part, "notesSlide"):
            tree = self._package.part(target).find(f"{P}cSld/{P}spTree")
            for shape in shapes(tree, {}) if tree is not None else ():
                if shape.holder == "body" and not shape.hidden:
                    text = "\n".join(lines(shape.element)[0])
                    self._draft.add(text, ParagraphKind.NOTE)

    def _model(self, part: str) -> dict[str, Shape]:
        """Placeholders a slide takes places from: those of its layout over its master's."""
        layout = next(iter(self._package.related(part, "slideLayout")), "")
        if layout not in self._models:
            found: dict[str, Shape] = {}
            masters = self._package.related(layout, "slideMaster") if layout else []
            for model in [*masters[:1], *([layout] if layout else [])]:
                tree = self._package.part(model).find(f"{P}cSld/{P}spTree")
                if tree is not None:
                    found = placeholders(tree, found)
            self._models[layout] = found
        return self._models[layout]


def _reading_order(shape: Shape) -> tuple[float, float]:
    if shape.corners is None:
        return (float("inf"), 0.0)
    return (shape.corners[1] // _BAND, shape.corners[0])


def _grid(table: etree._Element) -> list[list[str]]:
    """Texts by row and column; what is merged downwards is said in every row."""
    grid: list[list[str]] = []
    for row in table.iterfind(f"{A}tr"):
        texts: list[str] = []
        for cell in list(row.iterfind(f"{A}tc"))[:_COLUMNS]:
            column = len(texts)
            if on(cell.get("vMerge", "0")) and grid and column < len(grid[-1]):
                texts.append(grid[-1][column])
            else:
                texts.append(" ".join(lines(cell)[0]))
        grid.append(texts)
    return grid
