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
from huiwen.types import Citation, Evidence, Span, Statement
from index.features import ASKING
from ingest.normalise import normalise
from ingest.sentence import clauses, sentences

_WHY_OR_HOW = re.compile(
    r"为[什何啥]|为什么|缘何|原因|道理|理由|怎么(?!走|念|读)|怎样|如何|咋|依据什么|凭什么"
)
_WHETHER = re.compile(
    r"吗[？?。]?$|没有[？?。]?$|是否|有没有|是不是|能不能|可不可以|要不要|会不会|该不该|用不用|需不需要|行不行"
)
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


def in_full(
    question: str, statements: Sequence[Statement], evidence: Sequence[Evidence]
) -> list[Statement]:
    """The statements as the sentences they were taken from, each sentence once.

    What was said otherwise than its sentence stands before it; of whether
    something is so the sentence alone tells.
    """
    told: list[Statement] = []
    for one in statements:
        if len(one.citations) != 1:
            told.append(one)
            continue
        citation = one.citations[0]
        item = cited(citation, evidence)
        span = _around(item.passage.text, citation)
        full = item.passage.text[span.start : span.end]
        said = one.text.rstrip("。 ")
        if normalise(said) not in normalise(full) and not _WHETHER.search(normalise(question)):
            full = f"{said}（{full}）"
        if not any(full in other.text for other in told):
            told.append(replace(one, text=full, citations=(replace(citation, quote=span),)))
    return told


def _around(text: str, citation: Citation) -> Span:
    """The sentence of a quote, of a long one the clause."""
    at = citation.quote.start
    span = next((one for one in sentences(text) if one.end > at), citation.quote)
    if span.end - span.start <= _SENTENCE:
        return span
    return next((one for one in clauses(text) if one.end > at), citation.quote)
