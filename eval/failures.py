"""Why a question failed, as far as its row tells: what to mend, retrieval or the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from eval.exactness import f1
from eval.matching import has_alias, has_all, numbers, strip_marks
from eval.run import Row
from ingest.normalise import fold

CAUSES = {
    "error": "出错",
    "invented": "该拒而答",
    "not_retrieved": "没有检索到",
    "refused": "检索到了却拒答",
    "incomplete": "答案不全",
    "not_first": "检索到了但不在首位",
    "wrong_number": "数字不对",
    "wrong_span": "取错了内容",
    "extra_words": "含答案但多出许多话",
}
# A right answer whose F1 is below this says much more than was asked.
BRIEF = 0.5


def cause_of(row: Row) -> str | None:
    """One of CAUSES; ``None`` where nothing is amiss.

    The first that applies in the order of CAUSES: what was not retrieved is no
    fault of the answer. ``extra_words`` is of right answers and only where EM
    and F1 apply.
    """
    if row.status is None:
        return "error"
    if not row.answerable:
        return None if row.refused else "invented"
    if row.correct:
        said = row.plain if row.short is None else row.short
        return "extra_words" if row.references and f1(row.references, said) < BRIEF else None
    where = _places(row)
    if None in where:
        return "not_retrieved"
    if row.refused:
        return "refused"
    if _some(row):
        return "incomplete"
    if where and 1 not in where:
        return "not_first"
    return "wrong_number" if _other_number(row) else "wrong_span"


def failures(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows that failed by their cause, in the order of CAUSES, empty ones left out."""
    found: dict[str, list[Row]] = {cause: [] for cause in CAUSES}
    for row in rows:
        cause = cause_of(row)
        if cause:
            found[cause].append(row)
    return {cause: failed for cause, failed in found.items() if failed}


def causes(rows: Iterable[Row]) -> Counter[str]:
    """How many rows failed of each cause."""
    return Counter({cause: len(failed) for cause, failed in failures(rows).items()})


def _places(row: Row) -> tuple[int | None, ...]:
    """For every gold quote, or where there is none for every part of the answer, the rank
    of the first passage shown that holds it."""
    if row.ranks:
        return row.ranks
    texts = [fold(passage.text) for passage in row.shown]
    return tuple(
        next(
            (
                rank
                for rank, text in enumerate(texts, start=1)
                if any(has_alias(fold(alias), text) for alias in group)
            ),
            None,
        )
        for group in row.expected
    )


def _some(row: Row) -> bool:
    """Whether some parts of the answer are there, as not all are."""
    return any(has_all([[fold(a) for a in group]], fold(row.text)) for group in row.expected)


def _other_number(row: Row) -> bool:
    wanted = [numbers(alias) for group in row.expected for alias in group]
    said = numbers(strip_marks(row.text))
    return any(wanted) and bool(said) and not any(each and each <= said for each in wanted)
