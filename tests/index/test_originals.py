"""Files whose pages can be shown are kept as long as their document, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from huiwen.errors import NotFoundError
from huiwen.settings import Settings
from index.library import Library
from tests.conftest import ROOT
from tests.fakes import HashEmbedder

PDF = (ROOT / "tests" / "data" / "formats" / "会议.pdf").read_bytes()


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library(settings, HashEmbedder()) as library:
        yield library


def kept(settings: Settings) -> list[Path]:
    folder = settings.store / "originals"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_page_is_shown_until_the_document_is_deleted(
    library: Library, settings: Settings
) -> None:
    identity = library.add("会议.pdf", PDF).info.id
    assert library.page_image(identity, 1).startswith(b"\x89PNG")
    assert [path.read_bytes() for path in kept(settings)] == [PDF]
    library.delete(identity)
    assert kept(settings) == []
    with pytest.raises(NotFoundError):
        library.page_image(identity, 1)


def test_text_is_not_kept_and_replaces_what_was(library: Library, settings: Settings) -> None:
    identity = library.add("会议", PDF).info.id
    assert len(kept(settings)) == 1
    library.add("会议", "某市会议\n\n会议研究了工作。\n".encode())
    assert kept(settings) == []
    with pytest.raises(NotFoundError, match="重新收录"):
        library.page_image(identity, 1)


def test_a_file_of_another_version_is_not_shown(library: Library, settings: Settings) -> None:
    identity = library.add("会议.pdf", PDF).info.id
    (path,) = kept(settings)
    path.write_bytes(PDF + b"\n")
    with pytest.raises(NotFoundError):
        library.page_image(identity, 1)
