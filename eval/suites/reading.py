"""DRCD and CMRC 2018, open book: all contexts are one library, the context is not told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.datasets import Reading, ReadingQuestion, load_cmrc, load_drcd
from eval.gold import GoldQuestion
from eval.kinds import kind_of
from eval.suites.suite import Choice, Suite, draw, limited
from eval.task import Task
from ingest.sentence import sentences

DEFAULT_COUNT = 300
_LOADERS: dict[str, Callable[[Path], Reading]] = {"drcd": load_drcd, "cmrc": load_cmrc}


def reading_suite(name: str, data: Path, choice: Choice) -> Suite:
    """A sample of the questions, by default the first 300 of the half ``dev``.

    A question's evidence is the sentence its answer stands in. Raises as the
    loaders do.
    """
    reading = _LOADERS[name](data)
    of_context: list[list[ReadingQuestion]] = [[] for _ in reading.contexts]
    for question in reading.questions:
        of_context[question.context].append(question)
    sample = choice.sample or "dev"
    drawn = draw(of_context, sample, DEFAULT_COUNT if choice.count is None else choice.count)
    tasks = [_task(name, question, reading.contexts[question.context]) for question in drawn]
    return Suite(f"{name}-{sample}", limited(tasks, choice.limit), reading.contexts)


def _task(name: str, question: ReadingQuestion, context: str) -> Task:
    gold = GoldQuestion(
        id=f"{name}-{question.id}",
        question=question.question,
        type=kind_of(question.question),
        answers=(question.answers,),
        quotes=(_sentence(context, question),),
    )
    return Task(gold, check="folded", references=question.answers)


def _sentence(context: str, question: ReadingQuestion) -> str:
    """The sentence the answer begins in; the answer itself where it stands nowhere."""
    answer, start = question.answers[0], question.start
    if start is None or not context.startswith(answer, start):
        start = context.find(answer)
    for span in sentences(context):
        if span.start <= start < span.end:
            return context[span.start : span.end]
    return answer
