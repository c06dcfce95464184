"""Questions for all of something, answered by what the document itself counts up.

A model that reads the nearest 190 characters gives two of six items. Where a
document counts (一是……二是……, 以下几点： with lines below, decisions of minutes),
the items are given as they stand, each cited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from answer.parts import parts
from answer.snippet import units
from huiwen.types import Citation, Evidence, Passage, Span, Statement
from index.features import ASKING
from ingest.normalise import normalise
from ingest.sentence import clauses, sentences

_NUMERALS = "一二三四五六七八九十"
_COUNT = "两几" + _NUMERALS
_ASKS = re.compile(
    rf"(?:哪些|哪(?P<count>[{_COUNT}]+)[个项条点件类种大]?方?面?|有什么|些什么|什么(?=材料|条件|手续))"
    r"(?P<what>[^？?，,。；;的]{0,8})"
)
_ASKS_DECISIONS = re.compile(
    r"(?:议定|决定|商定|定下|定了|确定|通过|部署)了?(?:哪些|哪几|什么)(?:事项|事|决定|内容|工作|任务)?[？?]?$"
    r"|(?:哪些|哪几[项个条]|什么)(?:议定事项|事项|决定|决议)"
)
# What a question about all decisions may say beside the name of its meeting.
_GENERAL = re.compile(
    r"会议?|上|纪要|专题|记录|最后|一共|议定|决定|商定|定下|事项|内容|工作|任务|了"
)
# A mark counts from one; before it stands the beginning or a stop.
_MARKS = (
    re.compile(rf"(?<![^：:；;。，,！\n])([{_NUMERALS}])(?:是|要)"),
    re.compile(rf"(?<![^：:；;。，,！\n])第?([{_NUMERALS}])[，,、：:]"),
    re.compile(rf"(?<![^：:；;。，,！\n])[（(]([{_NUMERALS}])[）)]"),
    re.compile(r"(?<![^：:；;。，,！\n])[（(]?(\d)[）).．、](?!\d)"),
)
# 三项硬措施是哪三项
_COUNTED = re.compile(rf"[{_COUNT}][个项条点件类种](?P<what>[^，,。；的是]{{2,8}})是?哪")
# 第一项硬措施，是“一厂一码”
_NTH = re.compile(rf"第(?P<number>[{_NUMERALS}])[个项条点件类种](?P<what>[^，,。：:；;]{{2,8}})")
_LEAST = 2
# Share of the question that must stand where the count begins, in its passage's place or lead.
_SHARE = 0.5
# Where the lead tells the number that is asked for, as many stand below.
_SHARE_COUNTED = 0.3
# Of a question for all decisions, what may be left beside the names of its document.
_APART = 0.34
_ITEM_CHARS = 90
_LEAD_CHARS = 6


@dataclass(frozen=True, slots=True)
class _Listed:
    """Items of one passage and the words that announce them."""

    lead: str
    items: tuple[Span, ...]


def asks_decisions(question: str, passage: Passage) -> bool:
    """Whether all is asked for that was decided in the document of ``passage``."""
    if not _ASKS_DECISIONS.search(question) or len(parts(question)) > 1:
        return False
    heading = "".join(passage.headings[:1])
    told = units(f"{passage.title}\n{passage.document_name}\n{passage.date}\n{heading}")
    asked = units(_GENERAL.sub("\n", ASKING.sub("\n", normalise(question))))
    return len(asked - told) <= _APART * len(asked)


def list_all(question: str, evidence: Sequence[Evidence]) -> list[Statement]:
    """What the evidence counts up of what is asked for, each item cited; empty where it does not.

    Items are the document's own words, in its order; of a long one its first clause.
    """
    if found := _decisions(question, evidence):
        return found
    match = _ASKS.search(question)
    if not match or len(parts(question)) > 1:
        return []
    wanted, what = _content(question), units(match["what"])
    count = _number(match["count"] or "")
    for item in evidence:
        for listed in _lists(item.passage.text):
            lead = units(listed.lead)
            if what and not what & lead:
                continue
            least = _SHARE_COUNTED if _tells_count(listed, count) else _SHARE
            if len(wanted & (lead | units(item.passage.context))) < least * len(wanted):
                continue
            if count in (0, len(listed.items)):
                return [_statement(item, span) for span in listed.items]
    if named := _COUNTED.search(question):
        what = units(named["what"])
    return _numbered(what, count, evidence) if what and count else []


def _tells_count(listed: _Listed, count: int) -> bool:
    """Whether the words that announce the items tell how many they are, and as many are asked."""
    told = re.findall(rf"(\d+|[{_COUNT}]+)[个项条点件类种家处]", listed.lead)
    return count > 1 and count in map(_number, told)


def _numbered(what: frozenset[str], count: int, evidence: Sequence[Evidence]) -> list[Statement]:
    """``第一项硬措施，是……`` and its fellows, where a document's passages have as many as asked."""
    found: dict[str, dict[int, Statement]] = {}
    for item in evidence:
        text = item.passage.text
        for span in sentences(text):
            match = _NTH.match(text, span.start, span.end)
            if match and what & units(match["what"]):
                of_document = found.setdefault(item.passage.document_id, {})
                of_document.setdefault(_number(match["number"]), _statement(item, span))
    wanted = list(range(1, count + 1))
    for of_document in found.values():
        if sorted(of_document) == wanted:
            return [of_document[number] for number in wanted]
    return []


