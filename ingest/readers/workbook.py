"""What all sheets of a workbook share: strings, formats, and who hides what."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from ingest.readers.cell_format import BUILTIN, hides, shown
from ingest.readers.package import OFFICE, Package, on, whole

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# Index of the white that themes call "light 1".
_LIGHT_THEME = "0"
_TINY_POINTS = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet's name, part and whether the workbook hides it."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class CellStyle:
    """A number format and whether the cell's text is unseen."""

    code: str = "General"
    hidden: bool = False


class Workbook:
    """A workbook's sheets in tab order, its strings and cell styles."""

    def __init__(self, package: Package) -> None:
        self._package = package
        main = next(iter(package.related("", "officeDocument")), "xl/workbook.xml")
        root = package.part(main)
        links = package.relationships(main)
        properties = root.find(f"{S}workbookPr")
        date1904 = properties.get("date1904", "0") if properties is not None else "0"
        self._since_1904 = on(date1904)
        self.sheets = [
            Sheet(entry.get("name", ""), link.target, entry.get("state", "visible") != "visible")
            for entry in root.iter(f"{S}sheet")
            if (link := links.get(entry.get(f"{OFFICE}id", ""))) and link.kind == "worksheet"
        ]
        self._strings = self._load_strings(package.related(main, "sharedStrings"))
        self._styles = self._load_styles(package.related(main, "styles"))

    def style(self, cell: etree._Element) -> CellStyle:
        """How a cell is shown."""
        index = whole(cell.get("s"))
        return self._styles[index] if 0 <= index < len(self._styles) else CellStyle()

    def text(self, cell: etree._Element, style: CellStyle) -> str:
        """A cell's text as the sheet shows it; a formula's is its last result."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find(f"{S}is")
            return _rich(inline) if inline is not None else ""
        found = cell.find(f"{S}v")
        raw = (found.text or "") if found is not None else ""
        if kind == "s":
            index = whole(raw, -1)
            return self._strings[index] if 0 <= index < len(self._strings) else ""
        if kind == "b":
            return "是" if raw == "1" else "否"
        if kind != "n" or not raw:
            return raw.replace("T", " ").removesuffix(" 00:00:00") if kind == "d" else raw
        try:
            value = float(raw)
        except ValueError:
            return raw
        return shown(value, style.code, since_1904=self._since_1904) if _finite(value) else raw

    def _load_strings(self, parts: list[str]) -> list[str]:
        if not parts:
            return []
        return [_rich(item) for item in self._package.part(parts[0]).iter(f"{S}si")]

    def _load_styles(self, parts: list[str]) -> list[CellStyle]:
        if not parts:
            return []
        root = self._package.part(parts[0])
        codes = dict(BUILTIN)
        for entry in root.iterfind(f"{S}numFmts/{S}numFmt"):
            codes[whole(entry.get("numFmtId"))] = entry.get("formatCode", "General")[:255]
        unseen = [_unseen(font) for font in root.iterfind(f"{S}fonts/{S}font")]
        filled = [_filled(fill) for fill in root.iterfind(f"{S}fills/{S}fill")]
        styles = []
        for entry in root.iterfind(f"{S}cellXfs/{S}xf"):
            font, fill = whole(entry.get("fontId")), whole(entry.get("fillId"))
            white, tiny = unseen[font] if 0 <= font < len(unseen) else (False, False)
            bright = 0 <= fill < len(filled) and filled[fill]
            code = codes.get(whole(entry.get("numFmtId")), "General")
            styles.append(CellStyle(code, tiny or (white and not bright) or hides(code)))
        return styles


def _rich(item: etree._Element) -> str:
    """Text of a string with its runs, without the readings above them."""
    return "".join(
        text.text or ""
        for text in item.iter(f"{S}t")
        if (parent := text.getparent()) is not None and parent.tag != f"{S}rPh"
    )


def _unseen(font: etree._Element) -> tuple[bool, bool]:
    colour, size = font.find(f"{S}color"), font.find(f"{S}sz")
    white = colour is not None and (
        colour.get("rgb", "")[-6:].upper() == "FFFFFF"
        or (colour.get("theme") == _LIGHT_THEME and not colour.get("tint"))
    )
    return white, size is not None and whole(size.get("val"), 11) <= _TINY_POINTS


def _filled(fill: etree._Element) -> bool:
    if fill.find(f"{S}gradientFill") is not None:
        return True
    pattern = fill.find(f"{S}patternFill")
    if pattern is None or pattern.get("patternType", "none") == "none":
        return False
    colour = pattern.find(f"{S}fgColor")
    return colour is None or not (
        colour.get("rgb", "")[-6:].upper() == "FFFFFF"
        or (colour.get("theme") == _LIGHT_THEME and not colour.get("tint"))
    )


def _finite(value: float) -> bool:
    return abs(value) < float("inf")
