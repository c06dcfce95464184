"""Numbers in text, compared by value and not by spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ingest.normalise import normalise

# Not the digits of PM2.5, m3 or CO2: they are part of a name.
_NUMBER = re.compile(
    r"(?<![a-z\d.])(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)(?![\d])"
    r"\s?(?P<scale>万亿|[十百千]?[万亿]|[百千](?=[元吨人户名个公亩米])|(?:million|billion)\b)?"
    r"(?P<unit>%|‰|[\u3400-\u9fff]{0,2})"
)
_SCALES = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8, "million": 6, "billion": 9}
_LONG_UNITS = frozenset(
    (
        "美元",
        "欧元",
        "日元",
        "港元",
        "微克",
        "毫克",
        "千克",
        "公斤",
        "公里",
        "千米",
        "平方",
        "立方",
        "公顷",
        "人次",
        "分钟",
        "小时",
        "个月",
        "百分",
    )
)
# What stands before 几 where no number is asked for: 那几座, 十几个.
UNASKED = "哪那这好十近前后"
# What follows a number and is not its unit says nothing of it.
_NO_UNIT = frozenset("的和与及或至到以左右上下多余来是为在、，。；：者中同比较占均共")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written (``2840``), what it comes to (``28400000``) and what it counts (``元``).

    ``unit`` is the first character of the unit, empty where none follows;
    ``label`` is scale and unit as they are read (``万元``).
    """

    written: str
    value: Decimal
    unit: str
    label: str = ""

    @property
    def is_date(self) -> bool:
        """Whether it is a year, a month or a day: those are in every second sentence."""
        return self.unit in ("年", "月", "日")

    def agrees(self, other: Quantity) -> bool:
        """Whether both can be one figure: equal in value, units not at odds.

        A figure of a table has its 万 in the heading, so that one without a
        scale agrees as written.
        """
        bare = Decimal(self.written) in (self.value, other.value)
        alike = self.value == other.value or (bare and self.written == other.written)
        return alike and (not self.unit or not other.unit or self.unit == other.unit)


def numbers(text: str) -> list[str]:
    """Canonical numbers of ``text`` in order: ``1,450`` and ``1450`` are one, ``3.0`` is ``3``."""
    return [quantity.written for quantity in quantities(text)]


def quantities(text: str) -> list[Quantity]:
    """The numbers of ``text`` in order, with what they come to and what they count."""
    return [quantity for _, quantity in located(normalise(text))]


def located(text: str) -> list[tuple[int, Quantity]]:
    """The numbers of normalised ``text`` in order, each with where it begins."""
    return [(match.start(), _quantity(match)) for match in _NUMBER.finditer(text)]


def missing(stated: Iterable[Quantity], found: Iterable[Quantity]) -> list[Quantity]:
    """Those of ``stated`` that nothing in ``found`` agrees with."""
    have = list(found)
    return [one for one in stated if not any(one.agrees(other) for other in have)]


def _quantity(match: re.Match[str]) -> Quantity:
    written = _canonical(match["number"])
    scale = (match["scale"] or "").strip()
    power = _SCALES.get(scale) or sum(_SCALES[character] for character in scale)
    unit = "" if match["unit"][:1] in _NO_UNIT else match["unit"]
    label = unit if unit in _LONG_UNITS else unit[:1]
    value = Decimal(written).scaleb(power).normalize()
    return Quantity(written, value, unit[:1], scale + label)


def _canonical(number: str) -> str:
    whole, _, fraction = number.replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction}" if fraction else whole
