"""From a question to a cited answer, as a stream of events."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator as Coroutine
from collections.abc import Iterator, Sequence
from contextlib import closing

from answer.check import check_draft, is_refusal
from answer.evidence import coverage, select_evidence
from answer.followup import standalone
from answer.generator import Generator, Message
from answer.line import Line
from answer.premise import missing_anchors
from answer.prompt import REFUSAL, build_prompt, build_second_look
from huiwen.errors import BusyError, GenerationError, InputError, NotFoundError
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
    Timings,
)
from index.library import Library

log = logging.getLogger(__name__)
MAX_QUESTION_CHARS = 500
# A passage with this share of the question's words is asked about once more, alone.
_SECOND_LOOK_COVERAGE = 0.75
_EXTRACTS = 3
# A server that batches answers several as fast as one; one model in this process does not.
_AT_ONCE = {"openai": 8}
_CLOSEST = "最接近的原文见下。"
_EMPTY = "资料库里还没有可以检索的文件，请先上传。"
_OUT_OF_RANGE = "所选范围内没有资料；请放宽范围后再问。"


class Answerer:
    """Answers questions from a library. Safe for threads.

    ``generator`` may be None: then every answer is the passages themselves.
    """

    def __init__(self, library: Library, generator: Generator | None, settings: Settings) -> None:
        self._library = library
        self._generator = generator
        self._settings = settings
        at_once = settings.llm_at_once or _AT_ONCE.get(settings.llm_backend, 1)
        self.line = Line(at_once, settings.llm_waiting)

    @property
    def model(self) -> str:
        return self._generator.name if self._generator else "none"

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
        if self._generator:
            self.line.admit()
        return self._understood(question, filters, history)

    def _understood(
        self, question: str, filters: Filters, history: Sequence[Exchange]
    ) -> Iterator[AnswerEvent]:
        full = standalone(question, history)
        if full != question:
            yield Rewritten(full)
        yield from self._events(full, filters)

    def answer(self, question: str) -> Answer:
        """The checked answer alone."""
        for event in self.ask(question):
            if isinstance(event, AnswerReady):
                return event.answer
        raise AssertionError("ask() ends with AnswerReady")

    def _events(self, question: str, filters: Filters) -> Iterator[AnswerEvent]:
        clock = _Clock()
        hits = self._library.search(question, self._settings.evidence, filters)
        evidence = select_evidence(question, hits)
        clock.mark_evidence()
        yield EvidenceFound(evidence)

        def ready(
            status: AnswerStatus, statements: Sequence[Statement] = (), reason: str = ""
        ) -> AnswerReady:
            return AnswerReady(
                Answer(
                    question,
                    status,
                    tuple(statements),
                    evidence,
                    reason,
                    self.model,
                    clock.timings(),
                )
            )

        if not evidence:
            empty = (
                "所选范围内没有资料。" if filters else "资料库里还没有可以检索的文件，请先上传。"
            )
            yield ready(AnswerStatus.REFUSED, reason=empty)
            return
        missing = missing_anchors(question, evidence, self._document_texts(evidence))
        if missing:
            named = "、".join(f"“{anchor}”" for anchor in missing)
            yield ready(AnswerStatus.REFUSED, reason=f"{REFUSAL}{named}，无法回答。{_CLOSEST}")
            return
        if self._generator is None:
            yield ready(AnswerStatus.EXTRACTIVE, _extracts(evidence), "未启用语言模型，仅列原文。")
            return
        try:
            with self.line.turn() as places:
                for place in places:
                    yield Queued(place)
                draft = yield from self._draft(clock, build_prompt(question, evidence))
                statements = check_draft(question, draft, evidence)
                if not statements and is_refusal(draft):
                    best = max(evidence, key=lambda item: coverage(question, item))
                    if coverage(question, best) >= _SECOND_LOOK_COVERAGE:
                        yield TextDelta("\n")
                        draft = yield from self._draft(clock, build_second_look(question, best))
                        statements = check_draft(question, draft, [best])
        except (GenerationError, BusyError) as error:
            log.warning("generation failed: %s", error)
            yield ready(
                AnswerStatus.EXTRACTIVE, _extracts(evidence), f"模型不可用，仅列原文。{error}"
            )
            return
        if statements:
            yield ready(AnswerStatus.ANSWERED, statements)
        elif is_refusal(draft):
            yield ready(AnswerStatus.REFUSED, reason=f"{REFUSAL}。{_CLOSEST}")
        else:
            yield ready(
                AnswerStatus.REFUSED, reason=f"模型的回答在资料里找不到依据，已撤回。{_CLOSEST}"
            )

    def _draft(self, clock: _Clock, prompt: Sequence[Message]) -> Coroutine[AnswerEvent, None, str]:
        """Yield the model's words as they come; returns them all."""
        assert self._generator is not None
        draft = ""
        with closing(
            self._generator.stream(prompt, max_tokens=self._settings.llm_max_tokens)
        ) as pieces:
            for piece in pieces:
                if piece:
                    clock.mark_token()
                draft += piece
                yield TextDelta(piece)
        return draft

    def _document_texts(self, evidence: Sequence[Evidence]) -> Iterator[str]:
        for identity in dict.fromkeys(item.passage.document_id for item in evidence):
            try:
                document = self._library.document(identity)
            except NotFoundError:  # deleted since the search
                continue
            yield f"{document.name}\n{document.text}"


def _extracts(evidence: Sequence[Evidence]) -> list[Statement]:
    """The answer without a model: the clauses closest to the question, each its own citation."""
    return [
        Statement(
            item.quote_text,
            (Citation(item.number, item.passage.id, item.passage.document_id, item.quote),),
        )
        for item in evidence[:_EXTRACTS]
    ]


class _Clock:
    """Seconds since the question came."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._evidence = 0.0
        self._token: float | None = None

    def mark_evidence(self) -> None:
        self._evidence = time.perf_counter() - self._start

    def mark_token(self) -> None:
        if self._token is None:
            self._token = time.perf_counter() - self._start

    def timings(self) -> Timings:
        return Timings(self._evidence, self._token, time.perf_counter() - self._start)
