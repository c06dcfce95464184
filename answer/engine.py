"""From a question to a cited answer, as a stream of events."""

from __future__ import annotations

import logging
from collections.abc import Generator as Coroutine
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest

from answer.account import asks_account, in_full
from answer.clock import Clock
from answer.confidence import closeness
from answer.conflict import with_conflicts
from answer.coordinate import Coordinate, coordinate
from answer.docnumber import asks_number, number_of
from answer.evidence import select_evidence
from answer.followup import standalone
from answer.generator import Generator
from answer.language import Language, in_simplified, language_of, put_into, spelled
from answer.line import Line
from answer.listing import asks_decisions, list_all
from answer.memory import Memory
from answer.named import speaking_of
from answer.office import asked_title, names_holder
from answer.premise import missing_anchors
from answer.prompt import FIRST_LOOK, REFUSAL
from answer.reader import Page, Reader, Reading, ended, text_of
from answer.several import Several, conclude, several
from answer.snippet import select_snippets, units
from answer.table import look_up
from answer.talk import small_talk
from huiwen.errors import BusyError, GenerationError, InputError, NotFoundError
from huiwen.settings import Settings
from huiwen.types import (
    Answer,
    AnswerEvent,
    AnswerReady,
    AnswerStatus,
    Citation,
    Document,
    Evidence,
    EvidenceFound,
    Exchange,
    Filters,
    Hit,
    Queued,
    Rewritten,
    Statement,
    TextDelta,
)
from index.library import Library

log = logging.getLogger(__name__)
MAX_QUESTION_CHARS = 500
# So unlikely to be answered by the passages, a question is not worth a model's time.
_HOPELESS = 0.1
# A thing is written in other words at times; a town or a person is not.
_NAMED_SHARE = 0.75
_EXTRACTS = 3
_REMEMBERED = 1000
# A name beside a title is one of many mentions of the office.
_HOLDERS = 40
# More than so many decisions are read better in the document itself.
_DECISIONS = 20
# A server that batches answers several as fast as one; one model in this process does not.
_AT_ONCE = {"openai": 8}
_CLOSEST = "最接近的原文见下。"
_REFUSED_ENGLISH = "The documents do not tell. The closest passages are shown below."
_EMPTY = "资料库里还没有可以检索的文件，请先上传。"
_OUT_OF_RANGE = "所选范围内没有资料；请放宽范围后再问。"


