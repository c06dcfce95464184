"""Dates in official prose, and the year of those that leave it out."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_DATE = re.compile(r"(?:(?<!\d)(\d{4})\s*年\s*)?(?<!\d)(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_PAPER_YEAR = re.compile(r"\[(\d{4})\]第?\d+号")
_REVIEW_AND_PLAN = re.compile(
    r"(?:总结|回顾).{0,12}?(20\d\d)年.{0,30}?(?:部署|安排|谋划|研究).{0,12}?(20\d\d)年"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text; ``year`` is None where the text leaves it out."""

    year: int | None
    month: int
    day: int

    def iso(self, year: int | None) -> str:
        """ISO 8601, empty where the year is unknown or there is no such day."""
        chosen = self.year or year
        try:
            return datetime.date(chosen, self.month, self.day).isoformat() if chosen else ""
        except ValueError:
            return ""


def dates(text: str) -> Iterator[Found]:
    """Dates of normalised ``text`` in order; of a range the first day."""
    for match in re.finditer(rf"{_DATE.pattern}|{_ISO.pattern}", text):
        year, month, day, *iso = match.groups()
        if month is None:
            year, month, day = iso
        yield Found(int(year) if year else None, int(month), int(day))


def year_of(title: str, texts: Sequence[str]) -> int | None:
    """The year a document speaks in, None without evidence (all texts normalised).

    Strongest first: the number of the paper, the title, a review of one year
    with plans for the next, then the year of the full dates if they agree.
    """
    for text in texts[:10]:
        if paper := _PAPER_YEAR.search(text):
            return int(paper[1])
    if titled := set(_YEAR.findall(title)):
        return int(max(titled)) if len(titled) == 1 else None
    for text in texts[:12]:
        if plan := _REVIEW_AND_PLAN.search(text):
            return int(plan[2])
    years = Counter(found.year for text in texts for found in dates(text) if found.year)
    return next(iter(years)) if len(years) == 1 else None
