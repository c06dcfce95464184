"""Asks every gold question and keeps what came back, with the time it took."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol

from eval.gold import GoldQuestion
from eval.judge import Reply, judge
from eval.machine import this_machine
from eval.run import Row, Run
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
    """Ask every question once, one after the other.

    ``progress`` is called with (done, total) before the first question and
    after each. A GenerationError costs its question only; any other error
    means that the setup is broken and ends the run. Raises InputError where
    ``gold`` is empty.
    """
    if not gold:
        raise InputError("题集中没有题目。请换一个题集。")
    sha256 = hashlib.sha256(gold_path.read_bytes()).hexdigest() if gold_path else ""
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    rows: list[Row] = []
    for done, question in enumerate(gold):
        if progress:
            progress(done, len(gold))
        rows.append(judge(question, _ask(question.question, answerer, clock)))
    if progress:
        progress(len(gold), len(gold))
    return Run(
        started_at=started,
        version=__version__,
        gold_path=str(gold_path or ""),
        gold_sha256=sha256,
        machine=this_machine(),
        rows=tuple(rows),
        models=_models(rows, settings),
        settings=settings.model_dump(mode="json", include=set(RECORDED)) if settings else {},
    )


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
                case TextDelta():
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
