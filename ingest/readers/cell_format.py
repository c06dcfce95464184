"""Numbers of spreadsheet cells as the sheet shows them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

BUILTIN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy-m-d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy-m-d h:mm", 27: "yyyy年m月", 28: "m月d日", 29: "m月d日",
    30: "m-d-yy", 31: "yyyy年m月d日", 32: "h时mm分", 33: "h时mm分ss秒", 36: "yyyy年m月",
    37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss", 50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日",
    57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
_BRACKET = re.compile(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.I)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|[_*].')
_PLACES = re.compile(r"[#0?][#0?,.]*")
_DATE_LETTER = re.compile(r"[ymdhs]", re.I)
_TIME_LETTER = re.compile(r"[hs]", re.I)
# Marks a literal while letters are looked for; no format contains it.
_HELD = "\ue000"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  spreadsheets know no time zones
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_DAY = 2_958_465
_MOST_DECIMALS = 15


def shown(value: float, code: str, *, since_1904: bool = False) -> str:
    """``value`` as a cell with format ``code`` shows it, as near as is of use to a reader."""
    sections = code.split(";")
    section = sections[1] if value < 0 and len(sections) > 1 and sections[1] else sections[0]
    literals: list[str] = []

    def hold(match: re.Match[str]) -> str:
        literals.append(match[1] or match[2] or "")
        return _HELD

    bare = _LITERAL.sub(hold, _BRACKET.sub("", section))
    if "general" in bare.lower() or not bare or bare == "@":
        return general(value)
    if _DATE_LETTER.search(bare) and not _PLACES.search(bare):
        return _date(value, bare, "".join(literals), since_1904=since_1904)
    return _number(abs(value) if section is not sections[0] else value, bare, literals)


def hides(code: str) -> bool:
    """Whether a format shows nothing at all, as ``;;;`` does."""
    return ";" in code and not code.replace(";", "").strip()


def general(value: float) -> str:
    """A number as it stands in a cell without format."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10g}"


def _number(value: float, bare: str, literals: list[str]) -> str:
    places = _PLACES.search(bare)
    if not places or "E" in bare or "/" in bare:
        return general(value)
    mask = places[0]
    scaled = Decimal(repr(value))
    if "%" in bare:
        scaled *= 100
    while mask.endswith(","):
        mask, scaled = mask[:-1], scaled / 1000
    decimals = mask.partition(".")[2].replace(",", "")[:_MOST_DECIMALS]
    try:
        rounded = scaled.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    except InvalidOperation:
        return general(value)
    text = f"{rounded:,f}" if "," in mask else f"{rounded:f}"
    optional = len(decimals) - len(decimals.rstrip("#"))
    for _ in range(optional):
        text = text[:-1] if text.endswith("0") else text
    before, after = bare[: places.start()], bare[places.end() :]
    words = iter(literals)
    shown_before = "".join(next(words, "") if sign == _HELD else sign for sign in before)
    shown_after = "".join(next(words, "") if sign == _HELD else sign for sign in after)
    return f"{shown_before}{text.rstrip('.')}{shown_after}".strip()


def _date(value: float, bare: str, literal: str, *, since_1904: bool) -> str:
    if not 0 <= value <= _LAST_DAY:
        return general(value)
    start = _EPOCH_1904 if since_1904 else _EPOCH
    try:
        moment = start + timedelta(seconds=round(value * 86400))
    except OverflowError:
        return general(value)
    letters = bare.lower()
    if "[h]" in letters or "[m" in letters or "[s" in letters:
        seconds = round(value * 86400)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    day = _day(moment, letters, chinese="年" in bare + literal or "月" in bare + literal)
    clock = f"{moment:%H:%M:%S}" if "s" in letters else f"{moment:%H:%M}"
    return f"{day} {clock}".strip() if _TIME_LETTER.search(letters) else day


def _day(moment: datetime, letters: str, *, chinese: bool) -> str:
    # An m beside an hour is minutes.
    month = "m" in letters and ("y" in letters or "d" in letters or "h" not in letters)
    month = month and not ("s" in letters and "y" not in letters and "d" not in letters)
    parts = [("y" in letters, moment.year, "年"), (month, moment.month, "月")]
    parts.append(("d" in letters, moment.day, "日"))
    if chinese:
        return "".join(f"{number}{unit}" for there, number, unit in parts if there)
    return "-".join(
        f"{number:04}" if unit == "年" else f"{number:02}" for there, number, unit in parts if there
    )
