"""Two runs side by side, question by question."""

from __future__ import annotations

from dataclasses import dataclass

from eval.metrics import METRICS, counts_of, interval, ratios, resample
from eval.run import Row, Run


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric on the shared questions, before and after.

    ``low`` and ``high`` bound ``delta`` (after minus before) by a paired
    bootstrap; all are ``None`` where the metric applies to no shared question
    in one of the runs.
    """

    name: str
    before: float | None
    after: float | None
    delta: float | None
    low: float | None
    high: float | None

    @property
    def certain(self) -> bool:
        """Whether the interval excludes no change."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def better(self) -> bool | None:
        """Whether the change is for the good; ``None`` where nothing changed."""
        if not self.delta:
            return None
        return (self.delta > 0) is METRICS[self.name].higher_is_better


@dataclass(frozen=True, slots=True)
class Change:
    """A question right in one of the runs only."""

    before: Row
    after: Row


@dataclass(frozen=True, slots=True)
class Comparison:
    """``unpaired`` counts questions of either run that the other lacks or asks differently."""

    earlier: Run
    later: Run
    shared: int
    unpaired: int
    differences: tuple[Difference, ...]
    fixed: tuple[Change, ...]
    broken: tuple[Change, ...]


def compare(earlier: Run, later: Run) -> Comparison:
    """Compare on the questions with the same id and the same gold in both runs."""
    before = {row.id: row for row in earlier.rows}
    pairs = [
        Change(before[row.id], row)
        for row in later.rows
        if row.id in before and _gold(before[row.id]) == _gold(row)
    ]
    return Comparison(
        earlier=earlier,
        later=later,
        shared=len(pairs),
        unpaired=len(earlier.rows) + len(later.rows) - 2 * len(pairs),
        differences=_differences(pairs),
        fixed=tuple(pair for pair in pairs if pair.after.right and not pair.before.right),
        broken=tuple(pair for pair in pairs if pair.before.right and not pair.after.right),
    )


def _gold(row: Row) -> tuple[object, ...]:
    return row.question, row.answerable, row.expected, row.quotes


def _differences(pairs: list[Change]) -> tuple[Difference, ...]:
    if not pairs:
        return tuple(Difference(name, None, None, None, None, None) for name in METRICS)
    before = counts_of([pair.before for pair in pairs])
    after = counts_of([pair.after for pair in pairs])
    # Both are resampled with the same seed, hence with the same questions.
    samples = resample(after) - resample(before)
    olds, news = ratios(before.sum(axis=0)), ratios(after.sum(axis=0))
    result = []
    for index, name in enumerate(METRICS):
        old, new = (
            None if value != value else float(value) for value in (olds[index], news[index])
        )
        bounds = interval(samples[:, index])
        if old is None or new is None or bounds is None:
            result.append(Difference(name, old, new, None, None, None))
        else:
            result.append(Difference(name, old, new, new - old, *bounds))
    return tuple(result)
