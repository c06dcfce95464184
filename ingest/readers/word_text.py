"""The text of a Word paragraph: runs as a reader sees them, in their order."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.word_styles import VAL, Look, Styles, W, run_look

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_RUN = f"{W}r"
_PROPERTIES = f"{W}rPr"
_TEXT = f"{W}t"
_FIELD_CHAR = f"{W}fldChar"
_FIELD_CODE = f"{W}instrText"
_ALTERNATE = f"{_MC}AlternateContent"
_FORMULAS = frozenset({f"{_MATH}oMath", f"{_MATH}oMathPara"})
_WRAPPERS = frozenset(
    f"{W}{tag}"
    for tag in (
        "hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple",
        "customXml", "dir", "bdo",
    )
)  # fmt: skip
_GRAPHICS = frozenset(f"{W}{tag}" for tag in ("drawing", "pict", "object"))
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}
_BREAK = f"{W}br"
_SYMBOL = f"{W}sym"
_RUBY = f"{W}ruby"
TEXT_BOX = f"{W}txbxContent"
# Check marks of Wingdings, which stand at private-use positions.
_SYMBOLS = {0xA8: "□", 0x6F: "□", 0xFE: "☑", 0x52: "☑", 0xFD: "☒", 0xFC: "✓", 0xD8: "➢"}


@dataclass(slots=True)
class Line:
    """A paragraph's text with what hangs on it: notes by part and id, text boxes, pictures."""

    text: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    pictures: int = 0
    hidden: bool = False


class Inline:
    """Reads the paragraphs of one part; fields may run from one into the next."""

    def __init__(self, root: etree._Element, styles: Styles) -> None:
        self._styles = styles
        self.hidden = 0
        kinds = [char.get(f"{W}fldCharType") for char in root.iter(_FIELD_CHAR)]
        # In a damaged file a code without end would swallow all that follows.
        self._balanced = kinds.count("begin") == kinds.count("end")
        self._codes: list[bool] = []
        self._line = Line()
        self._parts: list[str] = []
        self._look = Look()
        self._shaded = False
        self._in_hidden = False

    def read(self, paragraph: etree._Element, look: Look, *, shaded: bool) -> Line:
        """Text of a ``w:p`` whose style looks so, on a background shaded or not."""
        self._line = line = Line()
        self._parts = []
        self._look, self._shaded, self._in_hidden = look, shaded, False
        self._walk(paragraph)
        line.text = "".join(self._parts)
        return line

    def _walk(self, parent: etree._Element) -> None:
        for child in parent:
            tag = child.tag
            if tag == _RUN:
                self._run(child)
            elif tag in _WRAPPERS:
                self._walk(child)
            elif tag == _ALTERNATE:
                if (branch := _branch(child)) is not None:
                    self._walk(branch)
            elif tag in _FORMULAS:
                self._parts.extend(text.text or "" for text in child.iter(f"{_MATH}t"))

    def _run(self, run: etree._Element) -> None:
        hides = self._hides(run)
        for child in run:
            tag = child.tag
            if tag == _TEXT:
                self._say(child.text or "", hides=hides)
            elif tag == _FIELD_CHAR:
                self._field(child.get(f"{W}fldCharType", ""))
            elif tag in _SIGNS:
                self._say(_SIGNS[tag], hides=hides)
            elif tag == _BREAK:
                self._say("\n", hides=hides)
            elif tag == _SYMBOL:
                self._say(_symbol(child.get(f"{W}char", "")), hides=hides)
            elif tag in _NOTES and not hides:
                self._line.notes.append((_NOTES[tag], child.get(f"{W}id", "")))
            elif tag in _GRAPHICS or tag == _ALTERNATE:
                self._graphics(child)
            elif tag == _RUBY:
                base = child.find(f"{W}rubyBase")
                if base is not None:
                    self._walk(base)

    def _say(self, text: str, *, hides: bool) -> None:
        if self._balanced and any(self._codes):
            return
        if not hides:
            self._parts.append(text)
            self._in_hidden = self._in_hidden and not text.strip()
        elif text.strip():
            self.hidden += not self._in_hidden
            self._in_hidden = self._line.hidden = True

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._codes.append(True)
        elif kind == "separate" and self._codes:
            self._codes[-1] = False
        elif kind == "end" and self._codes:
            self._codes.pop()

    def _hides(self, run: etree._Element) -> bool:
        properties = run.find(_PROPERTIES)
        if properties is None:
            return self._look.hides(shaded=self._shaded)
        look = self._look
        style = properties.find(f"{W}rStyle")
        if style is not None:
            look = self._styles.run(style.get(VAL, "")).over(look)
        return run_look(properties).over(look).hides(shaded=self._shaded)

    def _graphics(self, parent: etree._Element) -> None:
        """Text boxes and pictures anywhere below, of alternatives the first alone."""
        for child in parent if parent.tag != _ALTERNATE else _children(_branch(parent)):
            if child.tag == TEXT_BOX:
                self._line.boxes.append(child)
            elif child.tag == f"{_DRAWING}blip" or child.tag.endswith("}imagedata"):
                self._line.pictures += 1
            else:
                self._graphics(child)


def _branch(alternate: etree._Element) -> etree._Element | None:
    choice = alternate.find(f"{_MC}Choice")
    return choice if choice is not None else alternate.find(f"{_MC}Fallback")


def _children(parent: etree._Element | None) -> list[etree._Element]:
    return list(parent) if parent is not None else []


def box_shaded(box: etree._Element) -> bool:
    """Whether a text box lies on a coloured shape, where white text is meant to be read."""
    shape = box.getparent()
    for _ in range(4):
        if shape is None:
            return False
        if shape.get("fillcolor") or shape.get("filled") == "t":
            return not (shape.get("fillcolor") or "").lower().startswith(("white", "#fff"))
        for fill in shape.iter(
            f"{_DRAWING}solidFill", f"{_DRAWING}gradFill", f"{_DRAWING}blipFill"
        ):
            colour = next(iter(fill), None)
            value = colour.get("val", "") if colour is not None else ""
            return value.upper() not in ("FFFFFF", "BG1", "LT1")
        shape = shape.getparent()
    return False


def _symbol(code: str) -> str:
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    if 0xF000 <= point <= 0xF0FF:
        return _SYMBOLS.get(point - 0xF000, "")
    return chr(point) if 0x20 <= point < 0xD800 or 0xE000 <= point < 0x110000 else ""


def joins_next(paragraph: etree._Element) -> bool:
    """Whether the paragraph mark itself is deleted, so that the next paragraph joins this one."""
    properties = paragraph.find(f"{W}pPr/{_PROPERTIES}")
    return properties is not None and properties.find(f"{W}del") is not None
