"""Mutated files of every format end in a document or a typed error, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiwen.errors import InputError
from ingest.parse import parse
from tests.ingest.fuzz import cases, seeds

COUNT = 60
SLOW = {".png": 6, ".pdf": 40}


@pytest.mark.parametrize("seed", seeds(), ids=lambda path: path.name)
def test_the_seed_itself_is_a_document(seed: Path) -> None:
    document = parse(seed.name, seed.read_bytes())
    assert sum(len(paragraph.text) for paragraph in document.paragraphs) > 100
    for paragraph in document.paragraphs:
        whole = "".join(document.text[span.start : span.end] for span in paragraph.spans)
        assert paragraph.text == whole


@pytest.mark.parametrize("seed", seeds(), ids=lambda path: path.name)
def test_mutations_end_in_a_document_or_a_typed_error(seed: Path) -> None:
    ends = {"document": 0, "refused": 0}
    for number, data in cases(seed, SLOW.get(seed.suffix, COUNT)):
        try:
            parse(seed.name, data)
        except InputError:
            ends["refused"] += 1
        except Exception as error:
            raise AssertionError(f"{seed.name}/{number}") from error
        else:
            ends["document"] += 1
    assert ends["document"], ends


MAGICS = (
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"<html>",
    b"From: a\n\n",
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MAGICS), st.binary(max_size=2000))
def test_any_bytes_behind_a_magic_number(magic: bytes, rest: bytes) -> None:
    try:
        document = parse("x", magic + rest)
    except InputError:
        return
    assert document.paragraphs
