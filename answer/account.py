"""Questions for an account of something: why, how, whether, several things in one.

A small model cuts a few words out of the sentence and leaves half of what is
asked for behind; whether something is allowed it says by chance. Such answers
are the sentences of the documents themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from answer.check import cited
from answer.language import simplified
from answer.several import COMPUTED
from huiwen.types import Citation, Evidence, Span, Statement
from index.features import ASKING
from ingest.normalise import normalise
from ingest.sentence import clauses, sentence_at, sentences

_WHY_OR_HOW = re.compile(
    r"为[什何啥]|为什么|缘何|原因|道理|理由|怎么(?!走|念|读)|怎样|如何|咋|依据什么|凭什么"
)
_WHETHER = re.compile(
    r"吗[？?。]?$|没有[？?。]?$|是否|有没有|是不是|能不能|可不可以|要不要|会不会|该不该|用不用|需不需要|行不行"
)
_OTHER_THAN_WHETHER = re.compile(
    r"[哪谁怎几啥咋]|什么|多[少久长大高]|为何|如何|何[时地处人种]|原因|理由|时间|电话|知道|告诉"
)
_WHY = re.compile(r"为[什何啥]|缘何|原因|道理|理由|怎么没|咋没")
# 没有完成计划。原因：一是……: what is asked for stands behind what was taken.
_REASON = re.compile(r"\s*(?:主要|其|这)?(?:是因为|原因|因为|由于)")
# Of a longer sentence the clause is enough.
_SENTENCE = 120
_SEVERAL = 2


def asks_account(question: str) -> bool:
    """Whether whole sentences answer ``question`` better than words cut out of them."""
    plain = normalise(question)
    return bool(
        _WHY_OR_HOW.search(plain)
        or _WHETHER.search(plain)
        or len(ASKING.findall(plain)) >= _SEVERAL
    )


def asks_whether(question: str) -> bool:
    """Whether it is asked if something is so, and nothing else."""
    plain = normalise(question)
    return bool(_WHETHER.search(plain)) and not _OTHER_THAN_WHETHER.search(plain)


def in_full(
    question: str, statements: Sequence[Statement], evidence: Sequence[Evidence]
) -> list[Statement]:
    """The statements as the sentences they were taken from, each sentence once.

    What was said otherwise than its sentence stands before it; of whether
    something is so the sentence alone tells.
    """
    plain = normalise(question)
    why, whether = _WHY.search(plain), _WHETHER.search(plain)
    told: list[Statement] = []
    for one in statements:
        if len(one.citations) != 1 or COMPUTED in one.text:
            told.append(one)
            continue
        citation = one.citations[0]
        item = cited(citation, evidence)
        span = _around(item.passage.text, citation)
        if why:
            span = _with_reason(item.passage.text, span)
        full = item.passage.text[span.start : span.end]
        said = one.text.rstrip("。 ")
        # What restates the question's figures is left to the sentence too.
        if not (whether or one.unsupported_numbers or normalise(said) in normalise(full)):
            full = f"{said}（{full}）"
        if not any(full in other.text for other in told):
            quoted = (replace(citation, quote=span),)
            told.append(replace(one, text=full, citations=quoted, unsupported_numbers=()))
    return told


def _around(text: str, citation: Citation) -> Span:
    """The sentence of a quote, of a long one the clause."""
    at = citation.quote.start
    span = sentence_at(text, at)
    if span.end - span.start <= _SENTENCE:
        return span
    return next((one for one in clauses(text) if one.end > at), citation.quote)


def _with_reason(text: str, span: Span) -> Span:
    """The sentence and the next where that gives the reason."""
    after = next((one for one in sentences(text) if one.start >= span.end), None)
    reason = after and _REASON.match(simplified(text[after.start : after.end]))
    return Span(span.start, after.end) if after and reason else span
