"""Fusion against values computed by hand."""

import pytest

from index.fusion import SPREAD, reciprocal_rank_fusion, score_fusion, spread_factor


def test_scores_by_hand() -> None:
    scores = reciprocal_rank_fusion([[7, 8], [8, 9]])
    assert scores[7] == pytest.approx(1 / 61)
    assert scores[8] == pytest.approx(1 / 62 + 1 / 61)
    assert scores[9] == pytest.approx(1 / 62)


def test_nothing_to_fuse() -> None:
    assert reciprocal_rank_fusion([[], []]) == {}


def test_scores_are_fused_as_cosine_and_share_of_the_best() -> None:
    scores = score_fusion([(1, 0.9), (2, 0.8)], [(2, 10.0), (3, 5.0)], weight=0.1)
    assert scores[2] == pytest.approx(0.8 + 0.1)
    # What a side did not return is as good there as its last.
    assert scores[1] == pytest.approx(0.9 + 0.05)
    assert scores[3] == pytest.approx(0.8 + 0.05)


def test_either_side_may_be_empty() -> None:
    assert score_fusion([], []) == {}
    assert score_fusion([(1, 0.5)], []) == {1: 0.5}
    assert score_fusion([], [(1, 4.0), (2, 2.0)], weight=0.1) == pytest.approx({1: 0.1, 2: 0.05})


def test_cosines_are_scaled_to_the_spread_that_was_weighed() -> None:
    assert spread_factor([(1, 0.6), (2, 0.2)]) == pytest.approx(SPREAD / 0.2)
    for flat in ([], [(1, 0.6)], [(1, 0.6), (2, 0.6)]):
        assert spread_factor(flat) == 1.0