class Answerer:
    """Answers questions from a library. Safe for threads.

    ``generator`` may be None: then every answer is the passages themselves.
    """

    def __init__(self, library: Library, generator: Generator | None, settings: Settings) -> None:
        self._library = library
        self._reader = Reader(generator, settings.llm_max_tokens) if generator else None
        self._model = generator.name if generator else "none"
        self._settings = settings
        at_once = settings.llm_at_once or _AT_ONCE.get(settings.llm_backend, 1)
        self._memory: Memory[_Found] = Memory(_REMEMBERED)
        self.line = Line(at_once, settings.llm_waiting)

    @property
    def model(self) -> str:
        return self._model

    def warm(self) -> None:
        """Have the model ready for the first question: who asks it shall not wait for its start.

        Questions that come meanwhile stand in the line. A model that fails is
        found out by them.
        """
        if self._reader:
            with suppress(GenerationError, BusyError), self.line.turn() as places:
                for _ in places:
                    pass
                self._reader.warm()

    def ask(
        self,
        question: str,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        history: Sequence[Exchange] = (),
    ) -> Iterator[AnswerEvent]:
        """Yield EvidenceFound, any number of Queued and TextDelta, then AnswerReady.

        Only passages that ``filters`` let through are looked at. A question
        that leans on ``history``, oldest exchange first, is said in full, and
        Rewritten comes before all other events.

        Raises InputError for an unusable question, BusyError where too many wait
        for the model, before anything is yielded; a failing model ends in an
        extractive answer, not in an error.
        """
        question = " ".join(question.split())
        if not question:
            raise InputError("问题是空的；请输入要问的内容。")
        if len(question) > MAX_QUESTION_CHARS:
            raise InputError(
                f"问题有 {len(question)} 字，超过上限 {MAX_QUESTION_CHARS} 字；请缩短后再问。"
            )
        if self._reader:
            self.line.admit()
        return self._understood(question, filters, history)

    def answer(self, question: str) -> Answer:
        """The checked answer alone."""
        for event in self.ask(question):
            if isinstance(event, AnswerReady):
                return event.answer
        raise AssertionError("ask() ends with AnswerReady")

    def _understood(
        self, question: str, filters: Filters, history: Sequence[Exchange]
    ) -> Iterator[AnswerEvent]:
        if reply := small_talk(question):
            said, times = (Statement(reply, ()),), Clock().timings()
            yield AnswerReady(Answer(question, AnswerStatus.TALK, said, (), "", self.model, times))
            return
        full = standalone(question, history)
        if full != question:
            yield Rewritten(full)
        language = language_of(full)
        for event in self._events(full, language, filters):
            if isinstance(event, TextDelta):
                event = TextDelta(put_into(event.text, language))
            yield event

    def _events(self, question: str, language: Language, filters: Filters) -> Iterator[AnswerEvent]:
        clock = Clock()
        # The rules know simplified characters alone.
        plain = in_simplified(question)
        asked = several(plain) or coordinate(plain)
        looks = [self._look(one, filters) for one in (asked.questions if asked else (plain,))]
        evidence = _together(looks)
        looks = [look.numbered(evidence) for look in looks]
        clock.mark_evidence()
        yield EvidenceFound(evidence)

        def ready(found: _Found) -> AnswerReady:
            answer = Answer(
                question,
                found.status,
                tuple(spelled(one, evidence, language) for one in found.statements),
                evidence,
                _said_in(language, found),
                self.model,
                clock.timings(),
            )
            return AnswerReady(answer)

        if not evidence:
            yield ready(_refused(_OUT_OF_RANGE if filters else _EMPTY))
            return
        try:
            if asked:
                found = yield from self._several(clock, asked, looks)
            else:
                found = yield from self._one(clock, looks[0])
        except (GenerationError, BusyError) as error:
            log.warning("generation failed: %s", error)
            found = _extractive(evidence, f"模型不可用，仅列原文。{error}")
        yield ready(found)

    def _look(self, question: str, filters: Filters) -> _Look:
        """What is found for one question."""
        hits = self._library.search(question, self._settings.evidence, filters)
        if hits and asks_decisions(question, hits[0].passage):
            hits = self._decisions(question, hits, filters)
        if asks_number(question):
            hits = [*hits, *self._with_number(hits, filters)]
        if title := asked_title(question):
            hits = self._with_holder(question, title, hits, filters)
        return _Look(question, select_evidence(question, hits))

    def _decisions(self, question: str, hits: Sequence[Hit], filters: Filters) -> list[Hit]:
        """All decisions of the best passage's document, as they stand there, then the others."""
        identity = hits[0].passage.document_id
        within = replace(filters, document_id=identity, decisions=True)
        found = self._library.search(question, _DECISIONS, within)
        try:
            paragraphs = [p.id for p in self._library.document(identity).paragraphs]
        except NotFoundError:  # deleted since the search
            return list(hits)
        found.sort(key=lambda hit: paragraphs.index(hit.passage.pieces[0].paragraph_id))
        known = {hit.passage.id for hit in found}
        return [*found, *(hit for hit in hits if hit.passage.id not in known)]

    def _with_holder(
        self, question: str, title: str, hits: Sequence[Hit], filters: Filters
    ) -> list[Hit]:
        """The hits, those first that name a holder of the office: others only speak of it."""
        wide = self._library.search(question, _HOLDERS, filters)
        naming = [hit for hit in wide if names_holder(title, hit.passage.placed)]
        first = naming[: self._settings.evidence // 2]
        known = {hit.passage.id for hit in first}
        rest = [hit for hit in hits if hit.passage.id not in known]
        return [*first, *rest][: self._settings.evidence]

    def _with_number(self, hits: Sequence[Hit], filters: Filters) -> Iterator[Hit]:
        """The passages that show the numbers of the documents found, where no hit does."""
        for document in self._documents(hit.passage.document_id for hit in hits):
            number = document.metadata.number
            if number and not any(number in hit.passage.text for hit in hits):
                within = replace(filters, document_id=document.id)
                found = self._library.search(number, 1, within)
                yield from (hit for hit in found if number in hit.passage.text)

    def _several(
        self, clock: Clock, asked: Several | Coordinate, looks: Sequence[_Look]
    ) -> Coroutine[AnswerEvent, None, _Found]:
        """Every part answered by itself, and what follows from all of them."""
        told: list[Statement] = []
        missing: list[str] = []
        for thing, look in zip(asked.things, looks, strict=True):
            found = yield from self._one(clock, look)
            if found.status is AnswerStatus.EXTRACTIVE:
                return found
            if found.status is AnswerStatus.REFUSED or (
                asked.owners and not _of(thing, found, look.evidence)
            ):
                missing.append(thing)
                continue
            told.append(_under(thing, found.statements))
            yield TextDelta("\n")
        if not told:
            return _refused(f"{REFUSAL}{'、'.join(missing)}的情况。{_CLOSEST}")
        conclusion = None
        if isinstance(asked, Several) and not missing:
            conclusion = conclude(asked, told)
        reason = f"{REFUSAL}{'、'.join(missing)}的情况。" if missing else ""
        return _Found(AnswerStatus.ANSWERED, [*told, *([conclusion] if conclusion else [])], reason)

    def _one(self, clock: Clock, look: _Look) -> Coroutine[AnswerEvent, None, _Found]:
        """The answer to one question from what was found for it."""
        question, evidence = look.question, look.evidence
        if not evidence:
            return _refused(_EMPTY)
        documents = partial(self._documents, [item.passage.document_id for item in evidence])
        texts = (f"{document.name}\n{document.text}" for document in documents())
        missing = missing_anchors(question, evidence, texts)
        if missing:
            named = "、".join(f"“{anchor}”" for anchor in missing)
            return _refused(f"{REFUSAL}{named}，无法回答。{_CLOSEST}")
        if asks_number(question):
            told = number_of(question, evidence, documents())
            if told is None:
                return _refused(f"{REFUSAL}它的文号。{_CLOSEST}")
            return _Found(AnswerStatus.ANSWERED, [told], "")
        language = language_of(question)
        near = speaking_of(question, evidence)
        snippets = select_snippets(question, near, FIRST_LOOK, self._library.likeness)
        # Words of another language tell nothing of Chinese passages.
        page = Page(question, near, snippets, language, self._library.likeness)
        if language is not Language.ENGLISH and closeness(page.near) < _HOPELESS:
            return _refused(f"{REFUSAL}与此相关的内容。{_CLOSEST}")
        if listed := list_all(question, near):
            return _Found(AnswerStatus.ANSWERED, listed, "")
        if cell := look_up(question, near):
            return _Found(AnswerStatus.ANSWERED, [cell], "")
        if self._reader is None:
            return _extractive(evidence, "未启用语言模型，仅列原文。")
        if kept := self._memory.get(question, evidence):
            return kept
        with self.line.turn() as places:
            for place in places:
                yield Queued(place)
            reading = yield from self._reader.read(clock, page)
        found = _found(question, reading, near)
        self._memory.keep(question, evidence, found)
        return found

    def _documents(self, identities: Iterable[str]) -> Iterator[Document]:
        """The documents, each once."""
        for identity in dict.fromkeys(identities):
            # It may have been deleted since the search.
            with suppress(NotFoundError):
                yield self._library.document(identity)


@dataclass(frozen=True, slots=True)
class _Look:
    """A question and the evidence found for it."""

    question: str
    evidence: tuple[Evidence, ...]

    def numbered(self, together: Sequence[Evidence]) -> _Look:
        """The same evidence under the numbers it has among all that is shown."""
        numbers = {item.passage.id: item.number for item in together}
        return _Look(
            self.question,
            tuple(
                replace(item, number=numbers[item.passage.id])
                for item in self.evidence
                if item.passage.id in numbers
            ),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """How one question ended."""

    status: AnswerStatus
    statements: Sequence[Statement]
    reason: str


def _under(thing: str, statements: Sequence[Statement]) -> Statement:
    """What was answered of ``thing``, with its name in front where it does not say it."""
    text = text_of(statements)
    citations = dict.fromkeys(c for one in statements for c in one.citations)
    unsupported = tuple(number for one in statements for number in one.unsupported_numbers)
    said = text if thing in text else f"{thing}：{text}"
    return Statement(ended(said), tuple(citations), unsupported)


def _together(looks: Sequence[_Look]) -> tuple[Evidence, ...]:
    """The evidence of all looks, each passage once, numbered from 1, the best of each first."""
    found: dict[str, Evidence] = {}
    for items in zip_longest(*(look.evidence for look in looks)):
        for item in items:
            if item is not None:
                found.setdefault(item.passage.id, item)
    return tuple(replace(item, number=at) for at, item in enumerate(found.values(), start=1))


def _of(thing: str, found: _Found, evidence: Sequence[Evidence]) -> bool:
    """Whether what was found rests on a passage that names the thing itself, or nearly so."""
    cited = {citation.number for citation in found.statements[0].citations}
    wanted = units(thing)
    near = [units(item.passage.placed) for item in evidence if item.number in cited]
    return any(len(wanted & there) >= _NAMED_SHARE * len(wanted) for there in near)


def _found(question: str, reading: Reading, evidence: Sequence[Evidence]) -> _Found:
    """How a question ended that a model has read the evidence for."""
    if reading.statements:
        told = with_conflicts(reading.statements, evidence)
        if asks_account(question) and len(told) == len(reading.statements):
            told = in_full(question, told, evidence)
        return _Found(AnswerStatus.ANSWERED, told, "")
    if reading.refused:
        return _refused(f"{REFUSAL}。{_CLOSEST}")
    return _refused(f"模型的回答在资料里找不到足够的依据，已撤回。{_CLOSEST}")


def _said_in(language: Language, found: _Found) -> str:
    """The reason in the language of the question; in English only what it comes to."""
    if language is Language.ENGLISH and found.status is AnswerStatus.REFUSED:
        return _REFUSED_ENGLISH
    return put_into(found.reason, language)


def _refused(reason: str) -> _Found:
    return _Found(AnswerStatus.REFUSED, (), reason)


def _extractive(evidence: Sequence[Evidence], reason: str) -> _Found:
    """The answer without a model: the clauses closest to the question, each its own citation."""
    extracts = [
        Statement(
            item.quote_text,
            (Citation(item.number, item.passage.id, item.passage.document_id, item.quote),),
        )
        for item in evidence[:_EXTRACTS]
    ]
    return _Found(AnswerStatus.EXTRACTIVE, extracts, reason)
