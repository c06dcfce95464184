"""What readers think of answers: given over HTTP, exported as drafts of gold questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from huiwen.types import AnswerStatus
from index.library import Library
from server.caller import Asker
from server.conversations import NOT_FOUND, Identity, OpinionOut
from server.history import History, Turn, Verdict
from server.record import Shown, shown
from server.schemas import Problem


class FeedbackIn(BaseModel):
    """Thumbs up or down, and why."""

    model_config = ConfigDict(extra="forbid")

    answer_id: str = Field(pattern=r"^[0-9a-f]{16}$", description="回答的编号")
    verdict: Verdict
    reason: str = Field(default="", max_length=1000, description="理由", examples=["数字不对"])


class FeedbackOut(BaseModel):
    """What was thought of which answer."""

    answer_id: str
    conversation_id: str
    question: str
    feedback: OpinionOut


def feedback_router(history: History) -> APIRouter:
    """Routes over the caller's opinions of answers."""
    router = APIRouter(prefix="/api/feedback", tags=["评价"])

    @router.post("", summary="评价一个回答；再评一次会取代前一次", responses=NOT_FOUND)
    def give(body: FeedbackIn, caller: Asker) -> OpinionOut:
        opinion = history.give(caller.identity, body.answer_id, body.verdict, body.reason)
        return OpinionOut.model_validate(opinion)

    @router.get("", summary="自己的评价，新的在前", responses={422: {"model": Problem}})
    def listing(
        caller: Asker, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> list[FeedbackOut]:
        return [
            FeedbackOut(
                answer_id=turn.id,
                conversation_id=turn.conversation_id,
                question=turn.rewritten or turn.question,
                feedback=OpinionOut.model_validate(turn.opinion),
            )
            for turn in history.opinions(caller.identity, limit)
        ]

    @router.delete("/{identity}", summary="收回评价", status_code=204, responses=NOT_FOUND)
    def take_back(identity: Identity, caller: Asker) -> None:
        history.take_back(caller.identity, identity)

    return router


def gold_drafts(history: History, library: Library) -> Iterator[str]:
    """All opinions as lines of JSON: gold questions to be finished by a person.

    An answer that was liked gives its statements and quotes, a refusal that was
    liked a question to be refused. One that was disliked has its own text under
    ``disliked`` and ``answers`` left empty, for only a person knows the right
    ones. Quotes of documents that are gone or changed are left out.
    """
    for turn in history.opinions():
        now = shown(turn.question, turn.record, library, None) if turn.record else None
        yield json.dumps(_draft(turn, now), ensure_ascii=False)


def _draft(turn: Turn, now: Shown | None) -> dict[str, Any]:
    assert turn.opinion is not None
    liked = turn.opinion.verdict is Verdict.UP
    answer = now.answer if now else None
    refused = answer is not None and answer.status is AnswerStatus.REFUSED
    statements = answer.statements if answer else ()
    passages = {e.number: e.passage for e in answer.evidence} if answer else {}
    quotes = {
        (passages[c.number].text[c.quote.start : c.quote.end], passages[c.number].document_name)
        for statement in statements
        for c in statement.citations
    }
    row: dict[str, Any] = {
        "id": f"feedback-{turn.id}",
        "question": turn.rewritten or turn.question,
        "type": "unanswerable" if liked and refused else "fact",
        "answers": [[s.text] for s in statements if s.citations] if liked else [],
        "evidence": [{"quote": quote, "document": name} for quote, name in sorted(quotes) if liked],
        "draft": True,
        "verdict": turn.opinion.verdict.value,
        "reason": turn.opinion.reason,
    }
    if not liked:
        row["disliked"] = answer.text if answer else turn.text
    return row
