"""The product's answerer over what each task of a suite is asked of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from answer.engine import Answerer
from answer.generator import Generator
from eval.suites.shelf import Shelf
from eval.suites.store import FOLDER, open_library
from eval.suites.suite import Suite
from eval.task import Task
from eval.vectors import DEFAULT_CACHE, VectorCache
from huiwen.settings import Settings
from index.embedder import Embedder
from index.library import Library
from index.rerank import load_reranker
from index.rows import embedded


@contextmanager
def answerers(
    suite: Suite, embedder: Embedder, generator: Generator | None, settings: Settings
) -> Iterator[Callable[[Task], Answerer]]:
    """For every task its answerer; libraries are closed at the end.

    Over the suite's texts where it has some, over a task's own passages where
    it brings them, else over the library of the settings.
    """
    if suite.tasks and suite.tasks[0].given is not None:
        yield _over_given(suite, embedder, generator, settings)
        return
    if suite.texts:
        vectors = VectorCache(DEFAULT_CACHE, embedder)
        name = suite.name.partition("-")[0]
        library = open_library(name, suite.texts, embedder, vectors, settings, FOLDER)
    else:
        library = Library(settings, embedder)
    with library:
        answerer = Answerer(library, generator, settings)
        yield lambda _: answerer


def _over_given(
    suite: Suite, embedder: Embedder, generator: Generator | None, settings: Settings
) -> Callable[[Task], Answerer]:
    vectors = VectorCache(DEFAULT_CACHE, embedder)
    reranker = load_reranker(settings)
    # All at once: a block of many is embedded faster than five and five.
    vectors.passages([embedded(p) for task in suite.tasks for p in task.given or ()])

    def over(task: Task) -> Answerer:
        shelf = Shelf(task.given or (), embedder, vectors, reranker)
        # The answerer asks no more of a library than what a shelf has.
        return Answerer(cast("Library", shelf), generator, settings)

    return over
