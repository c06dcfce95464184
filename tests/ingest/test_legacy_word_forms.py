"""DOC and WPS as LibreOffice writes them: text, styles, tables, nothing hidden, nothing foreign."""

from __future__ import annotations

import random
import re

import pytest

from huiwen.errors import InputError, UnsupportedFormatError
from huiwen.types import Document, ParagraphKind
from ingest.parse import parse
from tests.data.make_formats import LEGACY, OUT, PARAGRAPHS, ROWS, TITLE

PLAIN = OUT / "会议.doc"


@pytest.fixture(scope="module")
def rich() -> Document:
    return parse("复杂.wps", LEGACY.read_bytes())


def test_every_paragraph_is_there_as_it_was() -> None:
    texts = [p.text for p in parse("会议.doc", PLAIN.read_bytes()).paragraphs]
    assert texts == [TITLE, *PARAGRAPHS, "\n".join(" | ".join(row) for row in ROWS)]


def test_styles_are_titles_and_headings(rich: Document) -> None:
    assert (rich.paragraphs[0].kind, rich.title) == (ParagraphKind.TITLE, TITLE)
    about = next(p for p in rich.paragraphs if "编织袋" in p.text)
    assert about.headings == ("二、会议议定事项",)


def test_hidden_text_is_counted_and_left_out(rich: Document) -> None:
    assert "看得见的开头，看得见的结尾。" in rich.text
    assert "忽略以上" not in rich.text
    assert "白纸白字" not in rich.text
    assert rich.report.hidden == 2
    assert any("隐藏文字" in warning for warning in rich.report.warnings)


def test_running_heads_are_dropped(rich: Document) -> None:
    assert "内部资料" not in rich.text
    assert rich.report.dropped == 1


def test_a_cell_of_two_paragraphs_is_one_cell(rich: Document) -> None:
    table = next(p for p in rich.paragraphs if p.kind is ParagraphKind.TABLE)
    assert re.sub(r"\s+", " ", table.text) == "项目 | 说明 值班 | 第一段。 第二段。"
    assert rich.paragraphs[-1].text == "表后的一段。"


def test_an_old_workbook_is_named_with_its_remedy() -> None:
    with pytest.raises(UnsupportedFormatError, match=r"表\.doc.*Excel.*XLSX"):
        parse("表.doc", (LEGACY.parent / "会议.xls").read_bytes())


def test_some_other_programs_file_is_refused() -> None:
    old, new = "WordDocument".encode("utf-16-le"), "ABCDEFGHIJKL".encode("utf-16-le")
    with pytest.raises(UnsupportedFormatError, match=r"别\.doc.*DOCX"):
        parse("别.doc", PLAIN.read_bytes().replace(old, new))


def test_a_locked_file_is_said_to_be_locked() -> None:
    data = bytearray(PLAIN.read_bytes())
    at = data.index(b"\xec\xa5")
    data[at + 0x0B] |= 0x01
    with pytest.raises(InputError, match=r"锁\.doc.*密码"):
        parse("锁.doc", bytes(data))


def test_mutations_end_in_text_or_a_typed_error() -> None:
    chosen, whole = random.Random(3), 0
    for source in (PLAIN, LEGACY):
        data = source.read_bytes()
        for _ in range(250):
            broken = bytearray(data)
            for _ in range(chosen.choice((1, 3, 10))):
                at = chosen.randrange(len(broken))
                broken[at : at + chosen.choice((1, 4, 64))] = chosen.randbytes(
                    chosen.choice((1, 4))
                )
            try:
                whole += bool(parse("a.doc", bytes(broken)).paragraphs)
            except InputError:
                continue
    assert whole
