"""A model's draft to statements whose citations and numbers the server has checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from answer.completion import completed, with_unit
from answer.kind import is_of_kind
from answer.language import Language, is_traditional, simplified
from answer.number import Quantity, missing, numbers, quantities
from answer.office import holds_office
from answer.parts import parts
from answer.premise import absent, anchors, is_measure, latin_names, titles
from answer.scope import (
    in_years,
    of_a_wider_area,
    of_another_clause,
    of_another_measure,
    of_another_payer,
    of_another_rank,
    of_another_thing,
    of_another_works,
    of_another_year,
    of_what_stands_before,
)
from huiwen.types import Citation, Evidence, Span, Statement
from index.features import ASKING
from index.words import words
from ingest.normalise import normalise
from ingest.sentence import clauses, sentences

_MARK = re.compile(r"[\[［【]\s*(?:资料|来源)?\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]］】]")
# Links, images and HTML of the model's making are never passed on (exfiltration).
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|!?\[([^\]]+)\]\[[^\]]*\]|<[^<>]{1,200}>")
_UNANSWERED = re.compile(
    r"没有(?:直接|明确|具体)?(?:提到|提及|提供|说明|给出|涉及|相关)|未(?:直接|明确)?(?:提到|提及|提供|说明|涉及)"
    r"|没有?提(?:[。，,]|$)|无法(?:回答|得知|确定|提供)|不(?:清楚|知道)|资料不足"
)
_YES_NO = re.compile(r"是否|有没有|吗[？?]?$|能不能|可不可以|是不是")
_BARE = re.compile(r"(?:是|可以|能|会|对|行|不是|不能|不会|不行|不可以)(?:的|了)?[。！]?")
_CALLED = re.compile(r"叫(?:什么|啥)|(?:名字|名称|全称)是什么")
# 管党治党的“牛鼻子”指的是什么: 抓紧“牛鼻子” does not tell.
_MEANT = re.compile(
    r"[“\"「]([^”\"」]{2,12})[”\"」](?:具体)?(?:指的?|是指|说的|就)?是?(?:什么|啥)(?![时地人样名单级])"
)
_MARKS = frozenset('“”"「」。，,、；')
_FEW = 3
_MEANS = re.compile(r"即|是指|指的?是|就是")
_WHICH = re.compile(r"哪[二两三四五六七八九十几\d]+[个家名位项条种处所座地市县区]")
_COUNTED = re.compile(r"[\W_\d二两三四五六七八九十]|[个家名位项条种处]|地方|单位")
_NEGATION = re.compile(
    r"没有|不得|不能|不准|不再|尚未|并未|从未|未(?=[能予曾有完达通经])|不(?=[是会要予存])|无(?=[需须法])|禁止|严禁"
)
# Share of the wording in common from which a negation is an answer turned round.
_SAME_WORDING = 0.8
# What figures may be of instead: of another year, of the whole city.
_OF_OTHERS = (
    of_another_year,
    of_a_wider_area,
    of_what_stands_before,
    of_another_measure,
    of_another_payer,
    of_another_thing,
    of_another_clause,
)
_YEAR_ALONE = re.compile(r"(?:19|20)\d\d")
_SHORT_REPLY = 40
_MAX_CITATIONS = 3
# A sentence sharing less than this of its character pairs with every passage
# rests on none of them. Low on purpose: answers rephrase.
_MIN_SUPPORT = 0.2


def is_refusal(text: str) -> bool:
    """Whether a sentence says that the documents do not tell."""
    return bool(_UNANSWERED.search(simplified(text)))


def is_yes_or_no(draft: str) -> bool:
    """Whether a draft says no more than that something is so, or is not."""
    return bool(_BARE.fullmatch(simplified(draft).strip()))


def check_draft(
    question: str,
    draft: str,
    evidence: Sequence[Evidence],
    language: Language = Language.SIMPLIFIED,
) -> list[Statement]:
    """The sentences of a draft that stand on the evidence, with checked citations.

    Marks the model wrote count only if they number evidence of this request
    that supports the sentence; where none is left, the best supporting passage
    is cited. A sentence is dropped when no passage supports it, when it has a
    figure, a year, a person or a place that neither evidence nor question
    contains, when it denies what the passage says or says what it denies, when
    it only repeats the question, or when it has nothing to do with it. Of an
    English sentence only figures can be told to be in a Chinese passage: one
    without any is taken to rest on the best passage. Over traditional passages
    the statements are in simplified characters, which the rules know.
    """
    clean = _marks_inside(_without_markup(_keep_marks(draft)))
    if any(is_traditional(item.passage.text) for item in evidence):
        clean = simplified(clean)
    statements = []
    for span in sentences(clean):
        marked = _marked(clean[span.start : span.end])
        sentence = _MARK.sub("", clean[span.start : span.end]).strip()
        if not sentence or is_refusal(sentence):
            continue
        if language is Language.ENGLISH:
            statement = _foreign(question, sentence, marked, evidence)
        elif _says_more(question, sentence):
            statement = _checked(question, sentence, marked, evidence)
        else:
            continue
        if statement:
            statements.append(statement)
    return statements


def _says_more(question: str, sentence: str) -> bool:
    """Whether a sentence says more than the question: of names, a word that it does not have."""
    if _YES_NO.search(question):
        return True
    if _CALLED.search(question) and not set(words(sentence)) - set(words(question)):
        return False
    if (term := _MEANT.search(normalise(question))) and term[1] in normalise(sentence):
        new = set(normalise(sentence)) - set(normalise(question)) - _MARKS
        return len(new) > _FEW or bool(_MEANS.search(sentence))
    # 哪两个地方入选: what names none says that there are two.
    if _WHICH.search(question) and "、" not in question:
        return len(set(_COUNTED.sub("", normalise(sentence))) - set(normalise(question))) > 1
    return bool(pairs(sentence) - pairs(question) - pairs(ASKING.sub("", question)))


def _on_topic(
    question: str, sentence: str, citations: Sequence[Citation], evidence: Sequence[Evidence]
) -> bool:
    """Whether a sentence, or what stands right before it in the passage, speaks of the question.

    A short reply (``县水利局局长蒲一苇``) need not share a word with its question.
    """
    about = set(words(question))
    if len(sentence) <= _SHORT_REPLY or not about or about & set(words(sentence)):
        return True
    return any(about & set(words(_sentence_before(one, evidence))) for one in citations)


def _sentence_before(citation: Citation, evidence: Sequence[Evidence]) -> str:
    """The text from the sentence before the quote to its end, however the quote begins."""
    text = cited(citation, evidence).passage.text
    ends = [span for span in sentences(text) if span.end <= citation.quote.start]
    start = ends[-1].start if ends else 0
    return text[start : citation.quote.end]


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
    figures = quantities(sentence)
    present = {item.number: _figures(item) for item in evidence}
    anywhere = [*quantities(question), *(one for found in present.values() for one in found)]
    if missing(figures, anywhere) or _strangers(question, sentence, evidence):
        return None
    # Days and years are in every second passage: what is cited must have the other figures.
    stated = list(dict.fromkeys(figures))
    support = {item.number: _support(question, sentence, item) for item in evidence}
    chosen = _choose(stated, marked, present, support)
    cited = [_citation(item, sentence) for item in evidence if item.number in set(chosen)]
    taken = [_clause(citation, evidence) for citation in cited]
    if not cited or all(
        _contradicts(sentence, clause) or of_another_rank(question, clause) for clause in taken
    ):
        return None
    if not _on_topic(question, sentence, cited, evidence):
        return None
    sentence = with_unit(sentence, taken)
    figures = quantities(sentence)
    if not any(is_of_kind(part.words, sentence, "".join(taken)) for part in parts(question)):
        return None
    if all(of_another_works(question, clause) for clause in taken):
        return None
    if not any(_names_all(question, item) for item in evidence if item.number in set(chosen)):
        return None
    if not holds_office(question, sentence, [item.passage.placed for item in evidence]):
        return None
    if figures and all(_of_others(question, figures, c, evidence) for c in cited):
        return None
    there = [one for number in chosen for one in present[number]]
    # 2022世界杯 has its year from 2022年.
    years = {one.written for one in there if _YEAR_ALONE.fullmatch(one.written)}
    return Statement(
        text=completed(question, sentence, taken),
        citations=tuple(cited),
        unsupported_numbers=tuple(
            one.written for one in missing(stated, there) if one.written not in years
        ),
    )


def _figures(item: Evidence) -> list[Quantity]:
    """The figures of a passage and of where it stands, and the years that 今年 is in it."""
    passage = item.passage
    told = quantities(passage.placed)
    dated = in_years(passage.text, passage.date)
    if dated == passage.text:
        return told
    return [*told, *(one for one in quantities(dated) if one not in told)]


def _names_all(question: str, item: Evidence) -> bool:
    """Whether a passage has all measures in Latin letters of the question: what is told of
    ozone is not told of PM2.5."""
    return not absent((name for name in latin_names(question) if is_measure(name)), [item])


def _of_others(
    question: str, figures: Sequence[Quantity], citation: Citation, evidence: Sequence[Evidence]
) -> bool:
    """Whether what is quoted tells the figures of something else than is asked about."""
    passage = cited(citation, evidence).passage
    about = (question, figures, passage, citation.quote)
    return any(of_others(*about) for of_others in _OF_OTHERS)


def cited(citation: Citation, evidence: Sequence[Evidence]) -> Evidence:
    """What a citation of this evidence cites."""
    return next(item for item in evidence if item.number == citation.number)


def _clause(citation: Citation, evidence: Sequence[Evidence]) -> str:
    """The text that a citation of this evidence quotes, in the characters drafts are in."""
    text = cited(citation, evidence).passage.text
    clause = text[citation.quote.start : citation.quote.end]
    return simplified(clause) if is_traditional(text) else clause


def _foreign(
    question: str, sentence: str, marked: Sequence[int], evidence: Sequence[Evidence]
) -> Statement | None:
    """A sentence in English over Chinese passages: its figures decide, then the order."""
    figures = [one for one in quantities(sentence) if one.written not in numbers(question)]
    holding = [item for item in evidence if not missing(figures, quantities(item.passage.placed))]
    chosen = next((item for item in holding if item.number in marked), None) or next(
        iter(holding), None
    )
    if chosen is None:
        return None
    citation = _citation(chosen, sentence)
    return Statement(with_unit(sentence, [_clause(citation, evidence)]), (citation,))


def _strangers(question: str, sentence: str, evidence: Sequence[Evidence]) -> list[str]:
    """Years, persons and places of the sentence that nothing it may rest on has."""
    known = normalise(question)
    named = [anchor for anchor in anchors(sentence) if normalise(anchor) not in known]
    # Read once more by themselves: beside other words the segmenter sees names that are none.
    by_themselves = anchors("、".join(named)) if named else []
    called = [title for title in titles(sentence) if normalise(title) not in known]
    dated = (in_years(item.passage.text, item.passage.date) for item in evidence)
    return absent(dict.fromkeys([*by_themselves, *called]), evidence, dated)


def _contradicts(sentence: str, clause: str) -> bool:
    """Whether the clause a sentence is made of says no where the sentence says yes, or back.

    Only sentences that keep most of the clause's wording can be told.
    """
    said = bool(_NEGATION.search(sentence))
    if said == bool(_NEGATION.search(clause)):
        return False
    kept = pairs(_NEGATION.sub("", sentence))
    if said:
        return _share(kept, pairs(clause)) >= _SAME_WORDING
    # The negation must stand among the words that the sentence took.
    parts = [part for part in re.split(r"[，,；;：:。]", clause) if _NEGATION.search(part)]
    return any(_share(pairs(_NEGATION.sub("", part)), kept) >= _SAME_WORDING for part in parts)


def _choose(
    stated: Sequence[Quantity],
    marked: Sequence[int],
    present: dict[int, list[Quantity]],
    support: dict[int, float],
) -> list[int]:
    """The model's own marks that hold, then the passages needed to cover the numbers."""
    chosen = [
        number
        for number in dict.fromkeys(marked)
        if support.get(number, 0.0) >= _MIN_SUPPORT
        and (not stated or len(missing(stated, present[number])) < len(stated))
    ][:_MAX_CITATIONS]
    lost = missing(stated, [one for number in chosen for one in present[number]])
    while len(chosen) < _MAX_CITATIONS and (lost or not chosen):
        rest = [number for number in present if number not in chosen]
        if not rest:
            break
        left = {number: missing(lost, present[number]) for number in rest}
        best = max(rest, key=lambda n: (-len(left[n]), support[n], -n))
        gains = len(left[best]) < len(lost)
        if not gains and (chosen or support[best] < _MIN_SUPPORT):
            break
        chosen.append(best)
        lost = left[best]
    return chosen


