"""The course of a conversation: turns that are on their way, answered, stopped or failed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, cast

from answer.engine import Answerer
from huiwen.errors import HuiwenError
from huiwen.types import AnswerReady, Evidence, EvidenceFound, Filters, TextDelta
from ui import render

log = logging.getLogger(__name__)
# A browser cannot use more, and every update carries the whole conversation.
_REFRESH_S = 0.08
_FAILED = "服务内部出错，已写入日志；请稍后再问，或把出错时间告诉管理员。"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what is shown under it; ``body`` is HTML.

    ``draft`` holds the unchecked words so far, ``None`` once nothing more will come.
    """

    question: str
    body: str
    draft: str | None = None


Turns = tuple[Turn, ...]


def pending(turns: Turns) -> bool:
    """Whether the last question still awaits its answer."""
    return bool(turns) and turns[-1].draft is not None


def begin(turns: Turns, question: str) -> Turns:
    """The conversation with a new question, whose answer is on its way."""
    return (*turns, Turn(question, render.searching(), ""))


def stop(turns: Turns) -> Turns:
    """The conversation with nothing on its way: what was, stays as an unchecked draft."""
    if not pending(turns):
        return turns
    last = turns[-1]
    return (*turns[:-1], replace(last, body=render.stopped(last.draft or ""), draft=None))


def html(turns: Turns) -> str:
    """The conversation as the page shows it."""
    return "".join(render.turn(turn.question, turn.body) for turn in turns)


def run(
    answerer: Answerer, turns: Turns, filters: Filters
) -> Iterator[tuple[Turns, Sequence[Evidence]]]:
    """Answer the last, pending question: the conversation and its evidence after each event.

    Closing the iterator stops the model. Every error ends in a turn that says
    so, for the page has no other place to show one.
    """
    *earlier, last = turns
    evidence: Sequence[Evidence] = ()
    shown = 0.0
    try:
        with closing(cast("Any", answerer.ask(last.question, filters))) as events:
            for event in events:
                match event:
                    case EvidenceFound(evidence):
                        last = replace(last, body=render.waiting(evidence))
                    case TextDelta(piece):
                        text = (last.draft or "") + piece
                        last = replace(last, body=render.draft(text), draft=text)
                        if time.monotonic() - shown < _REFRESH_S:
                            continue
                        shown = time.monotonic()
                    case AnswerReady(found):
                        last = replace(last, body=render.answer(found), draft=None)
                yield (*earlier, last), evidence
    except HuiwenError as error:
        yield (*earlier, replace(last, body=render.problem(str(error)), draft=None)), evidence
    except Exception:
        log.exception("answering failed")
        yield (*earlier, replace(last, body=render.problem(_FAILED), draft=None)), evidence
