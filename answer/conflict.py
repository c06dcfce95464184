"""Documents that tell different figures of the same thing: both are shown, the newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from answer.check import pairs
from answer.number import Quantity, missing, quantities
from answer.premise import anchors
from huiwen.types import Citation, Evidence, Span, Statement
from ingest.normalise import normalise
from ingest.sentence import clauses

# Share of the character pairs two clauses must have in common, figures left out, to be of one
# thing. Of different things said alike (two districts, two years) the anchors differ.
_SAME_THING = 0.6
_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
# A clause of less says too little to be compared.
_LEAST_PAIRS = 4


@dataclass(frozen=True, slots=True)
class _Clause:
    item: Evidence
    span: Span

    @property
    def text(self) -> str:
        return self.item.passage.text[self.span.start : self.span.end]


def with_conflicts(
    statements: Sequence[Statement], evidence: Sequence[Evidence]
) -> list[Statement]:
    """``statements``, and after each what another document tells differently.

    Where the other document is newer by its date, its figure comes first.
    Only figures of statements with a single citation are compared: what rests
    on several passages has been put together from them.
    """
    by_number = {item.number: item for item in evidence}
    out: list[Statement] = []
    for statement in statements:
        others = (
            list(_others(statement, by_number, evidence)) if len(statement.citations) == 1 else []
        )
        if not others:
            out.append(statement)
            continue
        own = by_number[statement.citations[0].number]
        told = [(own.passage.date, _dated(statement, own))]
        told += [(other.item.passage.date, _told(other)) for other in others]
        # Stable: of one day, or without a date, the answer itself stays first.
        told.sort(key=lambda pair: pair[0], reverse=True)
        out.extend(one for _, one in told)
    return out


def _others(
    statement: Statement, by_number: dict[int, Evidence], evidence: Sequence[Evidence]
) -> Iterator[_Clause]:
    """One clause a document that tells the statement's figure differently."""
    citation = statement.citations[0]
    own = _Clause(by_number[citation.number], citation.quote)
    stated = [figure for figure in quantities(statement.text) if not figure.is_date]
    figures = [one for one in quantities(own.text) if not missing([one], stated)]
    seen = {citation.document_id}
    for item in evidence:
        if not figures or item.passage.document_id in seen:
            continue
        for span in clauses(item.passage.text):
            other = _Clause(item, span)
            if _differs(own, other, figures):
                seen.add(item.passage.document_id)
                yield other
                break


def _differs(own: _Clause, other: _Clause, figures: Sequence[Quantity]) -> bool:
    """Whether both clauses tell of one thing, and other figures of it."""
    theirs = quantities(other.text)
    lost = missing(figures, theirs)
    if not lost or not any(one.unit == figure.unit for one in theirs for figure in lost):
        return False
    if set(anchors(own.text)) != set(anchors(other.text)):
        return False
    mine, its = _skeleton(own.text), _skeleton(other.text)
    least = min(len(mine), len(its))
    return least >= _LEAST_PAIRS and len(mine & its) >= _SAME_THING * max(len(mine), len(its))


def _skeleton(text: str) -> set[str]:
    """Character pairs without figures and marks."""
    return pairs(_FIGURE.sub("", normalise(text)))


def _dated(statement: Statement, item: Evidence) -> Statement:
    return Statement(
        f"{_source(item)}：{statement.text}", statement.citations, statement.unsupported_numbers
    )


def _told(clause: _Clause) -> Statement:
    passage = clause.item.passage
    citation = Citation(clause.item.number, passage.id, passage.document_id, clause.span)
    return Statement(f"{_source(clause.item)}的说法不同：{clause.text}", (citation,))


def _source(item: Evidence) -> str:
    passage = item.passage
    return f"《{passage.title or passage.document_name}》" + (
        f"（{passage.date}）" if passage.date else ""
    )
