"""A model's draft to statements whose citations and numbers the server has checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from answer.number import numbers
from huiwen.types import Citation, Evidence, Span, Statement
from index.words import words
from ingest.normalise import normalise
from ingest.sentence import clauses, sentences

_MARK = re.compile(r"[\[［【]\s*(?:资料|来源)?\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]］】]")
# Links, images and HTML of the model's making are never passed on (exfiltration).
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|!?\[([^\]]+)\]\[[^\]]*\]|<[^<>]{1,200}>")
_UNANSWERED = re.compile(
    r"没有(?:直接|明确|具体)?(?:提到|提及|提供|说明|给出|涉及|相关)|未(?:直接|明确)?(?:提到|提及|提供|说明|涉及)"
    r"|无法(?:回答|得知|确定|提供)|不(?:清楚|知道)|资料不足"
)
_YES_NO = re.compile(r"是否|有没有|吗[？?]?$|能不能|可不可以|是不是")
_SHORT_REPLY = 15
_MAX_CITATIONS = 3
# A sentence sharing less than this of its character pairs with every passage
# rests on none of them. Low on purpose: answers rephrase.
_MIN_SUPPORT = 0.2


def is_refusal(text: str) -> bool:
    """Whether a sentence says that the documents do not tell."""
    return bool(_UNANSWERED.search(text))


def check_draft(question: str, draft: str, evidence: Sequence[Evidence]) -> list[Statement]:
    """The sentences of a draft that stand on the evidence, with checked citations.

    Marks the model wrote count only if they number evidence of this request
    that supports the sentence; where none is left, the best supporting passage
    is cited. A sentence is dropped when no passage supports it, when it has a
    number that neither evidence nor question contains, when it only repeats
    the question, or when it has nothing to do with it.
    """
    clean = _marks_inside(_without_markup(_keep_marks(draft)))
    statements = []
    for span in sentences(clean):
        marked = _marked(clean[span.start : span.end])
        sentence = _MARK.sub("", clean[span.start : span.end]).strip()
        if not sentence or is_refusal(sentence) or not _answers(question, sentence):
            continue
        statement = _checked(question, sentence, marked, evidence)
        if statement:
            statements.append(statement)
    return statements


def _answers(question: str, sentence: str) -> bool:
    """Whether a sentence says more than the question, and speaks of the same thing.

    A short reply (``蒲一苇``) need not share a word with its question.
    """
    asked = set(normalise(question))
    says_more = any(c.isalnum() and c not in asked for c in normalise(sentence))
    if _YES_NO.search(question):
        says_more = True
    about = set(words(question))
    on_topic = len(sentence) <= _SHORT_REPLY or not about or bool(about & set(words(sentence)))
    return says_more and on_topic


def _without_markup(text: str) -> str:
    return _MARKUP.sub(lambda match: match[1] or match[2] or "", text)


def _keep_marks(draft: str) -> str:
    """Citation marks in one form that the removal of markup leaves alone."""
    return _MARK.sub(lambda match: f"【{match[1]}】", draft)


def _marks_inside(text: str) -> str:
    """Marks that follow the full stop moved before it, into their sentence."""
    return re.sub(r"([。！？!?；;]+)\s*((?:【[\d,，、\s]+】\s*)+)", r"\2\1", text)


def _marked(sentence: str) -> list[int]:
    return [int(n) for match in _MARK.finditer(sentence) for n in re.findall(r"\d+", match[1])]


def _checked(
    question: str, sentence: str, marked: Sequence[int], evidence: Sequence[Evidence]
) -> Statement | None:
    stated = list(dict.fromkeys(numbers(sentence)))
    present = {item.number: set(numbers(_whole(item))) for item in evidence}
    anywhere = set().union(set(numbers(question)), *present.values())
    if any(number not in anywhere for number in stated):
        return None
    support = {item.number: _support(question, sentence, item) for item in evidence}
    chosen = _choose(stated, marked, present, support)
    if not chosen:
        return None
    cited = set().union(*(present[number] for number in chosen))
    return Statement(
        text=sentence,
        citations=tuple(
            _citation(item, sentence) for item in evidence if item.number in set(chosen)
        ),
        unsupported_numbers=tuple(number for number in stated if number not in cited),
    )


def _choose(
    stated: Sequence[str],
    marked: Sequence[int],
    present: dict[int, set[str]],
    support: dict[int, float],
) -> list[int]:
    """The model's own marks that hold, then the passages needed to cover the numbers."""
    chosen = [
        number
        for number in dict.fromkeys(marked)
        if support.get(number, 0.0) >= _MIN_SUPPORT
        and (not stated or present[number] & set(stated))
    ][:_MAX_CITATIONS]
    missing = set(stated).difference(*(present[number] for number in chosen))
    while len(chosen) < _MAX_CITATIONS and (missing or not chosen):
        rest = [number for number in present if number not in chosen]
        if not rest:
            break
        best = max(rest, key=lambda n: (len(present[n] & missing), support[n], -n))
        gains = present[best] & missing
        if not gains and (chosen or support[best] < _MIN_SUPPORT):
            break
        chosen.append(best)
        missing -= gains
    return chosen


def _support(question: str, sentence: str, item: Evidence) -> float:
    """Share of the sentence's character pairs that the passage has, 0 to 1.

    Short answers (``73.2%``) say little by themselves, so the question's pairs
    count a quarter: of two passages with the number, the one on topic wins.
    """
    passage = _pairs(_whole(item))
    return 0.75 * _share(_pairs(sentence), passage) + 0.25 * _share(_pairs(question), passage)


def _share(wanted: set[str], found: set[str]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 0.0


def _citation(item: Evidence, sentence: str) -> Citation:
    return Citation(item.number, item.passage.id, item.passage.document_id, _quote(item, sentence))


def _quote(item: Evidence, sentence: str) -> Span:
    """The clause of the passage that carries the statement: its numbers, then its wording."""
    text = item.passage.text
    stated, pairs = set(numbers(sentence)), _pairs(sentence)
    best, best_score = item.quote, (-1, -1.0)
    for span in clauses(text):
        clause = text[span.start : span.end]
        score = (len(stated & set(numbers(clause))), _share(pairs, _pairs(clause)))
        if score > best_score:
            best, best_score = span, score
    return best


def _whole(item: Evidence) -> str:
    return f"{item.passage.context}\n{item.passage.text}"


def _pairs(text: str) -> set[str]:
    compact = re.sub(r"[\W_]+", "", normalise(text))
    return {compact[at : at + 2] for at in range(max(len(compact) - 1, 1))} - {""}
