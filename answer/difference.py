"""How far apart two figures are that a question compares: named by a model or a list, subtracted
by us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from answer.check import check_draft
from answer.number import Quantity, located, quantities
from answer.several import Several, Way, conclude, figure_of
from huiwen.types import Citation, Evidence, Statement
from ingest.normalise import normalise
from ingest.sentence import sentences

_ASKS = re.compile(
    r"相?差(?:了|距|额)?(?:是|为|有)?(?:多少|几)"
    r"|(?:比|跟|和|与|相比|较).*?[多少高低省增减涨降掉砍快慢长短][\u4e00-\u9fff]{0,2}(?:多少|几)"
    r"|(?:多少|几)个?百分点|[多高快大长好升增涨][了出]?还是[少低慢小短差降减跌]"
)
_MOST, _LEAST_OF = "多高大快全好长强重", "少低小慢差短弱轻"
_EXTREME = re.compile(
    rf"最(?P<way>[{_MOST}{_LEAST_OF}])(?:的|那个?|[一这]个?)*(?P<kind>[省市县区镇乡村])?"
)
# 临砚区92.1%、云岫区83.5%: so many in a row are a list to choose from.
_LISTED = 3
_NAME = re.compile(r"(?P<name>[\u4e00-\u9fffA-Za-z·]{2,12}?)(?:为|是|有|达到?|完成|下降|增长)?$")
_LEAD = re.compile(r"^(?:其中|分别|分县区看|按.{1,4}看)[：:，,]?")
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
    apart = conclude(Several(("前者", "后者"), "", Way.DIFFERENCE), told)
    if apart is None:
        return ()
    first, second = (figure for figure in figures if figure)
    words = ("高", "低") if first.unit == "%" else ("多", "少")
    said = f"前者比后者{words[first.value < second.value]}"
    whole = [replace(one, text=f"{one.text.rstrip('。')}。") for one in told]
    return (*whole, replace(apart, text=apart.text.replace("相差", said, 1)))


def _asked(part: str) -> str:
    """The question that ``part`` is the answer to."""
    figures = [match for match in located(part) if not match[1].is_date]
    return f"{part[: figures[0][0]]}是多少？" if figures else part


def extremes(question: str, evidence: Sequence[Evidence]) -> tuple[Statement, ...]:
    """The most and the least of a list that the evidence has, where both are asked about.

    Empty where the question asks for no two ends, or no sentence lists enough.
    """
    asked = list(_EXTREME.finditer(normalise(question)))
    ways = [match["way"] in _MOST for match in asked]
    if sorted(ways) != [False, True]:
        return ()
    unit = _UNIT.search(normalise(question))
    for item, start, listed in _lists(evidence):
        if unit and listed[0][1].unit != ("%" if unit["points"] else unit["unit"]):
            continue
        ends = []
        for match, most in zip(asked, ways, strict=True):
            kind = match["kind"] or ""
            of_kind = [one for one in listed if one[0].endswith(kind)] or listed
            ends.append((max if most else min)(of_kind, key=lambda one: one[1].value))
        first, second = ends
        quote = next(span for span in sentences(item.passage.text) if span.start == start)
        citation = Citation(item.number, item.passage.id, item.passage.document_id, quote)
        told = [
            Statement(f"{name}{figure.written}{figure.label}", (citation,))
            for name, figure in (first, second)
        ]
        apart = conclude(Several((first[0], second[0]), "", Way.DIFFERENCE), told)
        if apart:
            said = "，".join(
                f"{'最' + match['way']}的是{one.text}"
                for match, one in zip(asked, told, strict=True)
            )
            return (Statement(f"{said}。", (citation,)), apart)
    return ()


def _lists(
    evidence: Sequence[Evidence],
) -> Iterator[tuple[Evidence, int, list[tuple[str, Quantity]]]]:
    """Sentences that tell a figure of one sort of several by name, with where they begin."""
    for item in evidence:
        text = item.passage.text
        for span in sentences(text):
            named = list(_named(normalise(text[span.start : span.end])))
            for _, group in groupby(named, key=lambda one: one[1].label):
                listed = list(group)
                if len(listed) >= _LISTED:
                    yield item, span.start, listed


def _named(text: str) -> Iterator[tuple[str, Quantity]]:
    """Figures with the name right before each."""
    for place, figure in located(text):
        before = _LEAD.sub("", _BETWEEN.split(text[:place])[-1])
        name = _NAME.search(before)
        if name and name.start() == 0 and not quantities(before) and not figure.is_date:
            yield name["name"], figure
