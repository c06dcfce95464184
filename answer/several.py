"""Questions over several things at once: asked of each, then compared or added up by us.

A small model compares and adds badly; finding one figure it does well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from answer.named import named
from answer.number import Quantity, quantities
from huiwen.types import Statement

_ITEM = r"[^的，,。？?、和与及跟]{2,14}"
_THINGS = rf"(?P<things>{_ITEM}(?:[、和与及跟]{_ITEM}(?<!相))+)"
_ALL = r"(?:[两三四五几这]+(?:市|县|区|地|个|项|家|者)+)?(?:的|，|,)?(?:分别的?)?"
_ATTRIBUTE = r"(?P<attribute>[^，,。？?]{0,24}?)"
_END = r"[？?。]?$"
_BOTH = re.compile(r"(?:这?[两三四五几]|这)(?:个|座)?[市县区地项家者]+$")
# Stands in every statement that we computed.
COMPUTED = "（由上述数字"
# Things that are compared are named alike; else the question was cut in the wrong place.
_UNLIKE = 6
_MORE = {"高", "多", "大", "长", "快", "好"}


class Way(StrEnum):
    """What is done with the figures."""

    MORE = "more"
    LESS = "less"
    DIFFERENCE = "difference"
    SUM = "sum"
    EACH = "each"


_FORMS = (
    (
        re.compile(
            rf"^{_THINGS}{_ALL}{_ATTRIBUTE}(?:分别|各|各自)(?:是|为|有|达)?多少\S{{0,4}}{_END}"
        ),
        Way.EACH,
    ),
    (
        re.compile(
            rf"^{_THINGS}{_ALL}(?:谁|哪[个家一]个?)的{_ATTRIBUTE}(?:[更较最]|比较)?"
            rf"(?P<way>高|低|多|少|大|小|长|短){_END}"
        ),
        None,
    ),
    (
        re.compile(
            rf"^{_THINGS}{_ALL}{_ATTRIBUTE}(?:相比|比较|，)*(?:是|，)?(?:哪[个家一]个?[市县区]?|谁)的?"
            rf"(?:[更较最]|比较)?(?P<way>高|低|多|少|大|小|长|短){_END}"
        ),
        None,
    ),
    (
        re.compile(rf"^{_THINGS}{_ALL}{_ATTRIBUTE}(?:之间)?相?差(?:了|距|额)?(?:是|为)?多少{_END}"),
        Way.DIFFERENCE,
    ),
    (
        re.compile(
            rf"^{_THINGS}{_ALL}{_ATTRIBUTE}(?:合计|一共|总共|共计|总计|加起来|之和|总和)(?:是|为|有|达)?多少\S{{0,4}}{_END}"
        ),
        Way.SUM,
    ),
)


@dataclass(frozen=True, slots=True)
class Several:
    """``things`` that one ``attribute`` is asked of, and what is to be made of the figures."""

    things: tuple[str, ...]
    attribute: str
    way: Way
    owners: ClassVar[bool] = True

    @property
    def questions(self) -> tuple[str, ...]:
        """The question each thing is asked about by itself."""
        of = f"的{self.attribute}" if self.attribute else ""
        return tuple(f"{thing}{of}是多少？" for thing in self.things)


def several(question: str) -> Several | None:
    """The parts of a question that compares or adds up, None for any other."""
    for form, way in _FORMS:
        if match := form.match(question):
            *others, last = re.split(r"[、和与及跟]", match["things"])
            last, attribute = _apart(_BOTH.sub("", last), match["attribute"].strip("的"))
            things = (*others, last)
            if max(map(len, things)) > min(map(len, things)) + _UNLIKE:
                return None
            if way is None:
                way = Way.MORE if match["way"] in _MORE else Way.LESS
            return Several(things, attribute, way)
    return None


def _apart(last: str, attribute: str) -> tuple[str, str]:
    """``威海PM2.5浓度`` without a 的 is 威海 and its PM2.5浓度."""
    place = next((p.text for p in named(last) if p.kind == "place" and last.startswith(p.text)), "")
    if attribute or not place or place == last:
        return last, attribute
    return place, last[len(place) :]


def conclude(asked: Several, told: Sequence[Statement]) -> Statement | None:
    """What follows from one statement a thing, with the citations of all of them.

    None where a statement has no figure, or the figures do not count the same:
    then nothing follows, and the statements alone are the answer.
    """
    figures = [figure_of(statement) for statement in told]
    if asked.way is Way.EACH:
        return None
    if len(figures) != len(asked.things) or any(figure is None for figure in figures):
        return None
    known = [figure for figure in figures if figure is not None]
    if len({figure.unit for figure in known}) > 1:
        return None
    citations = tuple(dict.fromkeys(c for statement in told for c in statement.citations))
    return Statement(_conclusion(asked, known), citations)


def _conclusion(asked: Several, figures: Sequence[Quantity]) -> str:
    values = [figure.value for figure in figures]
    if asked.way is Way.SUM:
        return f"合计{_written(sum(values, Decimal(0)), figures)}{COMPUTED}相加得出）。"
    if asked.way is Way.DIFFERENCE:
        apart = _written(max(values) - min(values), figures)
        # Shares differ by points.
        return f"相差{apart.replace('%', '个百分点')}{COMPUTED}相减得出）。"
    of = f"的{asked.attribute}" if asked.attribute else ""
    if len(set(values)) == 1:
        return f"{'、'.join(asked.things)}{of}相同。"
    chosen = max(values) if asked.way is Way.MORE else min(values)
    best = "、".join(thing for thing, v in zip(asked.things, values, strict=True) if v == chosen)
    return f"{best}{of}{'最高' if asked.way is Way.MORE else '最低'}。"


def figure_of(statement: Statement) -> Quantity | None:
    """The statement's figure, where it is clear which one: years and days are not it."""
    found = [one for one in quantities(statement.text) if not one.is_date]
    return found[0] if len({one.value for one in found}) == 1 else None


def _written(value: Decimal, figures: Sequence[Quantity]) -> str:
    """``value`` in the scale the figures are written in, or plain where they differ in it."""
    first = figures[0]
    if all(figure.label == first.label for figure in figures):
        scaled = next((one for one in figures if one.value), first)
        factor = scaled.value / Decimal(scaled.written) if scaled.value else Decimal(1)
        return f"{(value / factor).normalize():f}{first.label}"
    return f"{value.normalize():f}{first.unit}"
