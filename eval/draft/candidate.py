"""A drafted question, before anybody has read it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

RULES, MODEL = "rules", "model"


@dataclass(frozen=True, slots=True)
class Candidate:
    """``answers`` are groups of aliases, empty for a question to be refused.

    ``quote`` is where the document tells it; for one to be refused it is what
    the question was made from, and ``note`` says what was changed.
    """

    question: str
    type: str
    answers: tuple[tuple[str, ...], ...]
    quote: str
    document: str
    by: str = RULES
    note: str = ""

    def as_row(self) -> Mapping[str, object]:
        """The line of the gold file: unconfirmed, its id made of the question."""
        digest = hashlib.sha256(self.question.encode()).hexdigest()[:8]
        row: dict[str, object] = {
            "id": f"d-{digest}",
            "question": self.question,
            "type": self.type,
            "answers": [list(group) for group in self.answers],
            "evidence": [{"quote": self.quote, "document": self.document}] if self.answers else [],
            "confirmed": False,
            "drafted_by": self.by,
        }
        return row | ({"note": self.note} if self.note else {})
