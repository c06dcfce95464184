"""RGB (Chen et al., AAAI 2024), Chinese: snippets of the web with those that answer marked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from eval.datasets.collection import Collection, Topic, lone_passage, read

FILES = ("rgb_zh_refine_first150.jsonl", "rgb_zh_int_first50.jsonl")
_FOLDER = Path("datasets")


@dataclass(frozen=True, slots=True)
class Row:
    """A question with the snippets that answer it and those that do not.

    ``positive`` holds one group for each part of the answer where the file
    asks for several, else a single group. ``answers`` are groups of aliases.
    ``wrong`` are the snippets of ``positive`` with a false answer put in.
    """

    id: str
    question: str
    answers: tuple[tuple[str, ...], ...]
    positive: tuple[tuple[str, ...], ...]
    negative: tuple[str, ...]
    wrong: tuple[str, ...] = ()


def load_rgb(data: Path) -> Collection:
    """Snippets of all questions as one pool; raises as ``read`` does.

    Snippets marked as not answering a question are relevant to none unless
    another question marks them so. A question asked in both files keeps the
    snippets of both.
    """
    places: dict[str, int] = {}
    relevant: dict[str, set[int]] = {}
    for name in FILES:
        for row in load_rows(data, name):
            found = relevant.setdefault(row.question, set())
            for text in chain(*row.positive):
                found.add(places.setdefault(text, len(places)))
            for text in row.negative:
                places.setdefault(text, len(places))
    topics = [
        Topic(f"rgb-{at}", question, frozenset(found))
        for at, (question, found) in enumerate(relevant.items())
        if found
    ]
    return Collection("rgb", tuple(lone_passage(text) for text in places), tuple(topics))


def load_rows(data: Path, name: str) -> list[Row]:
    """The rows of one file; raises as ``read`` does."""
    return read(data / _FOLDER / name, _rows, "RGB")


def _rows(content: str) -> list[Row]:
    # Snippets hold characters that str.splitlines takes for ends of lines.
    rows = [json.loads(line) for line in content.split("\n") if line.strip()]
    return [
        Row(
            str(row["id"]),
            str(row["query"]).strip(),
            _aliases(row["answer"]),
            _groups(row["positive"]),
            tuple(_flat(row["negative"])),
            tuple(_flat(row.get("positive_wrong", []))),
        )
        for row in rows
    ]


def _aliases(answer: object) -> tuple[tuple[str, ...], ...]:
    """One group for every part of an answer, which may be a text, or list aliases."""
    parts = answer if isinstance(answer, list) else [answer]
    return tuple(tuple(_flat(part)) for part in parts)


def _groups(positive: Sequence[object]) -> tuple[tuple[str, ...], ...]:
    if any(isinstance(value, list) for value in positive):
        return tuple(tuple(_flat(value)) for value in positive)
    return (tuple(_flat(positive)),)


def _flat(values: object) -> Iterator[str]:
    """The texts of a list that may hold lists of texts."""
    if isinstance(values, str):
        if values.strip():
            yield values.strip()
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _flat(value)
    else:
        raise TypeError("snippets")
