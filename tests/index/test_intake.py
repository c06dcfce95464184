"""Many files at once: in order, one bad one stopping none, interruptible, nothing done twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from huiwen.errors import InputError
from huiwen.settings import Settings
from index.intake import take_in, vanished
from index.library import Change, Library
from tests.fakes import HashEmbedder


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library(settings, HashEmbedder()) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "资料" / "二〇二三"
    inside.mkdir(parents=True)
    for number in range(12):
        text = f"第{number}次会议\n\n会议研究了第{number}项议题，由第{number}处负责。\n"
        (inside / f"{number:02}.txt").write_text(text, "utf-8")
    return tmp_path / "资料"


def test_all_are_taken_in_in_order(library: Library, folder: Path, settings: Settings) -> None:
    files = sorted(folder.rglob("*.txt"))
    files[5].write_bytes(b"")
    told: list[tuple[str, int, int]] = []
    taken = list(
        take_in(library, files, settings, lambda path, d, t: told.append((path.name, d, t)))
    )
    assert [one.path for one in taken] == files
    assert isinstance(taken[5].error, InputError)
    assert sum(one.outcome is not None for one in taken) == len(library.documents()) == 11
    assert {name for name, _, _ in told} == {path.name for path in files} - {"05.txt"}
    again = [one.outcome for one in take_in(library, files, settings)]
    assert all(o.change is Change.UNCHANGED for o in again if o is not None)


def test_stopping_keeps_what_was_yielded(
    library: Library, folder: Path, settings: Settings
) -> None:
    files = sorted(folder.rglob("*.txt"))
    taking = take_in(library, files, settings)
    first = next(taking)
    taking.close()  # type: ignore[attr-defined]
    assert first.outcome
    names = {info.name for info in library.documents()}
    assert first.path.name in names
    assert len(names) < len(files)


def test_files_that_vanished_are_found(library: Library, folder: Path, settings: Settings) -> None:
    files = sorted(folder.rglob("*.txt"))
    list(take_in(library, files, settings))
    library.add("upload/别处.txt", "别处\n\n上传的文件不归文件夹管。".encode())
    assert vanished(library, folder) == []
    files[3].unlink()
    assert [info.name for info in vanished(library, folder)] == ["03.txt"]
