"""What a quoted figure is told of (year, area, measure, payer), and whether that is asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import rjieba

from answer.named import areas_in, named
from answer.number import UNASKED, Quantity, located, missing
from answer.premise import YEAR, stem, works
from huiwen.types import Passage, Span
from ingest.normalise import normalise
from ingest.sentence import sentence_at

# A year that figures are only compared or counted with: 比2019年增长, 2021年以来.
_COMPARED = re.compile(
    r"(?:19|20)\d\d年(?:同期|的?水平|以来|起(?!草))|(?:比|较|高于|低于)(?:19|20)\d\d年(?=[增提下降减多少高低上])"
)
# The one figure that is of the year compared with.
_SAME_TIME = re.compile(r"((?:19|20)\d\d)年同期(?:[为是的]|[为是]?约)?$")
# Where something has grown from: 由2023年的318家增加到376家.
_SINCE = re.compile(r"[由从](?:19|20)\d\d年")
_RANGE = re.compile(r"^年?(?:\d{1,2}月)?(?:\d{1,2}日)?[-—至到]+$")
_MONTH_OF_YEAR = re.compile(r"(?:19|20)\d\d年\d{1,2}月")
_EARLIER = re.compile(r"[去上前]年|过去.{0,2}年|[一二三四]五[”\"]?(?:期间|时期|规划)")
# Not 日本年产量, 成本年均, 过去年均 or 60岁以上年龄段.
_THIS_YEAR = re.compile(r"今年(?![年纪]|轻人)|(?<![日成基样资])本年(?!年)")
_LAST_YEAR = re.compile(r"(?<![以失过])[去上]年(?![年龄纪]|轻人|均)")
_LATER = re.compile(r"[明后]年|下一?年|(?:今后|未来).{0,2}年")
# What a figure may be measured by; each in the words of questions and of papers.
_MEASURES = tuple(
    map(
        re.compile,
        ("年均|平均每年|每年平均", "人均|平均每人", "日均|平均每天", "同比", "环比", "累计"),
    )
)
# What is asked for, and what is told of the same thing and is another figure of it.
_APART = tuple(
    (re.compile(asked), re.compile(told))
    for asked, told in (
        ("总投资", "年度|计划投资|完成|已投"),
        ("完成投资|实际(?:完成|投|花|支出|用)", "总投资|概算|预算|计划投资"),
        ("营业收入|营收", "亏损|利润|盈利"),
        ("利润|盈利", "亏损|收入|营收"),
        ("^(?!.*(?:目标|计划|预期)).*实际", "目标|力争|确保|预期|计划"),
        ("预算", "决算"),
        ("决算", "预算|概算"),
    )
)
# A target is told as one.
_TARGET = re.compile(r"目标|预期")
_AHEAD = re.compile(
    r"目标|力争|确保|计划|预[期计]|(?<![重主需必])要(?!求)|将|[今明]年|任务|以上|以内|不[低少高]于|控制在|提高到"
)
_WHOLE_YEAR = re.compile(r"全年|(?<![每近这一])一年")
_PART_OF_YEAR = re.compile(r"[上下]半年|[一二三四]季度|(?<!\d)1[-—至](?!12月)\d{1,2}月")
_OF_THE_YEAR = re.compile(r"全年|年度|目标|计划|预算|一年")
_RATE = re.compile(r"([\u4e00-\u9fff]{2,5}?)(?<![效频概税])率(?!先|领|队)")
_PAYERS = re.compile(
    r"(中央|省|市|县|区)级?(?:财政)?[和、与及,](中央|省|市|县|区)(?:级|财政)[^,，;；。]*$"
)
_RANK = re.compile(r"第[一二三四五六七八九十](?=[名位]|[^\u4e00-\u9fff]|$)")
# 第二个履约周期: what is counted so, and which one it is.
_IN_TURN = re.compile(
    r"(?P<turn>第[一二三四五六七八九十百\d]+)(?P<thing>[个次批期轮条季]?[\u4e00-\u9fff]{2})"
)
_QUOTED = re.compile(r"[“「]([^”」]{2,20})[”」]")
_NUMBERED = re.compile(r"[\d一二两三四五六七八九十]\s?[个家地处名位项座条户台县市区镇村人]")
_COUNTS = re.compile(rf"(?:多少|(?<![第{UNASKED}])几)(?P<unit>[个家处项座户县市])")
# What is counted, with its unit or without: 几个优先区域, 多少柴油货车. Money and people are
# counted by so much else.
_COUNTED = re.compile(
    rf"(?:多少(?!钱|资金|人|元)|(?<![第{UNASKED}])几)(?P<unit>[个名位家条项处座台户件所]?)"
    r"(?P<thing>[\u4e00-\u9fff]{2,6})[？?]?$"
)
# What a thing costs, or its share, counts nothing.
_ABOUT_A_THING = ("元", "%", "亩", "")
_FIGURE = re.compile(r"[\d,.]+\s?[十百千万亿]*余?[个名位家条项处座台户件所]?")
# Not the comma of 1,450.
_CLAUSE_END = re.compile(r"(?<!\d)[,，]|[,，](?!\d)|[;；。、]")
# Where figures stand under the years of a heading row.
_CELL = "|"
# The level of an area by its suffix, the widest first.
_LEVELS = {"国": 0, "省": 1, "市": 2, "州": 2, "县": 3, "区": 3, "旗": 3, "镇": 4, "乡": 4, "村": 5}
_WHOLE = re.compile(
    r"(?<![占比居于在列超为是])全([国省市州县区旗镇乡村])(?!平均|前列|第|首|唯一|最)"
)


def of_another_year(
    question: str, stated: Sequence[Quantity], passage: Passage, quote: Span
) -> bool:
    """Whether the figures ``stated``, quoted from ``passage``, are of a year not asked about.

    The year told last before a figure is its own, then that of the sentence or
    of what stands before it, then that of the heading; a document of a year
    cannot tell of a later one.
    """
    asked: set[str] = set(YEAR.findall(normalise(question)))
    if not asked:
        return False
    before, sentence = _at(passage, quote)
    around = in_years(sentence, passage.date)
    if _CELL in around:
        told = set(_years(before + around))
        return bool(told) and not asked & told
    if told := _nearest(around, stated) or set(_years(around)):
        return not asked & told
    headings = [in_years(line, passage.date) for line in reversed(passage.headings)]
    heading = next((years for line in headings if (years := _years(line))), [])
    if asked & set(heading):
        return False
    if told := set(_years(_SINCE.sub("", before))[-1:]):
        return not asked & told
    if _MONTH_OF_YEAR.search(question):
        # A month that is told without its year is one of the document's.
        dated = passage.date[:4]
        return bool(dated) and dated not in asked and not _EARLIER.search(passage.text)
    if _LATER.search(passage.text):
        return False
    if heading and not _EARLIER.search(sentence):
        return True
    latest = max([*_years(passage.title), passage.date[:4]])
    if bool(latest) and min(asked) > latest:
        return True
    # Without a year a paper tells of its own and of the one before.
    year = passage.date[:4]
    if not year or _EARLIER.search(passage.text) or asked & set(_years(passage.title)):
        return False
    return int(max(asked)) < int(year) - 1


def of_a_wider_area(
    question: str, stated: Sequence[Quantity], passage: Passage, quote: Span
) -> bool:
    """Whether figures are told of 全市 where one of its districts is asked about."""
    places = [part.text for part in named(question) if part.kind == "place"]
    asked = max((place for place in places if place[-1] in _LEVELS), key=_level, default="")
    before, around = _at(passage, quote)
    if not asked or stem(asked) in around:
        return False
    at = min(
        (place for place, one in located(around) if _is_stated(one, stated)), default=len(around)
    )
    text = before + around[:at]
    wholes = list(_WHOLE.finditer(text))
    if not wholes or _LEVELS[wholes[-1][1]] >= _level(asked):
        return False
    return stem(asked) not in text[wholes[-1].end() :]


def of_what_stands_before(
    question: str, stated: Sequence[Quantity], passage: Passage, quote: Span
) -> bool:
    """Whether figures are told before a passage comes to the area that is asked about.

    ``全市开工118个……其中：南塘区开工24个``, asked of 南塘: the first figure is not its.
    """
    asked = normalise(question)
    before, around = _at(passage, quote)
    at = max(
        (place for place, one in located(around) if _is_stated(one, stated)), default=len(around)
    )
    told = f"{normalise(passage.context)}\n{before}{around[:at]}"
    rest = normalise(passage.text)[len(before) + at :]
    return any(area[:-1] in asked and area[:-1] not in told for area in areas_in(rest))


def of_another_measure(
    question: str, stated: Sequence[Quantity], passage: Passage, quote: Span
) -> bool:
    """Whether figures are of another measure than the one asked about: a result where the
    target is asked, half a year where the whole is, another share, 同比 for 年均."""
    if all(one.is_date for one in stated):
        return False
    asked = normalise(question)
    before, around = _at(passage, quote)
    place = normalise(passage.context)
    if _TARGET.search(asked) and not _AHEAD.search(f"{place}{before}{around}"):
        return True
    told = f"{place}\n{before.rstrip('。').split('。')[-1]}{around}"
    return (
        _of_another_rate(asked, stated, told)
        or _of_half_a_year(asked, told)
        or _beside_another(asked, stated, around)
    )


def _beside_another(asked: str, stated: Sequence[Quantity], around: str) -> bool:
    """Whether figures stand beside the measure that is asked about: 同比 where 年均 is asked.

    Only where the sentence has a figure of that measure can it be told, or where what
    is measured is another thing in name (亏损 for 营业收入).
    """
    figures = list(located(around))
    for measure in _MEASURES:
        if not measure.search(asked):
            continue
        own = {one for place, one in figures if measure.search(_clause_before(around, place))}
        if own and not any(_is_stated(one, stated) for one in own):
            return True
    before = [_clause_before(around, place) for place, one in figures if _is_stated(one, stated)]
    return bool(before) and any(
        kind.search(asked) and all(other.search(one) and not kind.search(one) for one in before)
        for kind, other in _APART
    )


def _of_half_a_year(asked: str, told: str) -> bool:
    """Whether a part of a year is told of where the whole is asked about."""
    whole = _WHOLE_YEAR.search(asked) and not _PART_OF_YEAR.search(asked)
    return bool(whole and _PART_OF_YEAR.search(told) and not _OF_THE_YEAR.search(told))


def _of_another_rate(asked: str, stated: Sequence[Quantity], told: str) -> bool:
    """Whether a share is asked for by a name (水土保持率) that nothing told has a part of."""
    if _CELL in told or not any(one.unit == "%" for one in stated):
        return False
    return any(
        not any(name[at : at + 2] in told for at in range(len(name) - 1))
        for name in _RATE.findall(asked)
    )


def of_another_payer(
    question: str, stated: Sequence[Quantity], passage: Passage, quote: Span
) -> bool:
    """Whether figures are of two levels (中央和省级资金) where one of them is asked about."""
    asked = normalise(question)
    _, around = _at(passage, quote)
    for place, one in located(around):
        pair = _PAYERS.search(around[:place])
        if pair and _is_stated(one, stated) and (pair[1] in asked) != (pair[2] in asked):
            return True
    return False


def of_another_rank(question: str, told: str) -> bool:
    """Whether what is quoted tells of another one in an order than the one asked about."""
    question, told = normalise(question), normalise(told)
    asked = set(_RANK.findall(question))
    found = set(_RANK.findall(told))
    if asked and found and not asked & found:
        return True
    turns = {(match["thing"], match["turn"]) for match in _IN_TURN.finditer(told)}
    return any(
        (match["thing"], match["turn"]) not in turns
        and match["thing"] in {thing for thing, _ in turns}
        for match in _IN_TURN.finditer(question)
    )


def of_another_works(question: str, told: str) -> bool:
    """Whether what is quoted names another reservoir or bridge than the one asked about."""
    said = normalise(told)
    return any(
        name[:2] not in said and re.search(rf"(?<![该此本])[\u4e00-\u9fff]{{2}}{name[2:]}", said)
        for name in works(question)
    )


def of_another_clause(
    question: str, stated: Sequence[Quantity], passage: Passage, quote: Span
) -> bool:
    """Whether what is counted stands before the clause of the quoted name that is asked about.

    ``几个地方入选“两山”基地``, told ``8个县入选示范区，两地入选“两山”基地``.
    """
    if not (counted := _COUNTS.search(normalise(question))):
        return False
    _, around = _at(passage, quote)
    for name in (normalise(name) for name in _QUOTED.findall(question)):
        at = around.find(name)
        own = _clause(around, at) if at >= 0 else ""
        if not _NUMBERED.search(own.replace(name, "")):
            continue
        told = [place for place, one in located(around) if _is_stated(one, stated)]
        before = [place for place in told if place < at and name not in _clause(around, place)]
        if told and before == told and any(one.unit == counted["unit"] for one in stated):
            return True
    return False


def of_another_thing(
    question: str, stated: Sequence[Quantity], passage: Passage, quote: Span
) -> bool:
    """Whether figures count something else where the sentence counts what is asked for.

    ``几个优先区域``, told ``启动9个…优先区域本底调查…8个县入选``: eight is not its number;
    nor is ``4000余台机械`` that of ``多少货车``, told ``抽测货车21万辆``.
    """
    if not (asked := _COUNTED.search(normalise(question))) or not _is_noun(asked["thing"]):
        return False
    thing, unit = asked["thing"][-2:], asked["unit"]
    _, around = _at(passage, quote)
    figures = [(place, one) for place, one in located(around) if not one.is_date]
    told = [(place, one) for place, one in figures if _is_stated(one, stated)]
    if unit:
        counts = [_counts(around, place) for place, one in figures if one.unit == unit]
        given = [_counts(around, place) for place, one in told if one.unit == unit]
        others = bool(given) and all(_is_apart(thing, named) for named in given)
        return others and any(thing in named for named in counts)
    own = {
        one.unit
        for place, one in figures
        if one.unit not in _ABOUT_A_THING and thing in _clause(around, place)
    }
    return bool(own and told) and all(
        thing not in _clause(around, place) and one.unit not in own for place, one in told
    )


def _is_apart(thing: str, named: str) -> bool:
    """Whether what is counted has nothing of ``thing``: 中小学 are schools (学校)."""
    if not named or thing in named:
        return False
    return not (_is_noun(named) and set(thing) & set(named))


def _is_noun(words: str) -> bool:
    """Whether ``words`` name a thing: no verb among them, a noun at the end."""
    tags = [tag for _, tag in rjieba.tag(words, True)]
    return tags[-1][0] in "nj" and not any(tag in ("v", "p", "r", "u") for tag in tags)


def _clause(text: str, place: int) -> str:
    """The clause that a place of the text is in."""
    return _clause_before(text, place) + _CLAUSE_END.split(text[place:])[0]


def _counts(text: str, place: int) -> str:
    """What a figure of the text counts: what stands behind its unit, to the end of the clause."""
    return _FIGURE.sub("", _CLAUSE_END.split(text[place:])[0], count=1)


def _is_stated(figure: Quantity, stated: Sequence[Quantity]) -> bool:
    """Whether a figure of the text is one of the answer, which may leave its unit away."""
    return not missing([figure], stated)


def _clause_before(text: str, place: int) -> str:
    """What stands before a figure in its clause."""
    return _CLAUSE_END.split(text[:place])[-1]


def _level(place: str) -> int:
    return _LEVELS[place[-1]]


def _at(passage: Passage, quote: Span) -> tuple[str, str]:
    """The passage's text before the sentence of ``quote`` and that sentence, normalised."""
    text = passage.text
    around = sentence_at(text, quote.start)
    return normalise(text[: around.start]), normalise(text[around.start : around.end])


