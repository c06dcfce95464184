"""What the places of blocks on a page tell of sentences that were cut."""

from __future__ import annotations

import random

from eval.scramble import astray, scramble
from ingest.block import Block
from ingest.caption import mark_captions
from ingest.column import NAMES, ORDER_NAMES, Columns
from ingest.readers.plain import plain_blocks
from tests.ingest.test_repair import invented_article

_TEXTS = (
    "会议听取了灌区改造情况的汇报，各县在上半年完成了渠道清淤、闸门检修和",
    "图为青禾村大棚一角",
    "三号码头的吊装作业恢复正常，货运专线每天发出四列，港口的压力减轻。",
    "仓储园区二期已经动工，建成后可以停放三百辆配送车辆，预计年底投入使",
    "泵站改造，抗旱水源得到保障。",
    "用，届时货物当天就能运到周边城市的各个",
)


def _columns() -> tuple[list[Block], Columns]:
    blocks = mark_captions(plain_blocks("\n\n".join(_TEXTS)))
    return blocks, Columns(blocks, {0, 3, 5})


def _told(names: tuple[str, ...], values: tuple[float, ...]) -> dict[str, float]:
    return dict(zip(names, values, strict=True))


def test_captions_do_not_hide_where_a_column_begins() -> None:
    _, columns = _columns()
    after_caption = _told(NAMES, columns.features(0, 2))
    assert after_caption["column_first"] == after_caption["next_column"] == 1
    one_further = _told(NAMES, columns.features(0, 4))
    assert one_further["column_first"] == 1
    assert one_further["next_column"] == 0
    assert _told(NAMES, columns.features(3, 5))["column_first"] == 0


def test_other_pairs_in_order_speak_for_the_next_column() -> None:
    _, columns = _columns()
    pairs = [(0, 2), (0, 4), (3, 4)]
    sure, unsure = (columns.order(pairs, [0.4, 0.4, chance]) for chance in (0.9, 0.1))
    in_order, out_of_order = (ORDER_NAMES.index(name) for name in ORDER_NAMES[:2])
    assert sure[0][in_order] > unsure[0][in_order]
    assert sure[1][out_of_order] > unsure[1][out_of_order]
    assert sure[0][out_of_order] == sure[1][in_order] == 0


def test_what_ends_in_a_moved_column_goes_on_where_it_was_taken_away() -> None:
    """The first column goes on in the third, which goes on in the second."""
    _, columns = _columns()
    away, back = (
        _told(ORDER_NAMES, values) for values in columns.order([(0, 4), (5, 2)], [0.8, 0.7])
    )
    assert (away["swapped"], away["swapped_back"]) == (0.7, 0)
    assert (back["swapped"], back["swapped_back"]) == (0, 0.8)


def test_strays_are_whole_lines_and_cuts_that_lost_a_half_are_no_cuts() -> None:
    rng = random.Random(4)
    lost = added = 0
    for _ in range(30):
        articles = [invented_article(rng) for _ in range(3)]
        page = scramble(articles, rng, held=False)
        changed = astray(page, articles[-1], rng, held=True)
        strays = [piece for piece in changed.pieces if piece.role == "stray"]
        assert len({piece.text for piece in strays}) == len(strays)
        assert all("\n" not in piece.text and piece.text[-1] != "。" for piece in strays)
        ends = {(piece.article, piece.end) for piece in changed.pieces}
        starts = {(piece.article, piece.start) for piece in changed.pieces}
        assert changed.cuts <= ends & starts
        lost += len(page.cuts - changed.cuts)
        added += len(strays)
    assert lost > 3
    assert added > 30
