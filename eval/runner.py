"""Asks every gold question and keeps what came back, with the time it took."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol

from eval.gold import GoldQuestion
from eval.journal import Journal
from eval.judge import Reply, judge
from eval.machine import this_machine
from eval.run import Row, Run
from eval.task import Task
from huiwen import __version__
from huiwen.errors import GenerationError, InputError
from huiwen.settings import Settings
from huiwen.types import Answer, AnswerEvent, AnswerReady, Evidence, EvidenceFound, TextDelta

# Named one by one so that a secret added to the settings can never leak into a run.
RECORDED = frozenset(
    {
        "model_source",
        "embedder",
        "embedder_device",
        "llm",
        "llm_backend",
        "llm_device",
        "llm_context",
        "llm_threads",
        "llm_max_tokens",
        "llm_timeout_s",
        "passage_chars",
        "candidates",
        "evidence",
    }
)

Progress = Callable[[int, int], None]
Clock = Callable[[], float]


class Answerer(Protocol):
    """What is measured: evidence first, then drafts, then the checked answer."""

    def ask(self, question: str) -> Iterator[AnswerEvent]: ...


def run_suite(
    gold: Sequence[GoldQuestion],
    answerer: Answerer,
    progress: Progress | None = None,
    *,
    settings: Settings | None = None,
    gold_path: Path | None = None,
    clock: Clock = perf_counter,
) -> Run:
    """Ask every gold question once; as ``run_tasks``."""
    return run_tasks(
        [Task(question) for question in gold],
        lambda _: answerer,
        progress,
        settings=settings,
        name=str(gold_path or ""),
        sha256=hashlib.sha256(gold_path.read_bytes()).hexdigest() if gold_path else "",
        clock=clock,
    )


def run_tasks(
    tasks: Sequence[Task],
    answerer_of: Callable[[Task], Answerer],
    progress: Progress | None = None,
    *,
    settings: Settings | None = None,
    name: str = "",
    sha256: str = "",
    journal: Journal | None = None,
    clock: Clock = perf_counter,
) -> Run:
    """Ask every task once, one after the other; those in the journal are not asked again.

    ``progress`` is called with (done, total) before the first question and
    after each. A GenerationError costs its question only; any other error
    means that the setup is broken and ends the run. Raises InputError where
    there are no tasks.
    """
    if not tasks:
        raise InputError("题集中没有题目。请换一个题集。")
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    rows: list[Row] = []
    for done, task in enumerate(tasks):
        if progress:
            progress(done, len(tasks))
        row = journal.find(task) if journal is not None else None
        if row is None:
            row = judge(task, _ask(task.gold.question, answerer_of(task), clock))
            if journal is not None:
                journal.add(row)
        rows.append(row)
    if progress:
        progress(len(tasks), len(tasks))
    return Run(
        started_at=started,
        version=__version__,
        gold_path=name,
        gold_sha256=sha256,
        machine=this_machine(),
        rows=tuple(rows),
        models=_models(rows, settings),
        settings=recorded(settings) if settings else {},
    )


def recorded(settings: Settings) -> dict[str, str | int | float | bool | None]:
    """What a run tells of the settings."""
    return settings.model_dump(mode="json", include=set(RECORDED))


def _ask(question: str, answerer: Answerer, clock: Clock) -> Reply:
    evidence: tuple[Evidence, ...] = ()
    answer: Answer | None = None
    evidence_s: float | None = None
    first_token_s: float | None = None
    total_s: float | None = None
    error = ""
    start = clock()
    try:
        for event in answerer.ask(question):
            arrived = clock() - start
            match event:
                case EvidenceFound():
                    evidence, evidence_s = event.evidence, arrived
                # Empty ones tell only that the model is at work.
                case TextDelta(text) if text:
                    first_token_s = arrived if first_token_s is None else first_token_s
                case AnswerReady():
                    answer, total_s = event.answer, arrived
    except GenerationError as problem:
        error = str(problem)
    if answer is None and not error:
        error = "没有给出最终回答。"
    return Reply(
        evidence=evidence,
        answer=None if error else answer,
        error=error,
        evidence_s=evidence_s,
        first_token_s=first_token_s,
        total_s=None if error else total_s,
    )


def _models(rows: Sequence[Row], settings: Settings | None) -> dict[str, str]:
    seen = dict.fromkeys(row.model for row in rows if row.model)
    models = {"llm": "、".join(seen)} if seen else {}
    if settings:
        models.setdefault("llm", settings.llm)
        models["embedder"] = settings.embedder
    return models