def in_years(text: str, date: str) -> str:
    """``text`` with 今年 and 去年 as the years they are in a document of ``date``."""
    if not date:
        return text
    year = int(date[:4])
    return _LAST_YEAR.sub(f"{year - 1}年", _THIS_YEAR.sub(f"{year}年", text))


def _nearest(text: str, stated: Sequence[Quantity]) -> set[str]:
    """The years told last before each of the figures; both ends of a span of years.

    Of a year compared with (去年同期为) only the figure right behind it is.
    """
    years = list(YEAR.finditer(_without_compared(text)))
    found: set[str] = set()
    for place, figure in located(text):
        if figure.is_date or not _is_stated(figure, stated):
            continue
        if same := _SAME_TIME.search(text[:place]):
            found.add(same[1])
            continue
        earlier = [year for year in years if year.end() <= place]
        found.update(_own(earlier, text))
    return found


def _own(years: Sequence[re.Match[str]], text: str) -> Iterator[str]:
    """The last of ``years``, and the one before where both bound a span."""
    if years:
        yield years[-1][1]
    if len(years) > 1 and _RANGE.search(text[years[-2].end(1) : years[-1].start()]):
        yield years[-2][1]


def _years(text: str) -> list[str]:
    """The years told of, those left out that figures are only compared with."""
    found: list[str] = YEAR.findall(_without_compared(normalise(text)))
    return found


def _without_compared(text: str) -> str:
    return _COMPARED.sub(lambda match: " " * len(match[0]), text)
