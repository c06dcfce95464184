"""A suite from its name to a stored run with its report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from answer.engine import Answerer
from answer.generator import Generator
from eval.command import Evaluation, finish
from eval.gate import parse_limits
from eval.journal import Journal, journal_key
from eval.run import load_run
from eval.runner import Progress, recorded, run_tasks
from eval.suites import SUITES, Choice, Suite
from eval.suites.shelf import Shelf
from eval.suites.store import FOLDER, open_library
from eval.task import Task
from eval.vectors import DEFAULT_CACHE, VectorCache
from huiwen.errors import GenerationError
from huiwen.settings import Settings
from index.embedder import Embedder
from index.library import Library
from index.rerank import load_reranker
from index.rows import embedded

_WARM_UP = "会议讨论了哪些事项？"
AnswererOf = Callable[[Task], Answerer]


def evaluate_suite(
    name: str,
    choice: Choice,
    embedder: Embedder,
    generator: Generator | None,
    settings: Settings,
    *,
    runs: Path,
    earlier: Path | None = None,
    minimum: Sequence[str] = (),
    fresh: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Run a suite and write its JSON and HTML; a run cut off is taken up where it was.

    ``fresh`` asks everything anew. Every input is checked before the first
    question, and a question of no suite is asked first: what is measured is
    warm.
    """
    limits = parse_limits(minimum)
    before = load_run(earlier) if earlier else None
    suite = SUITES[name](name, settings.data, choice)
    told = recorded(settings)
    key = journal_key({"suite": suite.name, **told})
    journal = Journal(runs / "unfinished" / f"{suite.name}-{key}.jsonl")
    if fresh:
        journal.close()
        journal = Journal(journal.path)
    with answerers(suite, embedder, generator, settings) as answerer_of:
        with suppress(GenerationError):
            for _ in answerer_of(suite.tasks[0]).ask(_WARM_UP):
                pass
        run = run_tasks(
            suite.tasks,
            answerer_of,
            progress,
            settings=settings,
            name=f"{suite.name}-{len(suite.tasks)}",
            sha256=hashlib.sha256(repr(suite.tasks).encode()).hexdigest(),
            journal=journal,
        )
    evaluation = finish(run, before, runs, limits)
    journal.close()
    return evaluation


@contextmanager
def answerers(
    suite: Suite, embedder: Embedder, generator: Generator | None, settings: Settings
) -> Iterator[AnswererOf]:
    """The product's answerer over what each task is asked of."""
    vectors = VectorCache(DEFAULT_CACHE, embedder)
    if suite.texts:
        library = open_library(
            suite.name.partition("-")[0], suite.texts, embedder, vectors, settings, FOLDER
        )
        with library:
            answerer = Answerer(library, generator, settings)
            yield lambda _: answerer
        return
    reranker = load_reranker(settings)
    # All at once: a block of many is embedded faster than five and five.
    vectors.passages([embedded(p) for task in suite.tasks for p in task.given or ()])

    def over_given(task: Task) -> Answerer:
        shelf = Shelf(task.given or (), embedder, vectors, reranker)
        # The answerer asks no more of a library than what a shelf has.
        return Answerer(cast("Library", shelf), generator, settings)

    yield over_given
