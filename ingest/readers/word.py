"""Reader of DOCX: its own walk through WordprocessingML, in the order a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from huiwen.errors import InputError
from huiwen.types import ParagraphKind
from ingest.content import Content, Draft
from ingest.readers.outline import Item, settled
from ingest.readers.package import Package, whole
from ingest.readers.properties import core_title
from ingest.readers.table import line, table_texts
from ingest.readers.word_numbering import Numbering
from ingest.readers.word_styles import VAL, Style, Styles, W, child_value, is_shaded
from ingest.readers.word_table import WRAPPERS, cell_shaded, cells, declared_header, deleted, rows
from ingest.readers.word_text import Inline, box_shaded, joins_next

_DOCUMENT = "word/document.xml"
_P = f"{W}p"
_TABLE = f"{W}tbl"
_BREAKS = re.compile(r"\s*\n\s*")
# Deeper nesting is not read: real files have tables in tables in text boxes, no more.
_DEPTH = 8
_COLUMNS = 64
_TITLE_CHARS = 80
# A file of pictures with a few words is a scan, and its reader should know.
_CHARS_PER_PICTURE = 100


def read_word(name: str, data: bytes) -> Content:
    """A Word file. Hidden text, deletions, comments, running heads are not part of it."""
    return _Reader(Package(name, data)).content()


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        main = next(iter(package.related("", "officeDocument")), _DOCUMENT)
        self._root = package.part(main)
        parts = {kind: package.related(main, kind) for kind in _PARTS}
        self._styles = Styles(self._first(parts["styles"]))
        self._numbering = Numbering(self._first(parts["numbering"]))
        self._inline = Inline(self._root, self._styles)
        self._notes = {kind: self._note_bodies(parts[kind]) for kind in ("footnotes", "endnotes")}
        self._margins = parts["header"] + parts["footer"]
        self._items: list[Item] = []
        self._carried = ""
        self._dropped = 0
        self._pictures = 0
        self._too_deep = False

    def content(self) -> Content:
        body = self._root.find(f"{W}body")
        if body is not None:
            self._blocks(body, 0, shaded=False)
        if self._carried.strip():
            self._items.append(Item(self._carried.strip()))
        draft = Draft()
        items = settled(self._items)
        for item in items:
            draft.add(item.text, item.kind or ParagraphKind.BODY, item.level)
        if not draft.blocks:
            raise InputError(
                f"文件“{self._package.name}”里没有文字；"
                "若内容是图片，请导出为 PDF 或图片后上传，以便识别文字。"
            )
        titled = any(item.kind is ParagraphKind.TITLE for item in items)
        return Content(
            draft.text,
            tuple(draft.blocks),
            dropped=self._dropped + self._margin_lines(),
            hidden=self._inline.hidden,
            title="" if titled else core_title(self._package),
            warnings=tuple(self._warnings(len(draft.text))),
        )

    def _warnings(self, characters: int) -> Iterator[str]:
        name = self._package.name
        if self._inline.hidden:
            yield (
                f"文件“{name}”有 {self._inline.hidden} 处隐藏文字（设为隐藏、白色或极小字号），"
                "没有收录；若属正文，请取消隐藏后重新上传。"
            )
        if self._pictures * _CHARS_PER_PICTURE > characters:
            yield (
                f"文件“{name}”以图片为主（{self._pictures} 幅），图片里的文字没有收录；"
                "请导出为 PDF 后上传，以便识别文字。"
            )
        if self._too_deep:
            yield (
                f"文件“{name}”的表格或文本框嵌套超过 {_DEPTH} 层，更深处没有收录；"
                "请改用较浅的版式后重新上传。"
            )
        if next(self._root.iter(f"{W}altChunk"), None) is not None:
            yield f"文件“{name}”嵌入了别的文件，其内容没有收录；请用 Word 打开并另存后上传。"

    def _first(self, parts: list[str]) -> etree._Element | None:
        return self._package.part(parts[0]) if parts else None

    def _note_bodies(self, parts: list[str]) -> dict[str, etree._Element]:
        root = self._first(parts)
        found = {}
        for note in root if root is not None else ():
            if note.get(f"{W}type", "normal") == "normal":
                found[note.get(f"{W}id", "")] = note
        return found

    def _margin_lines(self) -> int:
        """How many paragraphs running heads and feet have."""
        return sum(
            any((text.text or "").strip() for text in paragraph.iter(f"{W}t"))
            for part in self._margins
            for paragraph in self._package.part(part).iter(_P)
        )

    def _blocks(self, parent: Iterable[etree._Element], depth: int, *, shaded: bool) -> None:
        for child in parent:
            if child.tag == _P:
                self._paragraph(child, depth, shaded=shaded)
            elif child.tag == _TABLE:
                self._table(child, depth, shaded=shaded)
            elif child.tag in WRAPPERS:
                self._blocks(child, depth, shaded=shaded)

    def _paragraph(self, paragraph: etree._Element, depth: int, *, shaded: bool) -> None:
        properties = paragraph.find(f"{W}pPr")
        style = self._style(properties)
        text, boxes, notes = self._read(paragraph, properties, style, shaded=shaded)
        if style.role == "contents":
            self._dropped += bool(text.strip())
        else:
            self._items.extend(self._told(text, properties, style))
        self._attached(boxes, notes, depth)

    def _read(
        self,
        paragraph: etree._Element,
        properties: etree._Element | None,
        style: Style,
        *,
        shaded: bool,
    ) -> tuple[str, list[etree._Element], list[tuple[str, str]]]:
        """Numbered text, text boxes and notes; none where it belongs to the next paragraph."""
        own = properties is not None and is_shaded(properties.find(f"{W}shd"))
        found = self._inline.read(paragraph, style.look, shaded=shaded or own or style.shaded)
        self._pictures += found.pictures
        text = self._carried + found.text
        self._carried = ""
        if joins_next(paragraph) or _drop_cap(properties):
            self._carried = text
            return "", found.boxes, found.notes
        if text.strip() or not found.hidden:
            # An empty paragraph of a list takes a number too.
            label = self._label(properties, style)
            text = label + text.lstrip() if text.strip() else ""
        return text, found.boxes, found.notes

    def _label(self, properties: etree._Element | None, style: Style) -> str:
        numbered = properties.find(f"{W}numPr") if properties is not None else None
        number, indent, by_style = style.number, style.indent, child_value(properties, "pStyle")
        if numbered is not None:
            own = child_value(numbered, "numId")
            if own:
                number, by_style = own, ""
            indent = whole(child_value(numbered, "ilvl"), indent)
        if not number or number == "0":
            return ""
        return self._numbering.label(number, indent, by_style)

    def _told(self, text: str, properties: etree._Element | None, style: Style) -> Iterator[Item]:
        align = child_value(properties, "jc") or style.align
        kind, level = self._kind(properties, style)
        if kind is None and not (align == "center" and len(text) <= _TITLE_CHARS):
            # A line break parts paragraphs in files made from web pages and by hand.
            for piece in text.split("\n"):
                if piece.strip():
                    aside = align in ("right", "end") or piece.startswith("•")
                    yield Item(piece.strip(), aside=aside)
        elif text.strip():
            yield Item(_BREAKS.sub("", text.strip()), kind, level, centred=align == "center")

    def _kind(
        self, properties: etree._Element | None, style: Style
    ) -> tuple[ParagraphKind | None, int]:
        if style.role in _ROLES:
            return _ROLES[style.role], 0
        outline = style.outline
        own = child_value(properties, "outlineLvl")
        if own:
            level = whole(own, 9)
            outline = level + 1 if 0 <= level < 9 else 0
        return (ParagraphKind.HEADING, outline) if outline else (None, 0)

    def _attached(
        self, boxes: list[etree._Element], notes: list[tuple[str, str]], depth: int
    ) -> None:
        """Text boxes and notes follow the paragraph they hang on."""
        if depth >= _DEPTH:
            self._too_deep = self._too_deep or bool(boxes or notes)
            return
        for box in boxes:
            self._blocks(box, depth + 1, shaded=box_shaded(box))
        for part, identity in notes:
            body = self._notes[part].pop(identity, None)
            if body is not None:
                text = " ".join(self._cell(body, depth + 1, shaded=False))
                self._items.append(Item(text.strip(), ParagraphKind.NOTE))

    def _style(self, properties: etree._Element | None) -> Style:
        return self._styles.paragraph(child_value(properties, "pStyle"))

    def _table(self, table: etree._Element, depth: int, *, shaded: bool) -> None:
        if depth >= _DEPTH:
            self._too_deep = True
            return
        style = child_value(table.find(f"{W}tblPr"), "tblStyle")
        shaded = shaded or self._styles.table_shaded(style)
        lines = [row for row in rows(table) if not deleted(row)]
        inside = [list(cells(row)) for row in lines]
        if max(map(len, inside), default=0) <= 1:
            # One column is a frame around text, not a table.
            for row in inside:
                for cell in row:
                    self._blocks(cell, depth + 1, shaded=shaded or cell_shaded(cell))
            return
        later = len(self._items)
        grid = self._grid(inside, depth, shaded=shaded)
        texts = list(table_texts(grid, declared_header(lines)))
        # Notes, boxes and tables inside cells have been added meanwhile; they come after it.
        self._items[later:later] = [Item(text, ParagraphKind.TABLE) for text in texts]

    def _grid(
        self, inside: list[list[etree._Element]], depth: int, *, shaded: bool
    ) -> list[list[str]]:
        """Texts by row and column; what is merged downwards is said in every row."""
        grid: list[list[str]] = []
        above: dict[int, str] = {}
        for row in inside:
            texts: list[str] = []
            for cell in row:
                column = len(texts)
                properties = cell.find(f"{W}tcPr")
                merged = properties.find(f"{W}vMerge") if properties is not None else None
                if merged is not None and merged.get(VAL, "continue") == "continue":
                    text = above.get(column, "")
                else:
                    own = shaded or cell_shaded(cell)
                    text = " ".join(self._cell(cell, depth + 1, shaded=own))
                if merged is not None:
                    above[column] = text
                else:
                    above.pop(column, None)
                span = whole(child_value(properties, "gridSpan"), 1)
                texts += [text] + [""] * max(0, min(span, _COLUMNS) - 1)
            grid.append(texts[:_COLUMNS])
        return grid

    def _cell(self, cell: Iterable[etree._Element], depth: int, *, shaded: bool) -> Iterator[str]:
        """Texts of a cell's paragraphs; what hangs on them and inner tables become items."""
        for child in cell:
            if child.tag == _P:
                properties = child.find(f"{W}pPr")
                style = self._style(properties)
                text, boxes, notes = self._read(child, properties, style, shaded=shaded)
                if text.strip():
                    yield line([text])
                self._attached(boxes, notes, depth)
            elif child.tag == _TABLE:
                self._table(child, depth, shaded=shaded)
            elif child.tag in WRAPPERS:
                yield from self._cell(child, depth, shaded=shaded)


def _drop_cap(properties: etree._Element | None) -> bool:
    frame = properties.find(f"{W}framePr") if properties is not None else None
    return frame is not None and frame.get(f"{W}dropCap", "none") != "none"


_PARTS = ("styles", "numbering", "footnotes", "endnotes", "header", "footer")
_ROLES = {
    "title": ParagraphKind.TITLE,
    "subtitle": ParagraphKind.BYLINE,
    "caption": ParagraphKind.CAPTION,
}
