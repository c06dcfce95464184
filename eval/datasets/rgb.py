"""RGB (Chen et al., AAAI 2024), Chinese: snippets of the web with those that answer marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.collection import Collection, Topic, lone_passage, read

FILES = ("rgb_zh_refine_first150.jsonl", "rgb_zh_int_first50.jsonl")
_FOLDER = Path("datasets")


@dataclass(frozen=True, slots=True)
class Row:
    """A question with the snippets that answer it and those that do not."""

    question: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]


def load_rgb(data: Path) -> Collection:
    """Snippets of all questions as one pool; raises as ``read`` does.

    Snippets marked as not answering a question are relevant to none unless
    another question marks them so. A question asked in both files keeps the
    snippets of both.
    """
    places: dict[str, int] = {}
    relevant: dict[str, set[int]] = {}
    for name in FILES:
        for row in read(data / _FOLDER / name, _rows, "RGB"):
            found = relevant.setdefault(row.question, set())
            for text in row.positive:
                found.add(places.setdefault(text, len(places)))
            for text in row.negative:
                places.setdefault(text, len(places))
    topics = [
        Topic(f"rgb-{at}", question, frozenset(found))
        for at, (question, found) in enumerate(relevant.items())
        if found
    ]
    return Collection("rgb", tuple(lone_passage(text) for text in places), tuple(topics))


def _rows(content: str) -> list[Row]:
    # Snippets hold characters that str.splitlines takes for ends of lines.
    rows = [json.loads(line) for line in content.split("\n") if line.strip()]
    return [
        Row(str(row["query"]).strip(), tuple(_flat(row["positive"])), tuple(_flat(row["negative"])))
        for row in rows
    ]


def _flat(values: object) -> Iterator[str]:
    """The texts of a list that may hold lists of texts."""
    if isinstance(values, str):
        if values.strip():
            yield values.strip()
    elif isinstance(values, list):
        for value in values:
            yield from _flat(value)
    else:
        raise TypeError("snippets")
