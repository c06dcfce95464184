"""What the audit log holds of each question: two records, one for what was shown, one for the end.

Both are on disk before what they tell of is given on.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict
from typing import Any

from answer.prompt import PROMPT_VERSION
from huiwen.errors import BusyError, InputError
from huiwen.types import Answer, AnswerEvent, AnswerReady, Evidence, EvidenceFound, Rewritten
from server.audit import Audit
from server.label import content_number
from server.watch import Asked


class Recorder:
    """A watcher that writes the audit log."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def course(self, asked: Asked) -> _Recording:
        return _Recording(self._audit, asked)


class _Recording:
    def __init__(self, audit: Audit, asked: Asked) -> None:
        self._audit = audit
        self._asked = asked
        self._id = secrets.token_hex(8)
        self._understood = ""
        self._shown = False
        self._over = False

    def saw(self, event: AnswerEvent) -> None:
        match event:
            case Rewritten(question):
                self._understood = question
            case EvidenceFound(evidence):
                self._record_question(evidence)
            case AnswerReady(answer):
                self._over = True
                self._audit.append("answer", {"id": self._id, **_told(answer)})
            case _:
                pass

    def ended(self, error: BaseException | None) -> None:
        if self._over or error is None or isinstance(error, InputError | BusyError):
            return
        self._over = True
        if not self._shown:
            self._record_question(())
        left = isinstance(error, GeneratorExit)
        facts = {"id": self._id, "outcome": "abandoned" if left else type(error).__name__}
        self._audit.append("unanswered", facts)

    def _record_question(self, evidence: tuple[Evidence, ...]) -> None:
        asked, origin = self._asked, self._asked.origin
        documents = {e.passage.document_id: e.passage.document_name for e in evidence}
        facts: dict[str, Any] = {
            "id": self._id,
            "request": origin.request_id,
            "who": origin.who,
            "address": origin.address,
            "route": origin.route,
            "question": asked.question,
            "understood": self._understood,
            "filters": {key: value for key, value in asdict(asked.filters).items() if value},
            "documents": [{"id": key, "name": name} for key, name in documents.items()],
            "passages": [
                {
                    "number": e.number,
                    "id": e.passage.id,
                    "document": e.passage.document_id,
                    "quote": [e.quote.start, e.quote.end],
                    "sha256": _sha256(e.passage.text),
                }
                for e in evidence
            ],
        }
        self._audit.append("question", facts)
        self._shown = True


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status.value,
        "text": answer.text,
        "reason": answer.reason,
        "cited": sorted({c.number for s in answer.statements for c in s.citations}),
        "model": answer.model,
        "prompt": PROMPT_VERSION,
        "content": content_number(answer),
        "seconds": round(answer.timings.total, 3),
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
