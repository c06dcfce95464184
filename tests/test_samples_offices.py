"""The three sample offices and their questions are what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.gold import load_gold
from tests.conftest import ROOT

OFFICES = sorted(path for path in (ROOT / "samples" / "offices").iterdir() if path.is_dir())


@pytest.mark.parametrize("office", OFFICES, ids=lambda path: path.name)
def test_quotes_stand_in_the_documents_they_name(office: Path) -> None:
    texts = {path.name: path.read_text("utf-8") for path in (office / "documents").iterdir()}
    assert len(texts) == 6
    for line in (office / "gold.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        assert all(one["quote"] in texts[one["document"]] for one in row["evidence"]), row["id"]


@pytest.mark.parametrize("office", OFFICES, ids=lambda path: path.name)
def test_a_third_of_the_questions_ask_beside_what_is_told(office: Path) -> None:
    gold = load_gold(office / "gold.jsonl")
    assert sum(not question.answerable for question in gold) == 20
    assert sum(question.answerable for question in gold) >= 40


def test_there_are_three() -> None:
    assert [path.name for path in OFFICES] == ["a", "b", "c"]
