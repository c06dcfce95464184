"""What a library is killed in the middle of: each step from a state to one of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.backup import back_up, restore
from index.library import Library
from ingest.parse import document_id
from tests.index.durability.world import Truth, compact, opened, settings_of, text_of

BEFORE: Truth = {"a.txt": 1, "b.txt": 1, "c.txt": 1}


@dataclass(frozen=True, slots=True)
class Step:
    """Something done to a store, and what is true before and after."""

    do: Callable[[Path], None]
    before: Truth
    after: Truth
    prepare: Callable[[Path], None]


def nothing(store: Path) -> None:
    """A store that is not there yet."""


def prepare(store: Path) -> None:
    """Two generations of index files and something newer than either."""
    with opened(store) as library:
        for source in ("a.txt", "b.txt", "gone.txt"):
            library.add(source, text_of(source, 1))
        compact(library)
        library.delete(document_id("gone.txt"))
        compact(library)
        library.add("c.txt", text_of("c.txt", 1))


def _with(act: Callable[[Library], object]) -> Callable[[Path], None]:
    def do(store: Path) -> None:
        with opened(store) as library:
            act(library)

    return do


def prepare_to_restore(store: Path) -> None:
    """A backup, and a library that has changed since."""
    prepare(store)
    _back_up(store)
    with opened(store) as library:
        library.add("d.txt", text_of("d.txt", 1))
        library.delete(document_id("a.txt"))
        compact(library)


def _back_up(store: Path) -> None:
    back_up(settings_of(store), store / "backup")


def _restore(store: Path) -> None:
    restore(settings_of(store), store / "backup", force=True)


def _begin(store: Path) -> None:
    with opened(store) as library:
        library.add("a.txt", text_of("a.txt", 1))


STEPS: Mapping[str, Step] = {
    "begin": Step(_begin, {}, {"a.txt": 1}, nothing),
    "add": Step(
        _with(lambda library: library.add("d.txt", text_of("d.txt", 1))),
        BEFORE,
        {**BEFORE, "d.txt": 1},
        prepare,
    ),
    "replace": Step(
        _with(lambda library: library.add("a.txt", text_of("a.txt", 2))),
        BEFORE,
        {**BEFORE, "a.txt": 2},
        prepare,
    ),
    "delete": Step(
        _with(lambda library: library.delete(document_id("b.txt"))),
        BEFORE,
        {"a.txt": 1, "c.txt": 1},
        prepare,
    ),
    "compact": Step(_with(compact), BEFORE, BEFORE, prepare),
    "reindex": Step(_with(lambda library: library.reindex()), BEFORE, BEFORE, prepare),
    "backup": Step(_back_up, BEFORE, BEFORE, prepare),
    "restore": Step(_restore, {"b.txt": 1, "c.txt": 1, "d.txt": 1}, BEFORE, prepare_to_restore),
}
