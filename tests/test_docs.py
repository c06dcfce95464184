"""The documentation says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.format import READERS, SUFFIXES, Format
from tests.conftest import ROOT
from tests.data.format_table import PAGE, table


def test_the_table_of_formats_is_what_is_measured() -> None:
    assert table() in PAGE.read_text("utf-8"), "run python -m tests.data.format_table"


def test_every_format_has_a_reader_and_every_suffix_is_in_the_readme() -> None:
    assert set(READERS) == set(Format)
    readme = (ROOT / "README.md").read_text("utf-8").lower()
    for suffix in SUFFIXES:
        assert suffix[1:] in readme, suffix


@pytest.mark.parametrize(
    "page",
    sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]),
    ids=lambda page: page.name,
)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
