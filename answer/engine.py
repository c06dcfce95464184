"""From a question to a cited answer, as a stream of events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from answer.account import asks_account, in_full
from answer.clock import Clock
from answer.confidence import closeness
from answer.conflict import with_conflicts
from answer.coordinate import Coordinate, coordinate
from answer.difference import extremes
from answer.docnumber import asks_number, number_of
from answer.followup import standalone
from answer.generator import Generator
from answer.language import Language, in_simplified, language_of, put_into, spelled
from answer.line import Line
from answer.listing import list_all
from answer.look import Finder, Look, together
from answer.memory import Memory
from answer.named import speaking_of
from answer.premise import missing_anchors
from answer.prompt import FIRST_LOOK, REFUSAL
from answer.reader import Page, Reader, Reading, ended, text_of
from answer.several import Several, conclude, several
from answer.snippet import select_snippets, units
from answer.table import look_up
from answer.talk import small_talk
from huiwen.errors import BusyError, GenerationError, InputError
from huiwen.settings import Settings
from huiwen.types import (
    Answer,
    AnswerEvent,
    AnswerReady,
    AnswerStatus,
    Citation,
    Evidence,
    EvidenceFound,
    Exchange,
    Filters,
    Queued,
    Rewritten,
    Statement,
    TextDelta,
)
from index.library import Library
from ingest.normalise import normalise

log = logging.getLogger(__name__)
MAX_QUESTION_CHARS = 500
# So unlikely to be answered by the passages, a question is not worth a model's time.
_HOPELESS = 0.17
# A thing is written in other words at times; a town or a person is not.
_NAMED_SHARE = 0.75
_EXTRACTS = 3
_REMEMBERED = 1000
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
        self._finder = Finder(library, settings.evidence)
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
        language = language_of(question)
        plain = in_simplified(question)
        if reply := small_talk(plain):
            said = (Statement(put_into(reply, language), ()),)
            times = Clock().timings()
            yield AnswerReady(Answer(question, AnswerStatus.TALK, said, (), "", self.model, times))
            return
        full = standalone(
            plain,
            [Exchange(in_simplified(one.question), in_simplified(one.answer)) for one in history],
        )
        if full == plain:
            full = question
        else:
            full = put_into(full, language, [question, *(one.question for one in history)])
            yield Rewritten(full)
        yield from self._events(full, filters)

    def _events(self, question: str, filters: Filters) -> Iterator[AnswerEvent]:
        clock = Clock()
        language = language_of(question)
        say = partial(put_into, language=language, sources=[question])
        # The rules know simplified characters alone.
        plain = in_simplified(question)
        asked = several(plain) or coordinate(plain)
        looks = [
            self._finder.look(one, filters) for one in (asked.questions if asked else (plain,))
        ]
        evidence = together(looks)
        looks = [look.numbered(evidence) for look in looks]
        clock.mark_evidence()
        yield EvidenceFound(evidence)

        def ready(found: _Found) -> AnswerReady:
            answer = Answer(
                question,
                found.status,
                tuple(found.statements),
                evidence,
                _said_in(language, say(found.reason), found.status),
                self.model,
                clock.timings(),
            )
            return AnswerReady(answer)

        if not evidence:
            yield ready(_refused(_OUT_OF_RANGE if filters else _EMPTY))
            return
        try:
            if asked:
                found = yield from self._several(clock, asked, looks, language, say)
            else:
                found = yield from self._one(clock, looks[0], language)
        except (GenerationError, BusyError) as error:
            log.warning("generation failed: %s", error)
            found = _extractive(evidence, f"模型不可用，仅列原文。{error}")
        yield ready(found)

    def _several(
        self,
        clock: Clock,
        asked: Several | Coordinate,
        looks: Sequence[Look],
        language: Language,
        say: Callable[[str], str],
    ) -> Coroutine[AnswerEvent, None, _Found]:
        """Every part answered by itself, and what follows from all of them."""
        told: list[Statement] = []
        missing: list[str] = []
        for thing, look in zip(asked.things, looks, strict=True):
            found = yield from self._one(clock, look, language)
            if found.status is AnswerStatus.EXTRACTIVE:
                return found
            if found.status is AnswerStatus.REFUSED or (
                asked.owners and not _of(thing, found, look.evidence)
            ):
                missing.append(thing)
                continue
            told.append(_under(say(thing), found.statements))
            yield TextDelta("\n")
        if not told:
            return _refused(f"{REFUSAL}{'、'.join(missing)}的情况。{_CLOSEST}")
        if isinstance(asked, Several) and not missing and (conclusion := conclude(asked, told)):
            told.append(replace(conclusion, text=say(conclusion.text)))
        reason = f"{REFUSAL}{'、'.join(missing)}的情况。" if missing else ""
        return _Found(AnswerStatus.ANSWERED, told, reason)

    def _one(
        self, clock: Clock, look: Look, language: Language
    ) -> Coroutine[AnswerEvent, None, _Found]:
        """The answer to one question from what was found for it."""
        question, evidence = look.question, look.evidence
        if not evidence:
            return _refused(_EMPTY)
        documents = partial(self._finder.documents, [item.passage.document_id for item in evidence])
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
        if ends := extremes(question, near):
            return _Found(AnswerStatus.ANSWERED, ends, "")
        if self._reader is None:
            return _extractive(evidence, "未启用语言模型，仅列原文。")
        if kept := self._memory.get(question, evidence, language):
            return kept
        with self.line.turn() as places:
            for place in places:
                yield Queued(place)
            reading = yield from self._reader.read(clock, page)
        found = _found(question, reading, near, language)
        self._memory.keep(question, evidence, language, found)
        return found


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
    said = text if normalise(thing) in normalise(text) else f"{thing}：{text}"
    return Statement(ended(said), tuple(citations), unsupported)


def _of(thing: str, found: _Found, evidence: Sequence[Evidence]) -> bool:
    """Whether what was found rests on a passage that names the thing itself, or nearly so."""
    cited = {citation.number for citation in found.statements[0].citations}
    wanted = units(thing)
    near = [units(item.passage.placed) for item in evidence if item.number in cited]
    return any(len(wanted & there) >= _NAMED_SHARE * len(wanted) for there in near)


def _found(
    question: str, reading: Reading, evidence: Sequence[Evidence], language: Language
) -> _Found:
    """How a question ended that a model has read the evidence for."""
    if reading.statements:
        told = with_conflicts(reading.statements, evidence)
        if asks_account(question) and len(told) == len(reading.statements):
            told = in_full(question, told, evidence)
        shown = [spelled(one, evidence, language) for one in told]
        return _Found(AnswerStatus.ANSWERED, shown, "")
    if reading.refused:
        return _refused(f"{REFUSAL}。{_CLOSEST}")
    return _refused(f"模型的回答在资料里找不到足够的依据，已撤回。{_CLOSEST}")


def _said_in(language: Language, reason: str, status: AnswerStatus) -> str:
    """The reason in the language of the question; in English only what it comes to."""
    refused = status is AnswerStatus.REFUSED
    return _REFUSED_ENGLISH if refused and language is Language.ENGLISH else reason


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
