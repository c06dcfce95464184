"""From a gold question and what came back to a row of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.matching import has_quote
from eval.run import Cited, Claim, Row, Shown
from eval.support import supports
from eval.task import CHECKS, Task
from huiwen.types import Answer, AnswerStatus, Evidence, Statement


@dataclass(frozen=True, slots=True)
class Reply:
    """What the answerer sent, with the arrival times in seconds from the call."""

    evidence: tuple[Evidence, ...] = ()
    answer: Answer | None = None
    error: str = ""
    evidence_s: float | None = None
    first_token_s: float | None = None
    total_s: float | None = None


def judge(task: Task, reply: Reply) -> Row:
    """Compare ``reply`` with the gold of ``task``."""
    gold, answer = task.gold, reply.answer
    shown = tuple(_shown(evidence, gold.quotes) for evidence in reply.evidence)
    answered = answer is not None and answer.status is not AnswerStatus.REFUSED
    text = answer.text if answer else ""
    return Row(
        id=gold.id,
        question=gold.question,
        type=gold.type,
        answerable=gold.answerable,
        expected=gold.answers,
        quotes=gold.quotes,
        status=answer.status if answer else None,
        text=text,
        correct=gold.answerable and answered and CHECKS[task.check](gold.answers, text),
        ranks=tuple(_rank(index, shown) for index in range(len(gold.quotes))),
        shown=shown,
        claims=_claims(answer, gold.quotes) if answer else (),
        model=answer.model if answer else "",
        error=reply.error,
        evidence_s=reply.evidence_s,
        first_token_s=reply.first_token_s,
        total_s=reply.total_s,
        part=task.part,
        references=task.references,
        plain="".join(s.text for s in answer.statements) if answer and answered else "",
        short=_short(answer, answered),
    )


def _short(answer: Answer | None, answered: bool) -> str | None:
    """The answer proper; the whole text where an answerer that tells it had none this time."""
    told: str | None = getattr(answer, "short", None)
    if answer is None or told is None:
        return None
    return (told or "".join(s.text for s in answer.statements)) if answered else ""


def _shown(evidence: Evidence, quotes: Sequence[str]) -> Shown:
    passage = evidence.passage
    return Shown(
        number=evidence.number,
        passage_id=passage.id,
        document=passage.document_name,
        context=passage.context,
        text=passage.text,
        quotes=tuple(i for i, quote in enumerate(quotes) if has_quote(quote, passage.placed)),
    )


def _rank(quote: int, shown: Sequence[Shown]) -> int | None:
    ranks = (rank for rank, passage in enumerate(shown, start=1) if quote in passage.quotes)
    return next(ranks, None)


def _claims(answer: Answer, quotes: Sequence[str]) -> tuple[Claim, ...]:
    # A citation is judged by what the user was shown under that very number.
    passages = {(e.number, e.passage.id): e.passage.text for e in answer.evidence}
    return tuple(_claim(statement, passages, quotes) for statement in answer.statements)


def _claim(
    statement: Statement, passages: dict[tuple[int, str], str], quotes: Sequence[str]
) -> Claim:
    cited = [passages.get((c.number, c.passage_id), "") for c in statement.citations]
    backed = _backed(statement.text, cited)
    return Claim(
        statement.text,
        tuple(
            Cited(
                citation.number,
                supported=bool(cited[at]) and supports(statement.text, cited[at], quotes),
                needed=backed and _needed(statement.text, cited, at),
            )
            for at, citation in enumerate(statement.citations)
        ),
        statement.unsupported_numbers,
        backed,
    )


def _backed(text: str, cited: Sequence[str]) -> bool:
    """Whether the passages together support ``text``, by its own words alone."""
    return bool(cited) and supports(text, "\n".join(cited), ())


def _needed(text: str, cited: Sequence[str], at: int) -> bool:
    rest = [*cited[:at], *cited[at + 1 :]]
    return _backed(text, [cited[at]]) or not _backed(text, rest)