def _support(question: str, sentence: str, item: Evidence) -> float:
    """Share of the sentence's character pairs that the passage has, 0 to 1.

    Short answers (``73.2%``) say little by themselves, so the question's pairs
    count a quarter: of two passages with the number, the one on topic wins.
    """
    passage = pairs(item.passage.placed)
    return 0.75 * _share(pairs(sentence), passage) + 0.25 * _share(pairs(question), passage)


def _share(wanted: set[str], found: set[str]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 0.0


def _citation(item: Evidence, sentence: str) -> Citation:
    return Citation(item.number, item.passage.id, item.passage.document_id, _quote(item, sentence))


def _quote(item: Evidence, sentence: str) -> Span:
    """The clause of the passage that carries the statement: its numbers, then its wording."""
    text = item.passage.text
    stated, said = set(numbers(sentence)), pairs(sentence)
    best, best_score = item.quote, (-1, -1.0)
    for span in clauses(text):
        clause = text[span.start : span.end]
        score = (len(stated & set(numbers(clause))), _share(said, pairs(clause)))
        if score > best_score:
            best, best_score = span, score
    return best


def pairs(text: str) -> set[str]:
    """Neighbouring characters of ``text``, normalised and without marks; of one, itself."""
    compact = re.sub(r"[\W_]+", "", normalise(text))
    return {compact[at : at + 2] for at in range(max(len(compact) - 1, 1))} - {""}
