"""``huiwen eval``: run a suite, keep it, show it, hold it to limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eval.gate import check_minimums, parse_limits
from eval.journal import Journal, journal_key
from eval.report import write_report
from eval.run import Run, load_run, save_run
from eval.runner import Answerer, Progress, recorded, run_tasks
from eval.suites import Suite
from eval.task import Task
from huiwen.errors import GenerationError
from huiwen.settings import Settings

_WARM_UP = "会议讨论了哪些事项？"
_UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run with where it was written and the limits it missed."""

    run: Run
    earlier: Run | None
    json: Path
    html: Path
    failures: tuple[str, ...]


def evaluate(
    suite: Suite,
    answerer_of: Callable[[Task], Answerer],
    settings: Settings,
    *,
    runs: Path,
    earlier: Path | None = None,
    minimum: Sequence[str] = (),
    fresh: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Run a suite and write its JSON and HTML; every input is checked before the first question.

    A run cut off is taken up where it was, unless ``fresh`` or our code or
    settings have changed. A question of no suite is asked first: what is
    measured is a warm service.
    """
    limits = parse_limits(minimum)
    before = load_run(earlier) if earlier else None
    key = journal_key({"suite": suite.name, **recorded(settings)})
    path = runs / _UNFINISHED / f"{suite.name}-{key}.jsonl"
    if fresh:
        path.unlink(missing_ok=True)
    journal = Journal(path)
    with suppress(GenerationError):
        for _ in answerer_of(suite.tasks[0]).ask(_WARM_UP):
            pass
    run = run_tasks(
        suite.tasks,
        answerer_of,
        progress,
        settings=settings,
        name=suite.label,
        sha256=suite.sha256,
        journal=journal,
    )
    written = save_run(run, runs)
    html = write_report(run, written.with_suffix(".html"), before)
    journal.forget(run.rows)
    return Evaluation(run, before, written, html, tuple(check_minimums(run, limits)))
