"""PPTX as python-pptx and LibreOffice write it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pptx
import pytest
from pptx.oxml import parse_xml
from pptx.util import Inches, Pt

from huiwen.errors import InputError
from huiwen.types import Document, ParagraphKind
from ingest.parse import parse
from ingest.readers.slides import read_slides
from tests.ingest.test_parse import texts, traced
from tests.ingest.test_word import converted

_A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def saved(deck: Any) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def read(deck: Any) -> Document:
    document = parse("汇报.pptx", saved(deck))
    assert traced(document)
    return document


def box(slide: Any, text: str, left: float = 1, top: float = 1) -> Any:
    shape = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1))
    shape.text_frame.text = text
    return shape


def report() -> Any:
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "海域治理工作汇报"
    first.placeholders[1].text = "工作组"
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "总体情况"
    second.placeholders[1].text = "水质持续改善\n任务全部完成"
    table = second.shapes.add_table(3, 3, Inches(1), Inches(6), Inches(6), Inches(1)).table
    for row, cells in enumerate(
        (("地区", "比例", "时限"), ("甲区", "95%", "三月"), ("", "96%", "四月"))
    ):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    second.notes_slide.notes_text_frame.text = "讲稿：此处强调落实。"
    return deck


def test_slides_are_pages_with_titles_tables_notes_and_places() -> None:
    document = read(report())
    assert document.title == "海域治理工作汇报"
    assert texts(document, ParagraphKind.HEADING) == ["总体情况"]
    assert texts(document) == ["工作组", "水质持续改善", "任务全部完成"]
    assert texts(document, ParagraphKind.TABLE) == [
        "地区 | 比例 | 时限\n甲区 | 95% | 三月\n甲区 | 96% | 四月"
    ]
    assert texts(document, ParagraphKind.NOTE) == ["讲稿：此处强调落实。"]
    assert document.report.pages == 2
    table = next(p for p in document.paragraphs if p.kind is ParagraphKind.TABLE)
    assert table.headings == ("总体情况",)
    (place,) = table.boxes
    assert (place.page, place.x0, place.y0, place.x1) == (2, 72.0, 432.0, 504.0)
    # A placeholder that says nothing of its place takes that of its layout.
    assert all(p.boxes for p in document.paragraphs if p.kind is ParagraphKind.BODY)


def test_order_is_that_of_the_show_and_of_the_eye() -> None:
    deck = pptx.Presentation()
    for text in ("甲页", "乙页"):
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = text
    slide = deck.slides[0]
    box(slide, "右下", 5, 4)
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(5), Inches(2), Inches(2), Inches(1)).text_frame.text = "右上"
    box(slide, "左上", 1, 2)
    box(slide, "左下", 1, 4)
    entries = deck.slides._sldIdLst
    entries.append(entries[0])
    document = read(deck)
    assert document.title == "乙页"
    assert texts(document, ParagraphKind.HEADING) == ["甲页"]
    assert texts(document) == ["左上", "右上", "左下", "右下"]
    assert document.paragraphs[-1].boxes[0].x0 == 360.0


def test_what_nobody_sees_is_counted_and_left_out() -> None:
    deck = report()
    slide = deck.slides[1]
    box(slide, "页外的字", -5)
    box(slide, "隐藏的形状").shape_id  # noqa: B018
    slide.shapes[-1]._element.nvSpPr.cNvPr.set("hidden", "1")
    box(slide, "极小的字").text_frame.paragraphs[0].runs[0].font.size = Pt(1)
    skipped = deck.slides.add_slide(deck.slide_layouts[5])
    skipped.shapes.title.text = "隐藏的页"
    skipped._element.set("show", "0")
    document = read(deck)
    assert document.report.hidden == 4
    assert document.report.pages == 3
    for text in ("页外的字", "隐藏的形状", "极小的字", "隐藏的页"):
        assert text not in document.text
    assert "隐藏的幻灯片" in document.report.warnings[0]


def test_automatic_numbers_and_a_slide_without_title() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    shape = box(slide, "落实责任\n加强督导")
    for paragraph in shape.text_frame.paragraphs:
        number = parse_xml(f'<a:buAutoNum xmlns:a="{_A}" type="ea1ChsPeriod"/>')
        paragraph._p.get_or_add_pPr().append(number)
    document = read(deck)
    assert texts(document, ParagraphKind.HEADING) == ["第 1 页"]
    assert texts(document) == ["一、落实责任", "二、加强督导"]
    assert document.title == "一、落实责任"


def test_libreoffice_as_the_writer(tmp_path: Path) -> None:
    source = tmp_path / "汇报.pptx"
    source.write_bytes(saved(report()))
    document = parse("汇报.pptx", converted(source, "pptx").read_bytes())
    ours = read(report())
    assert [p.text for p in document.paragraphs] == [p.text for p in ours.paragraphs]


def test_a_deck_of_pictures_is_refused_with_a_remedy() -> None:
    deck = pptx.Presentation()
    with pytest.raises(InputError, match=r"汇报\.pptx.*PDF"):
        read_slides("汇报.pptx", saved(deck))
