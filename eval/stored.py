"""The runs in a folder, as a page of the service lists and shows them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eval.metrics import METRICS, latencies, scores
from eval.report import render_report
from eval.run import DEFAULT_FOLDER, Run, load_run
from huiwen.errors import HuiwenError, NotFoundError

log = logging.getLogger(__name__)
_SHOWN = ("recall@5", "accuracy", "refusal", "over_refusal", "citation_precision")


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the list shows it: ``figures`` are rates in ``[0, 1]`` by their Chinese name.

    ``seconds`` is the median time of a whole answer. Rates that apply to no
    question are ``None``.
    """

    name: str
    started_at: str
    suite: str
    questions: int
    model: str
    figures: dict[str, float | None]
    seconds: float | None


class StoredRuns:
    """The runs that ``huiwen eval`` has written to a folder."""

    def __init__(self, folder: Path = DEFAULT_FOLDER) -> None:
        self._folder = folder

    def all(self) -> list[StoredRun]:
        """Every run that can be read, the latest first."""
        found = []
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            try:
                found.append(_described(path, path.stat().st_mtime_ns))
            except (HuiwenError, OSError) as error:
                log.warning("run %s not shown: %s", path, error)
        return found

    def report(self, name: str) -> str:
        """The report of a run as an HTML page; raises NotFoundError."""
        if name not in {path.stem for path in self._folder.glob("*.json")}:
            raise NotFoundError(f"没有名为 {name} 的评测结果；它可能已被删除。")
        return render_report(load_run(self._folder / f"{name}.json"))


@lru_cache(maxsize=256)
def _described(path: Path, _changed: int) -> StoredRun:
    run = load_run(path)
    found = scores(run.rows)
    return StoredRun(
        path.stem,
        run.started_at,
        Path(run.gold_path).stem,
        len(run.rows),
        _model(run),
        {METRICS[name].label: found[name].value for name in _SHOWN},
        latencies(run.rows)["total"].p50,
    )


def _model(run: Run) -> str:
    return next((row.model for row in run.rows if row.model), "")
