"""Numbers as office software writes them in front of list items."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
# Beyond this nobody numbers, and a file that does means harm.
_MOST = 9999


def numeral(number: int, style: str) -> str:
    """``number`` in a numbering format of WordprocessingML (``w:numFmt``)."""
    if style in ("none", "bullet"):
        return ""
    if not 0 < number <= _MOST:
        return str(number)
    if style.startswith(("chineseCounting", "taiwaneseCounting", "japaneseCounting")):
        return counting(number)
    if style == "chineseLegalSimplified":
        return counting(number, _LEGAL_DIGITS, "拾佰仟")
    if style in _SIMPLE:
        return _SIMPLE[style](number)
    return str(number)


def counting(number: int, digits: str = _DIGITS, units: str = "十百千") -> str:
    """A Chinese cardinal: 一, 十一, 二十, 一百零五."""
    text = ""
    for place, digit in enumerate(reversed(str(number))):
        value = int(digit)
        if value:
            text = digits[value] + (units[place - 1] if place else "") + text
        elif text and not text.startswith("零"):
            text = "零" + text
    return text.removeprefix(digits[1]) if 10 <= number < 20 and digits is _DIGITS else text


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text


def _letter(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _circled(number: int) -> str:
    if number <= 20:
        return chr(0x2460 + number - 1)
    return chr(0x3251 + number - 21) if number <= 35 else str(number)


_SIMPLE: dict[str, Callable[[int], str]] = {
    "upperRoman": lambda n: _roman(n).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda n: _letter(n).upper(),
    "lowerLetter": _letter,
    "decimalZero": lambda n: f"{n:02}",
    "ideographDigital": lambda n: "".join(_DIGITS[int(digit)] for digit in str(n)),
    "ideographTraditional": lambda n: _STEMS[(n - 1) % 10],
    "ideographZodiac": lambda n: _BRANCHES[(n - 1) % 12],
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": lambda n: chr(0x2474 + n - 1) if n <= 20 else f"({n})",
    "decimalEnclosedFullstop": lambda n: chr(0x2488 + n - 1) if n <= 20 else f"{n}.",
    "decimalFullWidth": lambda n: str(n).translate({48 + d: 0xFF10 + d for d in range(10)}),
    "decimalFullWidth2": lambda n: str(n).translate({48 + d: 0xFF10 + d for d in range(10)}),
}
