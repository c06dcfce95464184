"""Passages: whole sentences, bounded, traced to their paragraphs."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.parse import parse
from ingest.sentence import sentences

SENTENCE = "会议要求各单位认真落实责任。"


def test_a_long_paragraph_is_divided_between_sentences() -> None:
    document = parse("a.txt", ("题\n\n" + SENTENCE * 30).encode())
    passages = chunk(document, 100)
    assert len(passages) > 3
    assert all(len(p.text) <= 100 and p.text.endswith("。") for p in passages)
    assert "".join(p.text for p in passages) == SENTENCE * 30


def test_a_sentence_longer_than_the_limit_stays_whole() -> None:
    long = "一" * 500 + "。"
    document = parse("a.txt", f"题\n\n{long}{SENTENCE}".encode())
    assert [p.text for p in chunk(document, 100)] == [long, SENTENCE]


def test_short_paragraphs_share_a_passage_only_under_one_heading() -> None:
    document = parse("a.txt", "题\n\n一、甲\n\n短的。\n\n也短。\n\n二、乙\n\n再短。\n".encode())
    passages = chunk(document, 320)
    assert [p.text for p in passages] == ["短的。\n也短。", "再短。"]
    assert passages[0].context == "题 › 一、甲"


def test_a_document_of_a_title_alone_has_a_passage() -> None:
    assert [p.text for p in chunk(parse("a.txt", "只有标题".encode()), 320)] == ["只有标题"]


def test_locate_leads_back_to_the_paragraph() -> None:
    document = parse("a.txt", "题\n\n短的。\n\n也短的话。\n".encode())
    (passage,) = chunk(document, 320)
    by_id = {p.id: p.text for p in document.paragraphs}
    at = passage.text.index("也短")
    ((identity, span),) = passage.locate(at, at + 4)
    assert by_id[identity][span.start : span.end] == "也短的话"


@given(
    st.lists(st.sampled_from([SENTENCE, "短。", "\n\n", "一、题\n\n", "改善7.7%，"]), min_size=1),
    st.integers(80, 400),
)
def test_every_body_character_is_in_exactly_one_passage(parts: list[str], limit: int) -> None:
    document = parse("a.txt", ("题目在此\n\n正文。" + "".join(parts)).encode())
    passages = chunk(document, limit)
    covered: dict[str, str] = {}
    for passage in passages:
        for piece in passage.pieces:
            covered[piece.paragraph_id] = (
                covered.get(piece.paragraph_id, "")
                + passage.text[piece.at : piece.at + piece.end - piece.start]
            )
    for paragraph in document.paragraphs:
        if paragraph.id in covered:
            assert "".join(covered[paragraph.id].split()) == "".join(paragraph.text.split())


def test_the_real_document_loses_nothing(seed: Path) -> None:
    document = parse(seed.name, seed.read_bytes())
    passages = chunk(document, 320)
    text = "".join(p.text for p in passages)
    for paragraph in document.paragraphs:
        if paragraph.kind in ("body", "caption", "byline"):
            for span in sentences(paragraph.text):
                assert paragraph.text[span.start : span.end] in text
    assert all(len(p.text) <= 320 for p in passages)


def test_every_part_of_a_long_table_has_its_header() -> None:
    rows = "".join(f"| 第{n}县 | {n * 7} | {n * 3} |\n" for n in range(60))
    document = parse("表.md", f"# 情况\n\n| 县区 | 户数 | 公里 |\n|---|---|---|\n{rows}".encode())
    passages = chunk(document, 200)
    assert len(passages) > 3
    for passage in passages:
        assert passage.text.startswith("| 县区 | 户数 | 公里 |\n")
        at = passage.text.index("县 |", 20)
        ((identity, span),) = passage.locate(at, at + 1)
        paragraph = next(p for p in document.paragraphs if p.id == identity)
        assert paragraph.text[span.start] == "县"
