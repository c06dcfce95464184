"""Passages for tests that need nothing but their text."""

from __future__ import annotations

from huiwen.types import Passage


def passage(text: str, identity: str = "", **fields: str) -> Passage:
    values = {"document_id": "d", "title": "", **fields}
    return Passage(identity or text, document_name="n", headings=(), text=text, pieces=(), **values)  # type: ignore[arg-type]
