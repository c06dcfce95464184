"""A transcript as a Word file."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from server.schemas import AI_LABEL
from server.transcript import Entry, Transcript

# A property's fmtid and its first pid are the same in every file (ECMA-376 part 1, 22.3).
_CUSTOM = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="AIGC">'
    "<vt:lpwstr>{}</vt:lpwstr></property></Properties>"
)
_FONT, _LATIN = "宋体", "Times New Roman"
_SIZES = {"Normal": 11, "Title": 18, "Heading 2": 13, "List Bullet": 10.5}
_INK = RGBColor(0x1B, 0x24, 0x33)
_GREY = RGBColor(0x59, 0x65, 0x7A)


def word_file(made: Transcript) -> bytes:
    """The .docx; the label of generated content is on every page and in its properties."""
    document = Document()
    for name, size in _SIZES.items():
        _dress(document.styles[name], size)
    document.add_heading(made.title, 0)
    _note(document, f"由会问于 {made.made_at} 导出。{AI_LABEL}")
    for entry in made.entries:
        _entry(document, entry)
    document.sections[0].footer.paragraphs[0].text = AI_LABEL
    properties = document.core_properties
    properties.title, properties.author = made.title, "会问（人工智能生成）"
    properties.subject, properties.comments = AI_LABEL, AI_LABEL
    properties.category, properties.keywords = "人工智能生成", "人工智能生成, AIGC"
    properties.language = "zh-CN"
    _carry(document, made.label)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _carry(document: Any, label: str) -> None:
    """Add the label as a custom property, where Word shows it too."""
    package = document.part.package
    xml = _CUSTOM.format(escape(label)).encode()
    custom = Part(PackURI("/docProps/custom.xml"), CONTENT_TYPE.OFC_CUSTOM_PROPERTIES, xml, package)
    package.relate_to(custom, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)


def _entry(document: Any, entry: Entry) -> None:
    document.add_heading(f"问：{entry.question}", 2)
    if entry.meant:
        _note(document, f"理解为：{entry.meant}")
    for line in entry.text.split("\n"):
        paragraph = document.add_paragraph()
        if entry.badge:
            paragraph.add_run(f"【{entry.badge}】").bold = True
        paragraph.add_run(line)
    for notice in entry.notices:
        _note(document, f"⚠ {notice}")
    if entry.quotes:
        _note(document, "依据：")
    for quote in entry.quotes:
        paragraph = document.add_paragraph(style="List Bullet")
        paragraph.add_run(f"[{quote.number}] {quote.document}").bold = True
        paragraph.add_run(f"：“{quote.text}”")
        _grey(paragraph.add_run(f"\n{quote.where}"))
    _note(document, f"{entry.asked_at} · 模型 {entry.model} · {AI_LABEL}")


def _note(document: Any, text: str) -> None:
    _grey(document.add_paragraph().add_run(text))


def _grey(run: Any) -> None:
    run.font.size, run.font.color.rgb = Pt(9), _GREY


def _dress(style: Any, size: float) -> None:
    """Chinese text has a font of its own in Word, apart from the Latin one."""
    style.font.name, style.font.size, style.font.color.rgb = _LATIN, Pt(size), _INK
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), _FONT)
    # The template's theme would have its way over both.
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]
