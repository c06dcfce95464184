"""Chinese numerals to Arabic ones, only where they are surely numbers."""

from __future__ import annotations

import re

_DIGITS = {char: at for at, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_UNIT = (
    r"(?:余|多)?(?:元|美元|吨|公里|千米|米|亩|公顷|平方|立方|公斤|千克|克|升|年|月|日|号|时|小时|分钟|天|岁|周|季度"
    r"|倍|个|名|人|件|项|家|条|次|处|座|台|辆|户|所|种|份|批|期|届|位|场|套|度|村|市|县|例|起|篇|部|头|株|棵)"
)
# Alone, a small numeral is a number only before what is measured, never before what is counted:
# 三项 may be a count the writer made, 三农 is a word.
_MEASURE = r"(?:亿元|万元|元|吨|公里|千米|亩|公顷|平方米|立方米|公斤|千克|小时|分钟|岁|倍|摄氏度)"
_NUMERAL = "[零一二两三四五六七八九十百千万亿]"
_QUICK = re.compile("[零一二两三四五六七八九十百○]")
_FRACTION = re.compile(rf"(百|千)分之({_NUMERAL}+)(?:点([零一二三四五六七八九]+))?")
_ARABIC_FRACTION = re.compile(r"百分之(?=\d+(?:\.\d+)?)(\d+(?:\.\d+)?)")
_TENTHS = re.compile(
    r"(?<![统之第万唯十百千单同\d.])([二两三四五六七八九\d])成([一二三四五六七八九半])?"
    r"(?![员立功为本就果长效年交都分份绩熟套品人不新对组因语群才型活])"
)
_YEAR = re.compile("([一二][零○一二三四五六七八九]{3})(?=年)")
_MONTH_DAY = re.compile(
    "(?<![零一二两三四五六七八九十百千万亿])([一二三四五六七八九十]{1,2})月"
    "([一二三四五六七八九十]{1,3})(?=[日号])"
)
_YEAR_MONTH = re.compile("(?<=\\d年)([一二三四五六七八九十]{1,2})(?=月)")
_DAY = re.compile("(?<=\\d月)([一二三四五六七八九十]{1,3})(?=[日号])")
_ORDINAL = re.compile("(?<=第)([一二三四五六七八九十百]{1,4})(?=[次届批期条章节款轮号])")
_QUANTITY = re.compile(
    rf"(?<!{_NUMERAL})(?<![第分之])({_NUMERAL}{{2,12}})(?:点([零一二三四五六七八九]+)([万亿])?)?"
    rf"(?={_UNIT}|[^\u3400-\u9fff]|$)"
)
_DECIMAL = re.compile(
    rf"(?<!{_NUMERAL})([零一二三四五六七八九])点([零一二三四五六七八九]+)(?=[万亿]|{_UNIT})"
)
_SMALL = re.compile(rf"(?<!{_NUMERAL})(?<![统之第唯单同])([二两三四五六七八九十])(?={_MEASURE})")
_WATER = re.compile(
    r"(?<![第\u4e00一二三四五六七八九十\d])([一二三四五1-5])类(?=水|标准|断面|及以)"
)
_ROMAN = {"一": "i", "二": "ii", "三": "iii", "四": "iv", "五": "v"} | {
    "1": "i",
    "2": "ii",
    "3": "iii",
    "4": "iv",
    "5": "v",
}


def arabic(text: str) -> str:
    """``text`` with its Chinese numbers in Arabic digits: ``百分之七`` becomes ``7%``.

    Words that only look like numbers (一般, 三农, 十四五) stay as they are.
    """
    if not _QUICK.search(text):
        return text
    # What one rule rewrites may be what another waits for; three rounds settle everything.
    for _ in range(3):
        before = text
        for pattern, replace in _RULES:
            text = pattern.sub(replace, text)
        if text == before:
            break
    return text


def value(numeral: str) -> int | None:
    """The whole number that ``numeral`` spells by position, None where it spells none."""
    total, section, digit, last = 0, 0, None, 10**9
    largest = 10**12
    for char in numeral:
        if char in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[char]
        elif char in _TENS:
            if _TENS[char] >= last or (digit is None and not (char == "十" and not section)):
                return None
            if digit == 0 and char != "十":
                return None
            section += (digit or 1) * _TENS[char]
            digit, last = None, _TENS[char]
        else:
            if _LARGE[char] >= largest or not (section or digit):
                return None
            total += (section + (digit or 0)) * _LARGE[char]
            section, digit, last, largest = 0, None, 10**9, _LARGE[char]
    return total + section + (digit or 0)


def _digits(numeral: str) -> str:
    return "".join(str(_DIGITS["零" if char == "○" else char]) for char in numeral)


def _fraction(match: re.Match[str]) -> str:
    whole = 100 if match[2] == "百" else value(match[2])
    if whole is None:
        return match[0]
    sign = "%" if match[1] == "百" else "‰"
    return f"{whole}.{_digits(match[3])}{sign}" if match[3] else f"{whole}{sign}"


def _tenths(match: re.Match[str]) -> str:
    tens = int(match[1]) if match[1].isdigit() else _DIGITS[match[1]]
    ones = 5 if match[2] == "半" else _DIGITS.get(match[2] or "零", 0)
    return f"{tens}{ones}%"


def _quantity(match: re.Match[str]) -> str:
    numeral = match[1]
    if match[2]:
        whole = value(numeral)
        return match[0] if whole is None else f"{whole}.{_digits(match[2])}{match[3] or ''}"
    if not any(char in _TENS or char in _LARGE for char in numeral):
        return match[0]
    # 23亿 is how such amounts are written; their digits in full are how nobody does.
    scale = numeral[-1] if numeral[-1] in _LARGE else ""
    whole = value(numeral.removesuffix(scale) if scale else numeral)
    if whole is None or (scale and whole == 0):
        return match[0]
    return f"{whole}{scale}"


def _plain(match: re.Match[str]) -> str:
    whole = value(match[1])
    return match[0] if whole is None else str(whole)


def _month_day(match: re.Match[str]) -> str:
    month, day = value(match[1]), value(match[2])
    return match[0] if month is None or day is None else f"{month}月{day}"


_RULES = (
    (_FRACTION, _fraction),
    (_ARABIC_FRACTION, lambda match: f"{match[1]}%"),
    (_TENTHS, _tenths),
    (_YEAR, lambda match: _digits(match[1])),
    (_YEAR_MONTH, _plain),
    (_MONTH_DAY, _month_day),
    (_DAY, _plain),
    (_ORDINAL, _plain),
    (_DECIMAL, lambda match: f"{_digits(match[1])}.{_digits(match[2])}"),
    (_QUANTITY, _quantity),
    (_SMALL, _plain),
    (_WATER, lambda match: f"{_ROMAN[match[1]]}类"),
)
