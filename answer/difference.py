"""How far apart two figures are that a question compares: named by a model or a list, subtracted
by us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from answer.check import check_draft
from answer.number import Quantity, located, quantities
from answer.premise import YEAR
from answer.several import Several, Way, conclude, figure_of
from answer.snippet import units
from huiwen.types import Citation, Evidence, Span, Statement
from index.features import ASKING
from ingest.normalise import normalise
from ingest.sentence import sentences

_ASKS = re.compile(
    r"相?差(?:了|距|额)?(?:是|为|有)?(?:多少|几)"
    r"|(?:(?<!占)比(?![例重])|[跟和与同].{1,16}相?比|较).*?[多少高低省增减涨降掉砍快慢长短](?:(?!到)[\u4e00-\u9fff]){0,2}(?:多少|几)"
    r"|(?:多少|几)个?百分点|[多高快大长好升增涨][了出]?还是[少低慢小短差降减跌]"
)
_MOST, _LEAST_OF = "多高大快全好长强重", "少低小慢差短弱轻"
_AREAS = "省市县区镇乡村"
_EXTREME = re.compile(
    rf"最(?P<way>[{_MOST}{_LEAST_OF}])(?:的|那个?|[一这]个?)*(?P<kind>[{_AREAS}])?"
)
# 临砚区92.1%、云岫区83.5%: so many in a row are a list to choose from.
_LISTED = 3
_NAME = re.compile(r"(?P<name>[\u4e00-\u9fffA-Za-z·]{2,12}?)(?:为|是|有|达到?|完成|下降|增长)?")
_LEAD = re.compile(r"^.*(?:分别为?|分[县区市]+看)[：:，,]?|^[：:，,]")
_FELL = re.compile(r"下降|减少|降低|回落")
# What is best or fastest is the least of a time and the most of a share.
_BY_KIND = "好差快慢全强弱"
# What is listed, where a sentence says it.
_TOPIC = re.compile(r"[数率额量值]|收入|支出|投资|质量")
_ALL = re.compile(r"^全|合计|总计|平均")
_GREW = re.compile(r"下降|减少|增长|提高")
# So many pairs of the question's characters stand where the list does.
_IN_COMMON = 2
_UNIT = re.compile(
    r"(?:多少|几)(?:(?P<points>个?百分点)|[万亿]?(?P<unit>[件个户人名项元吨家台座亩]))"
)
_BETWEEN = re.compile(r"[、，,；;：:。\s]")
_CLAUSE = re.compile(r"[；;。\n]")


def asks_difference(question: str) -> bool:
    """Whether how far apart two figures are is asked for."""
    return bool(_ASKS.search(normalise(question)))


def difference(draft: str, evidence: Sequence[Evidence]) -> tuple[Statement, ...]:
    """The two figures that ``draft`` names, each checked and cited, and what they differ by.

    Empty where it does not name two, or one of them does not stand the check.
    """
    parts = [part.strip() for part in _CLAUSE.split(normalise(draft)) if part.strip()]
    told = [one for part in parts for one in check_draft(_asked(part), part, evidence)]
    figures = [figure_of(one) for one in told]
    if len(parts) != 2 or len(told) != 2 or None in figures or figures[0] == figures[1]:
        return ()
    if len({_counted(one, part) for one, part in zip(figures, parts, strict=True) if one}) > 1:
        return ()
    apart = conclude(Several(("前者", "后者"), "", Way.DIFFERENCE), told)
    if apart is None:
        return ()
    first, second = (figure for figure in figures if figure)
    words = ("高", "低") if first.unit == "%" else ("多", "少")
    said = f"前者比后者{words[first.value < second.value]}"
    whole = [replace(one, text=f"{one.text.rstrip('。')}。") for one in told]
    return (*whole, replace(apart, text=apart.text.replace("相差", said, 1)))


def _counted(figure: Quantity, part: str) -> str:
    """What a figure counts, its scale aside: points, square and cubic measures by their names."""
    named = re.search(r"个?百分点|[平立]方[公千]?[里米]", part)
    return named[0] if named else figure.label.lstrip("十百千万亿")


def _asked(part: str) -> str:
    """The question that ``part`` is the answer to."""
    figures = [match for match in located(part) if not match[1].is_date]
    return f"{part[: figures[0][0]]}是多少？" if figures else part


def extremes(question: str, evidence: Sequence[Evidence]) -> tuple[Statement, ...]:
    """The most and the least of a list that the evidence has, where both are asked about.

    Empty where the question asks for no two ends, or no sentence that speaks of
    it lists enough.
    """
    plain = normalise(question)
    asked = list(_EXTREME.finditer(plain))
    if sorted(match["way"] in _MOST for match in asked) != [False, True]:
        return ()
    unit = _UNIT.search(plain)
    by_kind = any(match["way"] in _BY_KIND for match in asked)
    content = units(ASKING.sub("\n", _EXTREME.sub("\n", plain)))
    about = frozenset(one for one in content if len(one) > 1)
    for item, span, listed in _lists(evidence):
        if unit and listed[0][1].unit != ("%" if unit["points"] else unit["unit"]):
            continue
        if by_kind and listed[0][1].unit != "%":
            continue
        if not _speaks_of(plain, about, item, span):
            continue
        if told := _ends(asked, item, span, listed):
            return told
    return ()


def _speaks_of(plain: str, about: frozenset[str], item: Evidence, span: Span) -> bool:
    """Whether a sentence, where it stands, has enough of a question and its year."""
    text, passage = normalise(item.passage.text[span.start : span.end]), item.passage
    before = normalise(passage.text[: span.start]).rstrip("。").split("。")[-1]
    first = next((place for place, _ in located(text)), 0)
    # A sentence that says what it lists is of that.
    if _TOPIC.search(text[:first]):
        before = ""
    if len(about & units(f"{passage.context}\n{before}\n{text}")) < _IN_COMMON:
        return False
    if _FELL.search(text) and not _FELL.search(plain):
        return False
    years = set(YEAR.findall(text)) or set(
        YEAR.findall(f"{normalise(passage.context)}{before}{passage.date[:4]}年")
    )
    return not years or set(YEAR.findall(plain)) <= years


def _ends(
    asked: Sequence[re.Match[str]],
    item: Evidence,
    span: Span,
    listed: Sequence[tuple[str, Quantity]],
) -> tuple[Statement, ...]:
    """Both ends of ``listed`` and how far they are apart; empty where they are one."""
    ends = []
    for match in asked:
        of_kind = [one for one in listed if one[0].endswith(match["kind"] or "")]
        if not of_kind:
            return ()
        choose = max if match["way"] in _MOST else min
        ends.append(choose(of_kind, key=lambda one: one[1].value))
    if ends[0] == ends[1]:
        return ()
    citation = Citation(item.number, item.passage.id, item.passage.document_id, span)
    told = [Statement(f"{name}{one.written}{one.label}", (citation,)) for name, one in ends]
    apart = conclude(Several((ends[0][0], ends[1][0]), "", Way.DIFFERENCE), told)
    said = "，".join(
        f"最{match['way']}的是{one.text}" for match, one in zip(asked, told, strict=True)
    )
    return (Statement(f"{said}。", (citation,)), apart) if apart else ()


def _lists(
    evidence: Sequence[Evidence],
) -> Iterator[tuple[Evidence, Span, list[tuple[str, Quantity]]]]:
    """Sentences that tell a figure of one sort of several by name."""
    for item in evidence:
        text = item.passage.text
        for span in sentences(text):
            said = normalise(text[span.start : span.end])
            whole, _, divided = said.partition("其中")
            # A member's own parts are no members.
            if divided and any(name[-1] in _AREAS for name, _ in _named(whole)):
                continue
            said = _LEAD.sub("", divided or said)
            if len(set(_GREW.findall(said))) > 1:
                continue
            for _, group in groupby(_named(said), key=lambda one: one[1].label):
                listed = list(group)
                if len(listed) >= _LISTED:
                    yield item, span, listed


def _named(text: str) -> Iterator[tuple[str, Quantity]]:
    """Figures with the name right before each."""
    for place, figure in located(text):
        before = _BETWEEN.split(text[:place])[-1]
        name = _NAME.fullmatch(before)
        if name and not quantities(before) and not figure.is_date and not _ALL.search(before):
            yield name["name"], figure
