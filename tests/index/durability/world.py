"""A small library whose every paragraph is told by a number, and what must be true of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

from huiwen.settings import Settings
from huiwen.types import Document
from index import library as library_module
from index.library import Library
from index.local_engine import LocalEngine
from ingest.parse import parse
from ingest.sandbox import Check
from tests.fakes import HashEmbedder

# Version of each file that is there.
Truth = Mapping[str, int]
_NUMBER = re.compile(r"编号(\d{6})")


class Direct:
    """Parses in this process: forked children need no processes of their own."""

    def __init__(self, settings: Settings) -> None:
        del settings

    def parse(self, source: str, data: bytes, check: Check | None = None) -> Document:
        del check
        return parse(source, data)

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def parsing_here() -> Iterator[None]:
    before = library_module.Sandbox
    library_module.Sandbox = Direct  # type: ignore[assignment, misc]
    try:
        yield
    finally:
        library_module.Sandbox = before  # type: ignore[misc]


def settings_of(store: Path) -> Settings:
    return Settings(store=store, candidates=500, passage_chars=80)


def opened(store: Path) -> Library:
    return Library(settings_of(store), HashEmbedder(32))


def numbers_of(source: str, version: int) -> set[str]:
    """Numbers in a version of a file; each is in no other version and file."""
    name = sum(ord(letter) * 31**at for at, letter in enumerate(PurePosixPath(source).stem))
    return {f"{name % 97:02d}{version % 1000:03d}{at}" for at in range(3)}


def text_of(source: str, version: int) -> bytes:
    paragraphs = [
        f"关于第{version}版事项的说明编号{number}，由有关部门按照分工抓紧落实并及时上报办理情况，"
        f"重点是{'河湖学校道路医院'[int(number[-1]) * 2 :][:2]}建设。"
        for number in sorted(numbers_of(source, version))
    ]
    return "\n\n".join([f"{source}的材料", *paragraphs, ""]).encode()


def compact(library: Library) -> bool:
    engine = library._engine
    assert isinstance(engine, LocalEngine)
    for _ in range(20):
        if engine.compact(library._changes):
            return True
        # Another thread may have been at it.
        engine.close()
    return False


def found(library: Library, query: str = "编号 事项的说明") -> set[str]:
    """Numbers in all that a search with room for everything finds."""
    texts = [hit.passage.text for hit in library.search(query, 500)]
    return {number for text in texts for number in _NUMBER.findall(text)}


def truth_of(library: Library) -> dict[str, int]:
    """Which version of each file is there, whole."""
    there: dict[str, int] = {}
    for info in library.documents():
        text = library.document(info.id).text
        version = int(_NUMBER.findall(text)[0][2:5])
        if text.encode() != text_of(info.source, version):
            raise AssertionError(f"{info.source} is not whole: {text}")
        there[info.source] = version
    return there


def check(library: Library, possible: Sequence[Truth]) -> Truth:
    """Raises AssertionError unless the library is wholly one of ``possible``; returns which."""
    there = truth_of(library)
    assert there in possible, f"{there} is none of {possible}"
    expected = {number for file in there.items() for number in numbers_of(*file)}
    assert found(library) == expected
    for source, version in there.items():
        number = min(numbers_of(source, version))
        hits = library.search(f"编号{number}", 500)
        assert any(number in hit.passage.text and hit.lexical_rank for hit in hits), number
    return there


def check_store(store: Path, possible: Sequence[Truth], *, thorough: bool = True) -> Truth:
    """As ``check``, of a store on disk.

    Thorough: it can also be written, compacted and opened again.
    """
    with opened(store) as library:
        there = dict(check(library, possible))
    if thorough:
        with closing(sqlite3.connect(store / "catalog.sqlite")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("PRAGMA foreign_key_check").fetchone() is None
        version = there.get("after.txt", 0) % 900 + 1
        with opened(store) as library:
            library.add("after.txt", text_of("after.txt", version))
            there["after.txt"] = version
            assert compact(library)
            check(library, [there])
        with opened(store) as library:
            assert library._engine.generation == library.generation
            check(library, [there])
    return there
