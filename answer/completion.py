"""What a model leaves away of its answer, taken from the clauses the answer rests on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from answer.number import quantities
from answer.office import with_holder, with_others
from ingest.normalise import normalise

_YEARLESS_DAY = re.compile(r"(?<![年\d])\d{1,2}月\d{1,2}日")
_BARE_DAY = re.compile(r"\d{1,2}日。?")
_BARE_FIGURE = re.compile(r"\d(?:[\d,.]*\d)?。?")
# A title with what stands behind it, mostly a name.
_TITLED = re.compile(
    r"(?<!副)(?:[省市县区镇乡州旗厅局处科院校部会村行]长|书记|主任|主席|总?经理|总?队长|秘书长)"
    r"[\u3400-\u9fff]{2}"
)


def completed(question: str, sentence: str, clauses: Sequence[str]) -> str:
    """The sentence with what its clauses have and the model left away."""
    for complete in (with_unit, _with_year, _with_rank):
        sentence = complete(sentence, clauses)
    for add in (with_holder, with_others):
        sentence = add(question, sentence, clauses)
    return sentence


def with_unit(sentence: str, clauses: Sequence[str]) -> str:
    """A bare figure with the unit it has most often in ``clauses``: ``3.95`` is 3.95亿元 there.

    So is a day with its month: ``10日`` is 3月10日.
    """
    around = "\n".join(clauses)
    if _BARE_DAY.fullmatch(sentence):
        days = re.findall(rf"\d+月{sentence.rstrip('。')}", around)
        return f"{days[0]}{'。' if sentence.endswith('。') else ''}" if days else sentence
    figures = quantities(sentence)
    if not _BARE_FIGURE.fullmatch(sentence) or len(figures) != 1 or figures[0].label:
        return sentence
    labels = Counter(
        one.label for one in quantities(around) if one.written == figures[0].written and one.label
    )
    ranked = labels.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return sentence
    bare = sentence.rstrip("。")
    return f"{bare}{ranked[0][0]}{sentence[len(bare) :]}"


def _with_year(sentence: str, clauses: Sequence[str]) -> str:
    """Days with the year that stands before them in ``clauses``."""
    around = normalise("\n".join(clauses))

    def whole(match: re.Match[str]) -> str:
        years = set(re.findall(rf"((?:19|20)\d\d年){re.escape(match[0])}", around))
        return f"{years.pop()}{match[0]}" if len(years) == 1 else match[0]

    return _YEARLESS_DAY.sub(whole, sentence)


def _with_rank(sentence: str, clauses: Sequence[str]) -> str:
    """A title with the ``副`` that the model left away: ``副市长`` is no ``市长``."""
    around = "\n".join(clauses)

    def whole(match: re.Match[str]) -> str:
        held = match[0]
        deputies = around.count(f"副{held}")
        return f"副{held}" if deputies and deputies == around.count(held) else held

    return _TITLED.sub(whole, sentence)
