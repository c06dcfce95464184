"""Each number says what its name promises."""

from __future__ import annotations

import numpy as np
import pytest

from index.features import NAMES, Candidate, features
from index.query import Known, Query, understand
from index.synonyms import Synonym, Thesaurus
from tests.index.passages import passage


def table(question: str, *texts: str, known: Known | None = None) -> dict[str, list[float]]:
    found = [Candidate(passage(text), None, None) for text in texts]
    rows = features(understand(question, known), found)
    assert rows.shape == (len(texts), len(NAMES))
    return {name: [float(v) for v in rows[:, at]] for at, name in enumerate(NAMES)}


def test_searches_fill_in_the_worst_they_returned() -> None:
    found = [
        Candidate(passage("甲"), 0.9, 8.0),
        Candidate(passage("乙"), 0.7, None),
        Candidate(passage("丙"), None, 2.0),
    ]
    rows = features(understand("问题"), found)
    assert rows[:, 0] == pytest.approx([0.9, 0.7, 0.7])
    assert rows[:, 1] == pytest.approx([1.0, 0.25, 0.25])


def test_a_window_is_two_sentences_in_a_row() -> None:
    near = "海湾监测共有十二个站位。其中北区四个。"
    far = "海湾监测共有进展。今天下雨。北区四个。"
    apart = table("海湾监测北区站位", near, far)["window"]
    assert apart[0] > apart[1]


def test_numbers_are_whole() -> None:
    wholes = table("增长12%的是", "增长12%", "增长12.5%", "增长112%")["wholes"]
    assert wholes == [1.0, 0.0, 0.0]


def test_longer_runs_count_for_more() -> None:
    runs = table("海洋环境监测", "海洋环境监测", "海洋与环境与监测")["runs"]
    assert runs[0] > runs[1] > 0


def test_what_all_have_tells_nothing_apart() -> None:
    window = table("会议审议了湾长制", "会议审议了湾长制。", "会议审议了防汛。")["window"]
    assert window[0] == pytest.approx(1.0)
    assert window[1] < 0.5


def test_words_that_only_ask_do_not_count() -> None:
    characters = table("谁主持会议", "主持会议", "谁知道")["characters"]
    assert characters == [1.0, 0.0]


def test_another_name_is_as_good() -> None:
    known = Known(thesaurus=Thesaurus([Synonym("监测站", "环境观察中心监测台站")]))
    told = table("监测站编制", "环境观察中心监测台站编制", "食堂编制", known=known)["window"]
    assert told[0] == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["", " ", "\n", "。", "。。。"])
def test_odd_passages_and_questions_are_survived(text: str) -> None:
    for question in ("", "？", "是什么", "2024"):
        rows = features(understand(question), [Candidate(passage(text), 0.5, 1.0)])
        assert np.isfinite(rows).all()


def test_no_candidates_no_rows() -> None:
    assert features(Query("", "", ()), []).shape == (0, len(NAMES))
