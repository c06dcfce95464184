"""What a model makes of the evidence: checked drafts, asked for again where doubtful."""

from __future__ import annotations

from collections.abc import Generator as Coroutine
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property

from answer.account import asks_account, asks_whether
from answer.check import check_draft, cited, is_refusal, is_yes_or_no
from answer.clock import Clock
from answer.confidence import confidence, nearness
from answer.difference import asks_difference, difference
from answer.evidence import coverage
from answer.generator import Generator, Message, Piece
from answer.language import Language
from answer.number import quantities
from answer.parts import Part, left_out, parts
from answer.prompt import (
    FIRST_LOOK,
    build_comparison,
    build_prompt,
    build_quotation,
    build_second_look,
    build_verdict,
)
from answer.snippet import Alike, Snippet, select_snippets
from answer.verdict import verdict
from huiwen.types import AnswerEvent, Evidence, Statement, TextDelta

# An answer this likely to be right is not asked for again; one less likely than the second
# is not given: of the first answers it was fitted on that keeps 124 of the 135 right and 46 of
# the 90 wrong ones.
_SURE, _DOUBTFUL = 0.62, 0.4
# What the model said at first that nothing tells of must be likelier to be given.
_SURE_AFTER_ALL = 0.52
# Accounts are given in the documents' own sentences, whatever the model cut out of them.
_DOUBTFUL_ACCOUNT = 0.3
# Small models refuse what stands before them when much else does too. The share of the
# question's words a passage must have to be asked again; why and how are asked otherwise
# than told.
_ENOUGH, _ENOUGH_OF_ACCOUNT = 0.5, 0.25
# So much less worth of the cited sentences than of the best tells of another thing.
_ASTRAY = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a draft came to: the sentences of it that hold, and how likely they are right."""

    draft: str
    statements: tuple[Statement, ...]
    confidence: float

    @property
    def refused(self) -> bool:
        return is_refusal(self.draft)


@dataclass(frozen=True)
class Page:
    """A question with all that may be read for it."""

    question: str
    evidence: Sequence[Evidence]
    snippets: Sequence[Snippet]
    language: Language
    alike: Alike | None = None

    @property
    def best(self) -> Snippet:
        return max(self.snippets, key=lambda snippet: snippet.worth)

    def only(self, part: Part) -> str:
        """The question, of which one part alone is to be answered."""
        return f"{self.question}（只回答：{part.words}）"

    @cached_property
    def asked(self) -> list[Part]:
        """The parts of the question."""
        return parts(self.question)

    @cached_property
    def asks_account(self) -> bool:
        """Whether an account is asked for, or more than one thing: judged less strictly."""
        return asks_account(self.question) or len(self.asked) > 1

    @cached_property
    def near(self) -> tuple[float, ...]:
        """The ``nearness`` of what may be read to the question."""
        return nearness(self.question, self.evidence, self.snippets)

    def is_astray(self, statements: Sequence[Statement]) -> bool:
        """Whether figures are from a passage that speaks of the question far less than the best.

        Where the passage cited was not even shown, its figure is there by chance.
        """
        numbers = {citation.number for one in statements for citation in one.citations}
        figures = any(quantities(one.text) for one in statements)
        if self.best.evidence.number in numbers or not figures:
            return False
        worth = {snippet.evidence.number: snippet.worth for snippet in self.snippets}
        return max(worth.get(number, 0.0) for number in numbers) < self.best.worth - _ASTRAY

    def second_looks(self, first: Reading) -> Iterator[tuple[str, Evidence]]:
        """Single passages to ask, with the question to ask them.

        Where the model says that nothing is told, only a passage with enough words of
        the question: asked without that way out, it names anything.
        """
        best = self.best.evidence
        least = _ENOUGH_OF_ACCOUNT if self.asks_account else _ENOUGH
        if first.refused and coverage(self.question, best) < least:
            return
        yield self.question, best
        said = first.draft.strip("。 ")
        if not first.statements and said:
            # A small model names what the question names itself, until it is told not to.
            yield f"{self.question}（不是“{said}”）", best
        if best.number != self.evidence[0].number:
            yield self.question, self.evidence[0]


class Reader:
    """A model that answers from evidence. Safe for threads."""

    def __init__(self, generator: Generator, max_tokens: int) -> None:
        self._generator = generator
        self._max_tokens = max_tokens

    def warm(self) -> None:
        """Let the model read what stands before every question, which it keeps from then on.

        Raises as the generator does.
        """
        if self._started(build_prompt("", ())):
            self._started(build_verdict("", "", ()))

    def _started(self, prompt: Sequence[Message]) -> bool:
        """Have ``prompt`` read; whether the model tells how likely its words are."""
        with closing(self._generator.stream(prompt, max_tokens=1)) as pieces:
            return any(isinstance(piece, Piece) and piece.logprobs for piece in pieces)

    def read(self, clock: Clock, page: Page) -> Coroutine[AnswerEvent, None, Reading]:
        """The best of one to four readings of ``page``; without statements where none holds.

        Yields the words of every draft as they come. Raises as the generator does.
        """
        if asks_whether(page.question):
            quoted = yield from self._quoted(clock, page)
            if quoted.statements:
                return quoted
            yield TextDelta("\n")
        found = yield from self._whole(clock, page)
        astray = page.is_astray(found.statements)
        if astray or found.confidence < _SURE:
            found = yield from self._again(clock, page, found, astray=astray)
        if found.confidence < (_DOUBTFUL_ACCOUNT if page.asks_account else _DOUBTFUL):
            found = replace(found, statements=())
        if not found.statements and asks_difference(page.question):
            found = yield from self._compared(clock, page, found)
        return (yield from self._completed(clock, page, found))

    def _quoted(self, clock: Clock, page: Page) -> Coroutine[AnswerEvent, None, Reading]:
        """The sentence that decides whether something is so, as it stands.

        Yes or no a small model says by chance, and of its own sentence it does not
        know better: shown 15 such answers it took right ones for wrong as often as not.
        """
        prompt = build_quotation(page.question, page.snippets)
        draft, _ = yield from self._drafted(clock, prompt)
        told = tuple(check_draft(page.question, draft, page.evidence, page.language))
        best = page.best.evidence
        # 不可以。 tells that the best passage decides, and not where.
        if not told and is_yes_or_no(draft) and coverage(page.question, best) >= _ENOUGH:
            told = tuple(check_draft(page.question, best.quote_text, [best], page.language))
        return Reading(draft, told, float(bool(told)))

    def _again(
        self, clock: Clock, page: Page, first: Reading, *, astray: bool
    ) -> Coroutine[AnswerEvent, None, Reading]:
        """The most likely of ``first`` and of what single passages give when asked alone."""
        # An astray figure is another thing's, however sure the model is.
        best = replace(first, confidence=min(first.confidence, _DOUBTFUL)) if astray else first
        for question, item in page.second_looks(first):
            if best.confidence >= _SURE:
                break
            yield TextDelta("\n")
            prompt = build_second_look(question, item)
            again = yield from self._reading(clock, page, prompt, [item])
            if again.confidence > best.confidence:
                best = again
        least = _DOUBTFUL_ACCOUNT if page.asks_account else _SURE_AFTER_ALL
        return first if first.refused and best.confidence < least else best

    def _compared(
        self, clock: Clock, page: Page, first: Reading
    ) -> Coroutine[AnswerEvent, None, Reading]:
        """The two figures that are compared and what they differ by, or ``first``."""
        yield TextDelta("\n")
        prompt = build_comparison(page.question, page.snippets)
        draft, logprobs = yield from self._drafted(clock, prompt)
        told = difference(draft, page.evidence)
        sure = self._sure(page, told, page.evidence, logprobs)
        return Reading(draft, told, sure) if sure >= _DOUBTFUL_ACCOUNT else first

    def _completed(
        self, clock: Clock, page: Page, found: Reading
    ) -> Coroutine[AnswerEvent, None, Reading]:
        """``found`` with what it left out of a question that asks for more than one thing."""
        asked = page.asked
        if not found.statements and len(asked) == 1:
            return found
        lacking = left_out(asked, text_of(found.statements))
        # What was answered may be the half that was taken to be left out.
        for part in [*lacking, *(part for part in asked if part not in lacking)]:
            if not lacking:
                break
            yield TextDelta("\n")
            more = yield from self._part(clock, page, part, found.statements)
            if len(asked) > 1:
                found = replace(found, statements=_joined(found.statements, more))
            elif more and not left_out(asked, text_of(more)):
                found = replace(found, statements=more)
            lacking = left_out(asked, text_of(found.statements))
        return found

    def _part(
        self, clock: Clock, page: Page, part: Part, told: tuple[Statement, ...]
    ) -> Coroutine[AnswerEvent, None, tuple[Statement, ...]]:
        """What is told of one part, looked for where the others stand, then in all sentences."""
        question = part.question if part.question != part.words else page.only(part)
        about = replace(page, question=question)
        if citation := next((c for one in told for c in one.citations), None):
            item = replace(cited(citation, page.evidence), quote=citation.quote)
            prompt = build_second_look(question, item)
            found = yield from self._reading(clock, about, prompt, [item])
            if _holds(found, part) and _joined(told, found.statements) != told:
                return found.statements
        snippets = select_snippets(question, page.evidence, FIRST_LOOK, page.alike)
        found = yield from self._whole(clock, replace(about, snippets=snippets))
        return found.statements if _holds(found, part) else ()

    def _whole(self, clock: Clock, page: Page) -> Coroutine[AnswerEvent, None, Reading]:
        """One draft over all snippets of the page."""
        prompt = build_prompt(page.question, page.snippets, page.language)
        return (yield from self._reading(clock, page, prompt, page.evidence))

    def _reading(
        self,
        clock: Clock,
        page: Page,
        prompt: Sequence[Message],
        evidence: Sequence[Evidence],
    ) -> Coroutine[AnswerEvent, None, Reading]:
        """One draft over ``prompt``, checked against ``evidence``."""
        draft, logprobs = yield from self._drafted(clock, prompt)
        statements = tuple(check_draft(page.question, draft, evidence, page.language))
        return Reading(draft, statements, self._sure(page, statements, evidence, logprobs))

    def _drafted(
        self, clock: Clock, prompt: Sequence[Message]
    ) -> Coroutine[AnswerEvent, None, tuple[str, list[float]]]:
        """What the model says to ``prompt``, yielded as it comes, and how likely each token was."""
        draft = ""
        logprobs: list[float] = []
        with closing(self._generator.stream(prompt, max_tokens=self._max_tokens)) as pieces:
            for piece in pieces:
                if piece:
                    clock.mark_token()
                if isinstance(piece, Piece):
                    logprobs += piece.logprobs
                draft += piece
                yield TextDelta(str(piece))
        return draft, logprobs

    def _sure(
        self,
        page: Page,
        statements: Sequence[Statement],
        evidence: Sequence[Evidence],
        logprobs: Sequence[float],
    ) -> float:
        """How likely ``statements`` are right; of a model that does not tell its doubt, surely."""
        if not statements or not logprobs:
            return float(bool(statements))
        said = verdict(self._generator, page.question, statements, evidence)
        return confidence(said, page.near, logprobs)


def _holds(reading: Reading, part: Part) -> bool:
    """Whether a reading answers the part, and likely rightly."""
    return reading.confidence >= _DOUBTFUL_ACCOUNT and not left_out(
        [part], text_of(reading.statements)
    )


def text_of(statements: Sequence[Statement]) -> str:
    """The statements without their citation marks."""
    return "".join(one.text for one in statements)


def _joined(told: tuple[Statement, ...], more: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """``told`` and what ``more`` adds to it."""
    said = text_of(told)
    new = [one for one in more if one.text.rstrip("。") not in said]
    if not new:
        return told
    return tuple(replace(one, text=ended(one.text)) for one in (*told, *new))


def ended(text: str) -> str:
    """``text`` as a sentence."""
    return text if text.endswith(("。", "！", "？")) else f"{text}。"
