"""Telling that an answer was made by an AI: what people read, and what files carry.

The field names are those that implementations of GB 45438-2025 agree on; the
standard's own text was not at hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from huiwen.types import Answer
from server.origin import current

AI_LABEL = "本回答由人工智能生成，请以所引原文为准。"
HEADER = "AIGC"
# Declared as AI-generated; 2 and 3 are for content that may be or is suspected to be.
_GENERATED = "1"


def content_number(answer: Answer) -> str:
    """Names the content of an answer; the audit log has the same number (32 hex digits)."""
    passages = [item.passage.id for item in answer.evidence]
    return number_of(answer.question, answer.text, answer.model, passages)


def number_of(question: str, text: str, model: str, passages: Sequence[str]) -> str:
    """The content number of an answer that is no longer at hand; ``passages`` are their ids."""
    facts = json.dumps([question, text, model, list(passages)], ensure_ascii=False)
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def of_file(numbers: Iterable[str], producer: str) -> str:
    """The label as a file's metadata has it: JSON, with the numbers of all answers within."""
    return json.dumps({HEADER: _label(producer, ",".join(numbers))}, ensure_ascii=False)


def metadata(answer: Answer, producer: str) -> dict[str, str]:
    """The implicit label of an answer; ``producer`` is the setting of that name."""
    return _label(producer, content_number(answer))


def headers(producer: str) -> dict[str, str]:
    """The label as a header of a response with generated content, before it is generated.

    Its number is the request's, by which the audit log has the answer too.
    """
    return {HEADER: json.dumps(_label(producer, current().request_id))}


def _label(producer: str, number: str) -> dict[str, str]:
    return {
        "Label": _GENERATED,
        "ContentProducer": producer,
        "ProduceID": number,
        "ReservedCode1": "",
        "ContentPropagator": producer,
        "PropagateID": number,
        "ReservedCode2": "",
    }
