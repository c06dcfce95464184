"""The longer sample documents and their gold questions are what they say."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.gold import REFUSED_TYPES, load_gold
from ingest.normalise import fold
from tests.conftest import ROOT

SAMPLES = ROOT / "samples" / "extended"
GB18030 = "水利工作会议纪要.txt"
WRAPPED = "安全生产季度例会.txt"
DOCUMENTS = sorted((SAMPLES / "documents").iterdir())
# Each file is decoded by its known encoding, not by ours, so that the test of
# the samples does not lean on the decoder they are there to try.
TEXTS = {
    path.name: path.read_bytes().decode("gb18030" if path.name == GB18030 else "utf-8-sig")
    for path in DOCUMENTS
}
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "gold.jsonl").read_text("utf-8").splitlines()
]
ANSWERABLE = [row for row in ROWS if row["type"] not in REFUSED_TYPES]
TYPES = {"fact", "number", "date", "who", "list", "unanswerable", "false-premise"}
# Places of the real document; its persons are read from it where it is there.
REAL_PLACES = re.compile(
    "山东|齐鲁|济南|泰安|潍坊|威海|东营|烟台|聊城|平阴|黄河|南四湖|东平湖|四川|河南"
)
_PERSON = re.compile(r"(?:局长|厅长|成员|巡视员)([一-鿿]{2,3}?)(?=在|作)")
_SHARED_RUN = 14  # characters; set phrases of officialdom are shorter


def _plain(text: str) -> str:
    return re.sub(r"[\s,*]", "", fold(text))


def test_five_documents_of_realistic_length() -> None:
    assert len(DOCUMENTS) == 5
    for name, text in TEXTS.items():
        assert 2500 <= len(re.findall(r"[一-鿿]", text)) <= 6000, name


def test_encodings_differ() -> None:
    raw = {path.name: path.read_bytes() for path in DOCUMENTS}
    with pytest.raises(UnicodeDecodeError):
        raw[GB18030].decode("utf-8")
    marked = {name for name, data in raw.items() if data.startswith(codecs.BOM_UTF8)}
    assert marked == {WRAPPED}


def test_wrapped_lines_are_short() -> None:
    lengths = [len(line) for line in TEXTS[WRAPPED].splitlines()]
    assert max(lengths) <= 50
    assert sum(length >= 36 for length in lengths) > 40


def test_the_newspaper_page_is_scrambled() -> None:
    """Half width is only worth trying where no full-width comma crept in."""
    (name,) = [name for name in TEXTS if "侧记" in name]
    assert not set("，：；") & set(TEXTS[name])
    paragraphs = [line for line in TEXTS[name].splitlines() if line]
    assert sum(line[-1] not in "。!?”" for line in paragraphs if len(line) > 80) >= 6
    assert TEXTS[name].rstrip()[-1] == "程"
    assert max(Counter(paragraphs).values()) == 2


def test_rows_load_and_differ() -> None:
    assert len(load_gold(SAMPLES / "gold.jsonl")) == len(ROWS) == 60
    assert len({row["id"] for row in ROWS}) == 60
    assert len({row["question"] for row in ROWS}) == 60


def test_counts_of_types() -> None:
    kinds = Counter(row["type"] for row in ROWS)
    assert set(kinds) <= TYPES
    assert len(ANSWERABLE) == 42
    assert kinds["unanswerable"] + kinds["false-premise"] == 18
    assert kinds["date"] >= 5
    assert kinds["who"] >= 6
    assert sum(len(row["answers"]) > 1 for row in ANSWERABLE) >= 6
    assert {item["document"] for row in ANSWERABLE for item in row["evidence"]} == set(TEXTS)


@pytest.mark.parametrize("row", ANSWERABLE, ids=lambda row: str(row["id"]))
def test_quotes_stand_in_their_file_and_hold_the_answer(row: dict[str, Any]) -> None:
    assert row["answers"]
    assert row["evidence"]
    for item in row["evidence"]:
        assert item["quote"] in TEXTS[item["document"]]
        assert not re.search(r"[\r\n]|[。!?！？].", item["quote"]), "more than one sentence"
    held = _plain("".join(item["quote"] for item in row["evidence"]))
    for group in row["answers"]:
        assert any(_plain(alias) in held for alias in group), group


def test_refused_rows_have_neither_answer_nor_evidence() -> None:
    for row in ROWS:
        if row not in ANSWERABLE:
            assert row["answers"] == row["evidence"] == [], row["id"]


def test_no_real_place_occurs() -> None:
    written = "".join(TEXTS.values()) + (SAMPLES / "gold.jsonl").read_text("utf-8")
    assert REAL_PLACES.findall(written) == []


def test_nothing_of_the_real_document_occurs(seed: Path) -> None:
    real = seed.read_text("utf-8")
    persons = set(_PERSON.findall(real))
    assert len(persons) >= 5, "the pattern no longer finds the persons"
    for name, text in TEXTS.items():
        assert [person for person in persons if person in text] == [], name
        plain, ours = _plain(real), _plain(text)
        runs = {plain[at : at + _SHARED_RUN] for at in range(len(plain) - _SHARED_RUN + 1)}
        shared = [ours[at : at + _SHARED_RUN] for at in range(len(ours) - _SHARED_RUN + 1)]
        assert [run for run in shared if run in runs] == [], name
