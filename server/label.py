"""Telling that an answer was made by an AI: what people read, and what files carry.

The field names are those that implementations of GB 45438-2025 agree on; the
standard's own text was not at hand.
"""

from __future__ import annotations

import hashlib
import json

from huiwen.settings import Settings
from huiwen.types import Answer

AI_LABEL = "本回答由人工智能生成，请以所引原文为准。"
# Declared as AI-generated; 2 and 3 are for content that may be or is suspected to be.
_GENERATED = "1"


def content_number(answer: Answer) -> str:
    """Names the content of an answer; the audit log has the same number (32 hex digits)."""
    facts = [answer.question, answer.text, answer.model, [e.passage.id for e in answer.evidence]]
    text = json.dumps(facts, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def metadata(answer: Answer, settings: Settings) -> dict[str, str]:
    """The implicit label of an answer, for the metadata of whatever it is exported to.

    A file keeps it as ``{"AIGC": metadata(...)}`` in JSON: DOCX and PDF in a
    document property of that name, XMP under ``http://www.tc260.org.cn/ns/AIGC/1.0/``.
    """
    number = content_number(answer)
    return {
        "Label": _GENERATED,
        "ContentProducer": settings.producer,
        "ProduceID": number,
        "ReservedCode1": "",
        "ContentPropagator": settings.producer,
        "PropagateID": number,
        "ReservedCode2": "",
    }
