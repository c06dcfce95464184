"""The sample documents and their gold questions are what they say."""

from __future__ import annotations

from collections import Counter

import pytest

from eval.gold import load_gold
from ingest.decode import decode
from ingest.normalise import fold
from ingest.parse import parse
from tests.conftest import ROOT

SAMPLES = ROOT / "samples"
DOCUMENTS = sorted(path for path in (SAMPLES / "documents").iterdir())
GOLD = load_gold(SAMPLES / "gold.jsonl")
TEXTS = {path.name: decode(path.name, path.read_bytes())[0] for path in DOCUMENTS}


def test_there_are_documents_of_realistic_length() -> None:
    assert len(DOCUMENTS) >= 3
    assert all(len(text) > 1200 for text in TEXTS.values())


@pytest.mark.parametrize("question", [q for q in GOLD if q.answerable], ids=lambda q: q.id)
def test_quotes_stand_in_the_documents_and_hold_the_answer(question) -> None:  # type: ignore[no-untyped-def]
    assert all(any(quote in text for text in TEXTS.values()) for quote in question.quotes)
    held = fold("".join(question.quotes)).replace(" ", "").replace(",", "")
    for group in question.answers:
        assert any(fold(alias).replace(" ", "").replace(",", "") in held for alias in group)


def test_kinds_of_questions() -> None:
    kinds = Counter(q.answerable for q in GOLD)
    assert kinds[True] >= 25
    assert kinds[False] >= 10


def test_one_document_is_not_utf8() -> None:
    assert "gb18030" in {decode(p.name, p.read_bytes())[1] for p in DOCUMENTS}


def test_the_messy_one_is_mended() -> None:
    (path,) = [p for p in DOCUMENTS if "侧记" in p.name]
    document = parse(path.name, path.read_bytes())
    bodies = [p.text for p in document.paragraphs if p.kind == "body"]
    for joined in (
        "母婴室覆盖率达到95%以上",
        "新增床位1200张",
        "服务费的行为",
        "同比增长11.9%,全省旅游总收入",
    ):
        assert sum(joined in text for text in bodies) == 1, joined
    assert sum("夜霁川" in text for text in bodies) == 1
    assert document.report.captions >= 3
