"""Reciprocal rank fusion against values computed by hand."""

import pytest

from index.fusion import reciprocal_rank_fusion


def test_scores_by_hand() -> None:
    scores = reciprocal_rank_fusion([[7, 8], [8, 9]])
    assert scores[7] == pytest.approx(1 / 61)
    assert scores[8] == pytest.approx(1 / 62 + 1 / 61)
    assert scores[9] == pytest.approx(1 / 62)


def test_nothing_to_fuse() -> None:
    assert reciprocal_rank_fusion([[], []]) == {}
