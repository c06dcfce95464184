"""A transcript as a PDF, with the Chinese font that PDF readers bring along.

STSong-Light is one of the fonts every reader knows by name (Adobe-GB1), so no
font file is needed here and none travels in the PDF; what is not in GBK shows
as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfdoc import XMP
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from server.schemas import AI_LABEL
from server.transcript import Entry, Transcript

_FONT = "STSong-Light"
_BODY = ParagraphStyle("body", fontName=_FONT, fontSize=11, leading=19, wordWrap="CJK")
_TITLE = ParagraphStyle("title", _BODY, fontSize=18, leading=28, spaceAfter=6)
_QUESTION = ParagraphStyle("question", _BODY, fontSize=13, leading=21, spaceBefore=16, spaceAfter=4)
_NOTE = ParagraphStyle("note", _BODY, fontSize=9, leading=15, textColor=HexColor(0x59657A))
_QUOTE = ParagraphStyle("quote", _BODY, fontSize=10, leading=16, leftIndent=14, spaceBefore=3)
_MARGIN = 56
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">'
    "<TC260:AIGC>{}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="w"?>'
)


def pdf_file(made: Transcript) -> bytes:
    """The PDF; the label of generated content is on every page and in its properties."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=made.title,
        author="会问（人工智能生成）",
        subject=AI_LABEL,
        keywords="人工智能生成, AIGC",
        creator="会问",
        lang="zh-CN",
    )
    parts: list[Flowable] = [
        _paragraph(made.title, _TITLE),
        _paragraph(f"由会问于 {made.made_at} 导出。{AI_LABEL}", _NOTE),
    ]
    for entry in made.entries:
        parts.extend(_entry(entry))
    xmp = _XMP.format(escape(made.label)).encode()

    def first(canvas: Any, page: object) -> None:
        canvas._doc.Catalog.Metadata = XMP(creator=lambda _: xmp)
        _footer(canvas, page)

    document.build(parts, onFirstPage=first, onLaterPages=_footer)
    return out.getvalue()


def _entry(entry: Entry) -> Iterator[Flowable]:
    yield _paragraph(f"问：{entry.question}", _QUESTION)
    if entry.meant:
        yield _paragraph(f"理解为：{entry.meant}", _NOTE)
    badge = f"【{entry.badge}】" if entry.badge else ""
    for line in entry.text.split("\n"):
        yield _paragraph(badge + line, _BODY)
    for notice in entry.notices:
        yield _paragraph(f"注意：{notice}", _NOTE)
    for quote in entry.quotes:
        yield _paragraph(f"[{quote.number}] {quote.document}：“{quote.text}”", _QUOTE)
        yield _paragraph(quote.where, ParagraphStyle("where", _NOTE, leftIndent=14))
    yield _paragraph(f"{entry.asked_at} · 模型 {entry.model} · {AI_LABEL}", _NOTE)


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _footer(canvas: Any, _: object) -> None:
    canvas.setFont(_FONT, 8)
    canvas.setFillColor(HexColor(0x59657A))
    canvas.drawString(_MARGIN, 30, AI_LABEL)
    canvas.drawRightString(A4[0] - _MARGIN, 30, f"第 {canvas.getPageNumber()} 页")
