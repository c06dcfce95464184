"""Files to documents: structure, repair, and every character traced to the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiwen.errors import InputError
from huiwen.types import Document, ParagraphKind
from ingest.parse import parse

LONG = "全市上下要统一思想、凝聚力量，围绕年度目标任务，进一步细化措施、压实责任，确保各项工作取得"


def texts(document: Document, kind: ParagraphKind = ParagraphKind.BODY) -> list[str]:
    return [p.text for p in document.paragraphs if p.kind is kind]


def traced(document: Document) -> bool:
    return all(
        p.text == "".join(document.text[s.start : s.end] for s in p.spans)
        for p in document.paragraphs
    )


def read(text: str, name: str = "会议.txt") -> Document:
    document = parse(name, text.encode())
    assert traced(document)
    return document


def test_a_word_cut_in_two_is_joined() -> None:
    document = read(f"某市召开会议\n\n{LONG}新的成\n\n效，推动高质量发展。\n")
    assert texts(document) == [f"{LONG}新的成效，推动高质量发展。"]
    assert document.report.rejoined == 1


def test_a_sentence_cut_by_a_caption_is_joined_across_it() -> None:
    caption = "工作人员在现场开展巡查。"
    document = read(f"某市召开会议\n\n{LONG}新的成\n\n{caption}\n\n效，推动高质量发展。\n")
    assert texts(document) == [f"{LONG}新的成效，推动高质量发展。"]
    assert texts(document, ParagraphKind.CAPTION) == [caption]


def test_a_fragment_is_not_joined_to_a_new_item() -> None:
    document = read(f"某市召开会议\n\n{LONG}\n\n二、要抓好落实工作，确保年底完成。\n")
    assert texts(document)[0] == LONG
    assert document.report.rejoined == 0


def test_a_fragment_is_joined_to_what_cannot_begin_a_paragraph() -> None:
    cut = f"{LONG}成效，设施覆盖率达到"
    document = read("\n\n".join(["标题", cut, "游客在观景台拍照留念。", "95%以上。", "完了。"]))
    assert texts(document) == [f"{cut}95%以上。", "完了。"]


def test_a_fragment_finds_its_continuation_behind_a_caption_elsewhere() -> None:
    end = "数据显示，全省接待国内游客2.31亿人次，收入大增，同比增长11.9%，"
    rest = "全省旅游总收入2410亿元，同比增长13.5%。"
    document = read("\n\n".join(["标题", "一段。", "图为会议现场。", rest, "二段。", end]))
    assert texts(document) == ["一段。", "二段。", end + rest]


def test_labelled_lines_are_never_joined() -> None:
    names = "、".join(["市发展改革委袁立群", "市财政局卜晓岚"] * 4)
    document = read("\n\n".join(["纪要", f"出席：{names}", f"列席：{names}", "分送：各单位。"]))
    assert texts(document) == [f"出席：{names}", f"列席：{names}", "分送：各单位。"]


def test_a_letterhead_is_no_repeat_of_the_imprint() -> None:
    head = "临泽湾市人民政府办公室　　　　　　　　　2025年4月18日"
    document = read("\n\n".join(["纪要", head, "会议召开。", f"{head}印发"]))
    assert texts(document) == [head, "会议召开。", f"{head}印发"]


def test_repeats_are_kept_once_and_the_whole_wins_over_its_fragment() -> None:
    whole = f"{LONG}新的成效。"
    document = read(
        f"标题\n\n{LONG}\n\n图为会议现场。\n\n另一段说完了的话。\n\n{whole}\n\n{whole}\n"
    )
    assert texts(document).count(whole) == 1
    assert LONG not in texts(document)
    assert document.report.repeated == 2


def test_hard_wrapped_lines_become_paragraphs() -> None:
    body = "会议指出，今年以来各单位认真落实安全生产责任制，" * 12 + "形势总体平稳。"
    lines = [("　　" + body)[at : at + 38] for at in range(0, len(body) + 2, 38)]
    second = ["　　会议要求，要做好汛期值守。"]
    document = read("例会材料\n" + "\n".join(lines + second))
    assert texts(document) == [body, "会议要求，要做好汛期值守。"]


def test_lines_are_paragraphs_where_nothing_is_wrapped() -> None:
    document = read("纪要\n时间：2024年3月1日\n地点：三楼会议室\n主持人：王立\n")
    assert texts(document) == ["时间：2024年3月1日", "地点：三楼会议室", "主持人：王立"]


def test_a_drawn_line_heads_nothing() -> None:
    document = read("某市会议纪要\n\n————————\n\n一、进展\n\n会议听取了汇报，要求抓紧落实。\n")
    assert document.paragraphs[-1].headings == ("一、进展",)


def test_headings_make_a_path() -> None:
    document = read(
        "标题\n\n一、总体情况\n\n（一）进展\n\n完成投资3亿元。\n\n二、下一步\n\n抓紧办。\n"
    )
    paths = {p.text: p.headings for p in document.paragraphs if p.kind is ParagraphKind.BODY}
    assert paths == {"完成投资3亿元。": ("一、总体情况", "（一）进展"), "抓紧办。": ("二、下一步",)}
    assert document.title == "标题"


def test_markdown_structure_without_its_marks() -> None:
    text = (
        "# 专题会\n\n## 一、**进展**\n\n已接入*12*个系统，\n共享数据。\n\n- 第一项\n- 第二项\n\n"
        "| 区 | 数 |\n|---|---|\n| 东区 | 3 |\n\nopen data\nportal\n"
    )
    document = read(text, "会.md")
    assert document.title == "专题会"
    assert texts(document) == [
        "已接入12个系统，共享数据。", "第一项", "第二项", "open data\nportal",
    ]  # fmt: skip
    assert "东区" in texts(document, ParagraphKind.TABLE)[0]
    assert document.paragraphs[2].headings == ("一、进展",)


def test_markdown_lines_that_are_labelled_stay_lines() -> None:
    document = read("# 会\n\n**时间**：9:00\n**地点**：五楼\n", "a.md")
    assert texts(document) == ["时间：9:00\n地点：五楼"]


def test_markdown_keeps_what_it_cannot_trace() -> None:
    assert texts(read("# 题\n\n甲&copy;乙 **丙**\n", "a.md")) == ["甲&copy;乙 **丙**"]


def test_paragraph_ids_survive_edits_elsewhere() -> None:
    before = {p.text: p.id for p in read("题\n\n甲方发言完毕。\n\n乙方发言完毕。\n").paragraphs}
    after = {p.text: p.id for p in read("题\n\n新加的一段。\n\n乙方发言完毕。\n").paragraphs}
    assert before["乙方发言完毕。"] == after["乙方发言完毕。"]
    assert len(set(after.values())) == len(after)


def test_the_real_document_is_mended(seed: Path) -> None:
    document = parse(seed.name, seed.read_bytes())
    assert traced(document)
    body = texts(document)
    assert any("踏上生态优良、质效提升的绿色之路" in text for text in body)
    assert any("大气工作的重中之重" in text for text in body)
    assert any("全面履行主体责任、坚决落实“一岗双责”" in text for text in body)
    assert any("同比改善7.7%,近三年年均改善10.3%" in text for text in body)
    assert len([text for text in body if "一企业一目录" in text]) == 1
    assert len([text for text in body if "十大行动,持续加强" in text]) == 1
    captions = texts(document, ParagraphKind.CAPTION)
    assert len(captions) == 4
    assert any("(右一)" in text for text in captions)


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@given(
    text=st.text(alphabet="会议工作，。、：\n 　一二（）#*-|`[]()a1.\t>", min_size=1, max_size=300)
)
def test_any_text_is_traced(name: str, text: str) -> None:
    try:
        document = parse(name, text.encode())
    except InputError:
        return
    assert traced(document)


def test_a_cut_paragraph_that_stands_there_twice_finds_its_end_once() -> None:
    cut = f"{LONG}新的成"
    text = "\n\n".join(
        (
            "某市召开会议",
            cut,
            "工作人员在现场开展巡查。",
            "另一件事已经办完。",
            cut,
            "效，推动高质量发展。",
        )
    )
    document = read(text)
    assert texts(document).count(f"{LONG}新的成效，推动高质量发展。") == 1
    assert not any(paragraph.text == cut for paragraph in document.paragraphs)


def test_of_two_copies_the_one_its_continuation_follows_is_mended() -> None:
    cut = f"{LONG}新的成"
    rest = "效，推动高质量发展。"
    between = ("工作人员在现场开展巡查。", "另一件事已经办完，不再赘述。", "会场外下着小雨。")
    document = read("\n\n".join(("某市召开会议", cut, *between, cut, rest)))
    assert texts(document).count(cut + rest) == 1
    assert not any(paragraph.text == cut for paragraph in document.paragraphs)
