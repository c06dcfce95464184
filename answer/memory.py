"""Checked answers kept for the next who asks the same of the same evidence."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar

from answer.language import Language
from huiwen.types import Evidence
from ingest.normalise import normalise

Kept = TypeVar("Kept")
_POLITE = re.compile(r"^(?:请问|请教|麻烦问?一下|我?想知道|我?想问一?下?|请?告诉我|帮我查一?下?)+")
_TAIL = re.compile(r"(?:呢|啊|呀|吧)+$")


class Memory(Generic[Kept]):
    """The last answers by question and evidence. Safe for threads.

    The evidence is looked up anew for every question, and passages are known
    by their text: where a document has changed, was deleted, or may not be
    seen by who asks, the evidence differs and nothing is found here.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[object, ...], Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: str, evidence: Sequence[Evidence], language: Language) -> Kept | None:
        key = _key(question, evidence, language)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(
        self, question: str, evidence: Sequence[Evidence], language: Language, answer: Kept
    ) -> None:
        key = _key(question, evidence, language)
        with self._lock:
            self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


def _key(question: str, evidence: Sequence[Evidence], language: Language) -> tuple[object, ...]:
    """The question without polite words and marks; what it asks with and its figures count."""
    plain = re.sub(r"[^\w%.]+", "", _POLITE.sub("", normalise(question)))
    # Contexts and dates stand beside the text in what the model and the reader see.
    shown = tuple(
        (item.number, item.passage.id, item.passage.text, item.passage.context, item.passage.date)
        for item in evidence
    )
    return (language, _TAIL.sub("", plain), shown)
