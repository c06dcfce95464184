"""Sentence ends of official prose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentence import clauses, is_open, sentences


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3. 老年人免费。\n12. 学生半价。", ["3. 老年人免费。", "12. 学生半价。"]),
        ("It rose to 36. Then it fell.", ["It rose to 36.", "Then it fell."]),
        ("会议召开。大家发言！", ["会议召开。", "大家发言！"]),
        ("他说：“要抓紧。”散会。", ["他说：“要抓紧。”", "散会。"]),
        ("PM2.5为36.5,改善7.7%。", ["PM2.5为36.5,改善7.7%。"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("没有句号", ["没有句号"]),
        ("End here. Next one.", ["End here.", "Next one."]),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_semicolons_end_clauses_but_not_sentences() -> None:
    text = "一是修路；二是建桥。"
    assert cut(text) == [text]
    assert [text[s.start : s.end] for s in clauses(text)] == ["一是修路；", "二是建桥。"]


@pytest.mark.parametrize("text", ["踏上生态优", "改善7.7%,", "“未完", "坚决"])
def test_open(text: str) -> None:
    assert is_open(text)


@pytest.mark.parametrize("text", ["完了。", "“完了。”", "如下：", "好!", ""])
def test_closed(text: str) -> None:
    assert not is_open(text)


@given(st.text(alphabet="会议。！？；\n ”“a.1", max_size=80))
def test_nothing_but_space_is_lost(text: str) -> None:
    kept = "".join(cut(text))
    assert "".join(kept.split()) == "".join(text.split())
