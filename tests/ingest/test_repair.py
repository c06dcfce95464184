"""Repair of invented pages: what is joined, what is dropped, and that nothing else is lost."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.bench_repair import judge, rates
from eval.scramble import scramble, whole
from ingest.block import Block
from ingest.parse import parse
from ingest.readers.plain import plain_blocks
from ingest.repair import repair
from ingest.repeat import find_repeats

_WHOLE = "会议要求，各县要加快灌区改造，优先安排干渠衬砌，并在汛期之前完成闸门检修和渠道清淤工作。"


def _repeats(*paragraphs: str) -> dict[int, int]:
    return find_repeats(plain_blocks("\n\n".join(paragraphs)))


@pytest.mark.parametrize(
    ("copy", "same"),
    [
        (_WHOLE, True),
        (_WHOLE.replace("并在", "，在").replace("，，", "，"), False),  # another word is gone
        (_WHOLE.replace("优先安排", "优先安徘"), True),  # misread: no word any more
        (_WHOLE.replace("，", ","), True),
        (_WHOLE.replace("加快", "减慢"), False),
        (_WHOLE.replace("清淤工作", "清淤的工作"), True),
        (_WHOLE.replace("各县", "三县"), False),
        (_WHOLE[:35], True),  # broken off
    ],
)
def test_what_counts_as_a_repeat(copy: str, same: bool) -> None:
    assert bool(_repeats(_WHOLE, copy)) is same


def test_other_figures_make_another_statement() -> None:
    first = "截至六月底，北岸片区完成投资3.2亿元，新建管网41公里，改造泵站6座，进度快于去年同期。"
    assert not _repeats(first, first.replace("41", "47"))


# Invented sentences; each list is one article.
_TOPICS = (
    ("灌区", "水库大坝", "渠道", "闸门", "抗旱水源"),
    ("职业学校", "实训基地", "学徒", "课程", "毕业生"),
    ("冷链物流", "仓储园区", "货运专线", "配送车辆", "港口"),
)


def invented_article(rng: random.Random) -> list[str]:
    things = rng.choice(_TOPICS)
    return [
        f"今年以来，围绕{rng.choice(things)}建设，有关部门投入{rng.randint(2, 90)}亿元，"
        f"完成了{rng.choice(things)}的改造，并对{rng.choice(things)}进行了全面检查。"
        f"下一步将继续完善{rng.choice(things)}管理制度，推动{rng.choice(things)}提质增效。"
        for _ in range(8)
    ]


def test_scrambled_pages_are_mended() -> None:
    """Bounds lie under what was measured (see the report of eval.bench_repair)."""
    rng = random.Random(5)
    pages = [scramble([invented_article(rng) for _ in range(3)], rng, held=True) for _ in range(40)]
    tallies = [judge(page, parse("版面.txt", page.text.encode())) for page in pages]
    joins = rates([t["joins"] for t in tallies])
    captions = rates([t["captions"] for t in tallies])
    assert sum(t["joins"].true for t in tallies) > 50
    assert joins[0] >= BOUNDS[0] and joins[1] >= BOUNDS[1]  # noqa: PT018
    assert captions[0] >= BOUNDS[2] and captions[1] >= BOUNDS[3]  # noqa: PT018


def test_whole_articles_are_left_alone() -> None:
    rng = random.Random(8)
    for _ in range(20):
        pieces = whole([invented_article(rng) for _ in range(2)], rng)
        document = parse("文章.txt", "\n\n".join(piece.text for piece in pieces).encode())
        assert document.report.rejoined == 0
        assert len(document.paragraphs) + document.report.repeated == len(pieces)


def test_whole_lines_without_a_full_stop_are_left_alone() -> None:
    lines = (
        "云澜省水利厅关于开展灌区安全检查的通知",
        "检查分为自查、抽查和整改三个步骤，各地要认真组织。",
        "本软件于二〇二五年三月五日自动生成，仅供参考",
        "请各单位于本月底之前把自查报告送到厅办公室。",
        "云澜省水利厅办公室，二〇二五年三月五日印发",
        "检查结果在年底通报。",
    )
    document = parse("通知.txt", "\n\n".join(lines).encode())
    assert document.report.rejoined == 0


BOUNDS = (0.92, 0.85, 0.9, 0.75)
_LINE = st.text(alphabet="会议工作在说推进水库，。、：“”（）1%3年的图为摄", min_size=1, max_size=60)


@settings(deadline=None)  # the first one loads the network
@given(st.lists(_LINE, min_size=1, max_size=12), st.integers(0, 11))
def test_every_character_is_kept_or_stands_in_a_dropped_repeat(
    lines: list[str], again: int
) -> None:
    lines.append(lines[again % len(lines)])
    text = "\n\n".join(lines)
    blocks = plain_blocks(text)
    mended = repair(blocks)
    assert all(b.text == "".join(text[s.start : s.end] for s in b.spans) for b in mended.blocks)
    kept = [span for b in mended.blocks for span in b.spans]
    assert len(set(kept)) == len(kept)
    gone: list[Block] = [b for b in blocks if not set(b.spans) <= set(kept)]
    assert (not gone) == (mended.repeated == 0)


@pytest.mark.parametrize(
    "lines",
    [
        (
            "澄湾市人民政府",
            "第十二次常务会议纪要",
            "会议决定，聘任席暮雨为顾问，自通过之日起计算。",
        ),
        ("北栅市场搬迁专题会议纪要", "五月二日，副区长尹川柏召集有关部门，研究了搬迁事宜。"),
        ("季度例会发言", "（办公室根据录音整理　整理人：林远）", "编者按：例会通报了上年度情况。"),
    ],
)
def test_titles_and_remarks_of_minutes_are_whole(lines: tuple[str, ...]) -> None:
    document = parse("纪要.txt", "\n\n".join(lines).encode())
    assert [p.text for p in document.paragraphs] == list(lines)


def test_lines_of_a_form_are_whole() -> None:
    lines = (
        "某局党组会议纪要", "时间：2025年2月12日15:00", "地点：局机关502会议室",
        "出席：步云鹤、席暮雨、乐正宁、尹川柏", "席暮雨同志传达了会议精神，党组成员作了发言。",
        "列席：市审计局、市财政局、", "市水利局负责人，市应急管理局负责人。",
    )  # fmt: skip
    found = [p.text for p in parse("a.txt", "\n\n".join(lines).encode()).paragraphs]
    assert found[:5] == list(lines[:5])