def _decisions(question: str, evidence: Sequence[Evidence]) -> list[Statement]:
    """The decisions of the first decision's document, where the question is for all of them."""
    decided = [item for item in evidence if item.passage.decision]
    if not decided or not asks_decisions(question, decided[0].passage):
        return []
    found = [
        _statement(item, span)
        for item in decided
        if item.passage.document_id == decided[0].passage.document_id
        for span in _paragraphs(item)
    ]
    return found if len(found) >= _LEAST else []


def _paragraphs(item: Evidence) -> Iterator[Span]:
    """The paragraphs that begin in a passage."""
    for piece in item.passage.pieces:
        if piece.start == 0:
            yield Span(piece.at, piece.at + piece.end)


def _statement(item: Evidence, span: Span) -> Statement:
    """An item as it stands, of a long one the first sentence or clause."""
    text = item.passage.text[span.start : span.end]
    shown = next(_heads(text), Span(0, len(text)))
    quote = Span(span.start + shown.start, span.start + shown.end)
    said = text[shown.start : shown.end].rstrip("；;，,、 ")
    citation = Citation(item.number, item.passage.id, item.passage.document_id, quote)
    return Statement(said if said.endswith(("。", "！", "？")) else f"{said}；", (citation,))


def _heads(text: str) -> Iterator[Span]:
    """The whole where it is short enough, else what is said first."""
    if len(text) <= _ITEM_CHARS:
        yield Span(0, len(text))
    yield from sentences(text)


def _lists(text: str) -> Iterator[_Listed]:
    """What is counted up in a passage, by marks within its lines and by lines below a colon."""
    for mark in _MARKS:
        found: list[re.Match[str]] = []
        for match in mark.finditer(text):
            number = _number(match[1])
            if number == 1 or not found:
                if len(found) >= _LEAST:
                    yield _listed(text, found)
                found = [match] if number == 1 else []
            elif number == len(found) + 1:
                found.append(match)
        if len(found) >= _LEAST:
            yield _listed(text, found)
    yield from _below(text)


def _listed(text: str, marks: Sequence[re.Match[str]]) -> _Listed:
    """The items that begin at ``marks``; the last ends with its clause."""
    starts = [mark.start() for mark in marks]
    rest = text[starts[-1] :]
    last = starts[-1] + next(clauses(rest)).end
    ends = [*starts[1:], last]
    items = tuple(
        Span(start, start + len(text[start:end].rstrip()))
        for start, end in zip(starts, ends, strict=True)
    )
    return _Listed(_lead(text, starts[0]), items)


def _lead(text: str, start: int) -> str:
    """The words before a count: its sentence, and the one before where that is short."""
    before = [span for span in sentences(text[:start]) if span.end > span.start]
    if not before:
        return ""
    lead = text[before[-1].start : start]
    if len(lead) < _LEAD_CHARS and len(before) > 1:
        lead = text[before[-2].start : start]
    return lead


def _below(text: str) -> Iterator[_Listed]:
    """Lines below one that ends with a colon; of those with semicolons to the full stop."""
    lines = list(re.finditer(r"[^\n]+", text))
    for at, line in enumerate(lines):
        below = lines[at + 1 :]
        if below and below[0][0].rstrip().endswith(("；", ";")):
            stops = (n for n, one in enumerate(below, start=1) if one[0].rstrip().endswith("。"))
            below = below[: next(stops, len(below))]
        if line[0].rstrip().endswith(("：", ":")) and len(below) >= _LEAST:
            yield _Listed(line[0], tuple(Span(one.start(), one.end()) for one in below))


def _content(question: str) -> frozenset[str]:
    """What the question is about, in pairs of characters, numbers and names."""
    asked = _ASKS.sub(lambda match: match["what"], ASKING.sub("\n", normalise(question)))
    return frozenset(unit for unit in units(asked) if len(unit) > 1)


def _number(written: str) -> int:
    """A single numeral's value, 0 for none or for some."""
    if written.isdigit():
        return int(written)
    return {"两": 2}.get(written, _NUMERALS.find(written) + 1 if len(written) == 1 else 0)
