"""The number of a document that a question names: 发文字号, as the document itself tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from answer.snippet import units
from huiwen.types import Citation, Document, Evidence, Span, Statement
from index.features import ASKING
from ingest.normalise import normalise
from ingest.sentence import sentences

_ASKS = re.compile(r"文号|发文字?号|文件(?:编)?号|编号是|(?:哪个|什么|几号)文(?:件)?[？?。]?$")
_NUMBER = r"[\u4e00-\u9fff]{1,12}[〔［\[【(（]\d{4}[〕］\]】)）]第?\d+号"
# 《……办法》（衡建发〔2019〕21号）
_NAMED = re.compile(rf"《(?P<title>[^《》]{{2,60}})》\s*[（(](?P<number>{_NUMBER})[）)]")
_IN_SENTENCE = re.compile(rf"(?:文号[是为:：]|[（(])(?P<number>{_NUMBER})")
_FILLER = re.compile(r"文号|发文字?号|文件(?:编)?号|文件|编号|那个|这个|的|是|多少")
# Share of the words of the question that the document's name must have.
_SAME = 0.6


@dataclass(frozen=True, slots=True)
class _Told:
    """A number with what it is the number of; ``where`` is the span of a passage that tells it."""

    number: str
    of: str
    item: Evidence
    where: Span


def asks_number(question: str) -> bool:
    """Whether the number of a document is asked for."""
    return bool(_ASKS.search(normalise(question)))


def number_of(
    question: str, evidence: Sequence[Evidence], documents: Iterable[Document]
) -> Statement | None:
    """The number of the document the question names best, cited; None where none is named.

    ``documents`` are those that the evidence is from.
    """
    wanted = _content(question)
    told = [*_beside_titles(evidence), *_own(evidence, documents), *_in_sentences(evidence)]
    shares = [_share(wanted, one.of) for one in told]
    if not told or max(shares) < _SAME:
        return None
    best = told[shares.index(max(shares))]
    citation = Citation(
        best.item.number, best.item.passage.id, best.item.passage.document_id, best.where
    )
    return Statement(best.number, (citation,))


def _beside_titles(evidence: Sequence[Evidence]) -> Iterator[_Told]:
    """Numbers that stand in brackets behind a title."""
    for item in evidence:
        for match in _NAMED.finditer(item.passage.text):
            yield _Told(match["number"], match["title"], item, Span(*match.span()))


def _in_sentences(evidence: Sequence[Evidence]) -> Iterator[_Told]:
    """Numbers of what their sentence, or the one before, speaks of."""
    for item in evidence:
        before = ""
        for span in sentences(item.passage.text):
            sentence = item.passage.text[span.start : span.end]
            for match in _IN_SENTENCE.finditer(sentence):
                where = Span(span.start + match.start("number"), span.start + match.end("number"))
                yield _Told(match["number"], before + sentence, item, where)
            before = sentence


def _own(evidence: Sequence[Evidence], documents: Iterable[Document]) -> Iterator[_Told]:
    """The numbers of the documents themselves, where a passage at hand shows them."""
    for document in documents:
        number = re.sub(r"\s", "", document.metadata.number)
        if not number:
            continue
        name = f"{document.title}\n{document.name}\n{document.metadata.meeting}"
        for item in evidence:
            if item.passage.document_id != document.id:
                continue
            found = re.search(r"\s*".join(map(re.escape, number)), item.passage.text)
            if found:
                yield _Told(number, name, item, Span(*found.span()))
                break


def _content(question: str) -> frozenset[str]:
    """What the question says of the document, in pairs of characters and numbers."""
    plain = _FILLER.sub("\n", ASKING.sub("\n", normalise(question)))
    return frozenset(unit for unit in units(plain) if len(unit) > 1 or unit.isdigit())


def _share(wanted: frozenset[str], name: str) -> float:
    return len(wanted & units(name)) / len(wanted) if wanted else 0.0
