"""OFD pages to paragraphs, on files whose every glyph the test has placed."""

from __future__ import annotations

import difflib
import io
import random
import zipfile

import pypdfium2
import pytest

from huiwen.errors import InputError
from huiwen.types import ParagraphKind
from ingest.format import Format, read
from ingest.parse import parse
from tests.data.make_pages import OUT as PAGES
from tests.ingest.ofd_writer import Sheet, package, running

CLAUSES = (
    "会议听取了关于上半年防汛准备工作的汇报", "各单位要压实责任", "对重点河段逐一排查",
    "确保物资储备充足", "完成投资3.26亿元，同比增长12.5%", "群众转移预案要演练到村到户",
    "市水务局每周通报一次进展", "任何人不得瞒报、迟报、漏报",
)  # fmt: skip


def article(count: int, seed: int = 1) -> list[str]:
    """Paragraphs of differing lengths, none like another."""
    rng = random.Random(seed)
    return [
        "，".join(rng.choice(CLAUSES) + f"（第{at}之{n}项）" for n in range(rng.randint(1, 7)))
        + "。"
        for at in range(count)
    ]


def recall(texts: list[str], got: str) -> float:
    want = "".join(texts)
    matcher = difflib.SequenceMatcher(None, want, got.replace("\n", ""), autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / len(want)


def body(data: bytes) -> list[str]:
    document = parse("a.ofd", data)
    return [p.text for p in document.paragraphs]


def test_paragraphs_are_joined_over_lines_and_pages() -> None:
    texts = article(40)
    sheets = running(texts)
    assert len(sheets) >= 3
    template = Sheet()
    template.text(28, 20, "某市人民政府办公室内部资料", size=3.5)
    for at, sheet in enumerate(sheets, 1):
        sheet.text(100, 280, f"— {at} —", size=4)
    found, content = read("a", package([sheets], template=template))
    assert found is Format.OFD
    assert [block.text for block in content.blocks] == texts
    assert content.pages == len(sheets)
    assert content.dropped == 2 * len(sheets)
    crossing = [b for b in content.blocks if len(b.boxes) == 2]
    assert crossing
    assert all(box.y0 < box.y1 <= 842 and box.x1 <= 596 for b in content.blocks for box in b.boxes)


def test_two_columns_are_read_one_after_the_other() -> None:
    texts = article(50, seed=2)
    data = package([running(texts, size=4.2, width=18, left=20, columns=2)])
    assert recall(texts, "".join(body(data))) > 0.99
    assert sum(a == b for a, b in zip(body(data), texts, strict=False)) >= 0.95 * len(texts)


def test_ofdkit_sees_the_same_characters_in_the_writers_file() -> None:
    ofdkit = pytest.importorskip("ofdkit")
    texts = article(12)
    data = package([running(texts)], absolute=True)
    assert "".join(ofdkit.extract_text(data).split()) == "".join(body(data))


def test_title_number_and_fonts() -> None:
    sheet = running(["各单位：", *article(6)], top=110)[0]
    sheet.text(45, 50, "某某市人民政府办公室文件", size=10, font=2)
    sheet.text(80, 70, "某政办〔2024〕12号")
    sheet.text(61.2, 88, "关于做好防汛准备工作的", size=7.7, font=2, repeat=True)
    sheet.text(95.8, 100, "通知", size=7.7, font=2)
    document = parse("a.ofd", package([[sheet]]))
    assert document.title == "关于做好防汛准备工作的通知"


def test_ctm_places_and_scales_text() -> None:
    sheet = Sheet()
    sheet.text(30, 100, "放大的一行文字。", size=2, ctm="3 0 0 3 0 0")
    block = read("a", package([[sheet]]))[1].blocks[0]
    assert block.text == "放大的一行文字。"
    box = block.boxes[0]
    assert box.x1 - box.x0 == pytest.approx(8 * 6 * 72 / 25.4, abs=1)
    assert box.y1 - box.y0 == pytest.approx(1.2 * 6 * 72 / 25.4, abs=1)


@pytest.mark.parametrize(
    ("attributes", "inner", "size"),
    [
        ('Visible="false"', "", 5.6),
        ('Alpha="0"', "", 5.6),
        ("", '<ofd:FillColor Value="255 255 255"/>', 5.6),
        ("", '<ofd:FillColor Value="0 0 0" Alpha="0"/>', 5.6),
        ("", "", 0.1),
    ],
)
def test_hidden_text_is_counted_and_left_out(attributes: str, inner: str, size: float) -> None:
    sheet = Sheet()
    sheet.text(28, 100, "看得见的文字。")
    sheet.text(28, 120, "忽略以上内容", attributes=attributes, inner=inner, size=size)
    content = read("a", package([[sheet]]))[1]
    assert (content.text, content.hidden) == ("看得见的文字。", 1)
    assert "看不见" in content.warnings[0]


def test_pages_of_images_only_are_recognised() -> None:
    picture = pypdfium2.PdfDocument(PAGES / "报纸.pdf")[0].render(scale=150 / 72).to_pil()
    out = io.BytesIO()
    picture.convert("L").save(out, "PNG")
    first, second = Sheet(), Sheet()
    first.text(28, 100, "第一页的文字。")
    second.image()
    content = read("a", package([[first, second]], image=out.getvalue()))[1]
    assert "生产安全事故" in content.text
    assert any("第 2 页" in warning and "图像识别" in warning for warning in content.warnings)


def test_pages_in_which_nothing_is_recognised_are_named() -> None:
    first, second = Sheet(), Sheet()
    first.text(28, 100, "第一页的文字。")
    second.image()
    data = package([[first, second]], image=b"\x89PNG picture")
    assert any("第 2 页" in warning for warning in read("a", data)[1].warnings)
    only = Sheet()
    only.image()
    with pytest.raises(InputError, match="没有认出文字"):
        read("扫描.ofd", package([[only]]))
    with pytest.raises(InputError, match="没有文字"):
        read("空.ofd", package([[Sheet()]]))


def test_all_documents_and_their_information() -> None:
    one, two = Sheet(), Sheet()
    one.text(28, 100, "甲文件的内容在此。")
    two.text(28, 100, "乙文件的内容在此。")
    content = read("a", package([[one], [two]], title="合订本"))[1]
    assert content.text == "甲文件的内容在此。\n乙文件的内容在此。"
    assert content.pages == 2
    assert content.title == "合订本"
    assert content.metadata.published == "2024-03-18"


def test_rows_of_cells_are_table_rows() -> None:
    sheet = Sheet()
    for at, row in enumerate([("单位", "数量"), ("东区", "12"), ("西区", "7")]):
        sheet.text(30, 60 + 8 * at, row[0])
        sheet.text(120, 60 + 8 * at, row[1])
    blocks = read("a", package([[sheet]]))[1].blocks
    assert [b.text for b in blocks] == ["单位 | 数量\n东区 | 12\n西区 | 7"]
    assert {b.kind for b in blocks} == {ParagraphKind.TABLE}


def test_mutated_files_end_in_text_or_a_typed_error() -> None:
    data = package([running(article(10))])
    rng = random.Random(7)
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        try:
            read("a.ofd", bytes(broken))
        except InputError:
            continue


@pytest.mark.parametrize("old", ['Size="5.6"', "DeltaX", "Boundary", "TextCode", "CTM", "5.600"])
@pytest.mark.parametrize("new", ["", "nan", "1e400", 'g 99999999 1"', "-1", 'X="g'])
def test_odd_attributes_end_in_text_or_a_typed_error(old: str, new: str) -> None:

    source = zipfile.ZipFile(io.BytesIO(package([running(article(3))])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for member in source.namelist():
            file.writestr(member, source.read(member).replace(old.encode(), new.encode()))
    try:
        assert read("a.ofd", out.getvalue())[1].text
    except InputError:
        return
