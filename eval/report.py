"""The report of a run: one HTML file that loads nothing from outside."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from eval import charts
from eval.compare import compare
from eval.failures import CAUSES, failures
from eval.metrics import METRICS, Score, latencies, scores, tally
from eval.run import Row, Run
from huiwen.errors import InputError

TYPE_LABELS = {
    "fact": "事实",
    "number": "数字",
    "date": "日期",
    "who": "人物",
    "who-said": "谁说的",
    "list": "列举",
    "what": "什么",
    "why": "为什么",
    "when": "何时",
    "where": "何处",
    "yes-no": "是否",
    "multi-doc": "多篇",
    "compare-years": "跨年比较",
    "unanswerable": "资料未载",
    "false-premise": "前提有误",
    "no-permission": "无权查阅",
}
PART_LABELS = {"noise": "噪声", "integration": "整合，噪声", "counterfactual": "反事实，噪声"}
OUTCOMES = {
    "right": "答对",
    "refused": "正确拒答",
    "wrong": "答错",
    "invented": "该拒而答",
    "over": "误拒",
    "error": "出错",
}
_TYPE_METRICS = (
    "accuracy", "refusal", "over_refusal", "em", "f1", "em_short", "f1_short",
    "recall@1", "recall@5", "mrr", "citation_precision", "citation_recall",
)  # fmt: skip
# Answers that are right but long are counted; that many are shown.
_LONG_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TypeGroup:
    """The questions of one type or part: ``outcomes`` pairs each outcome met with its count."""

    label: str
    questions: int
    outcomes: tuple[tuple[str, int], ...]
    scores: dict[str, Score]


def outcome(row: Row) -> str:
    """One of the keys of OUTCOMES."""
    if row.status is None:
        return "error"
    if row.answerable:
        return "right" if row.correct else "over" if row.refused else "wrong"
    return "refused" if row.refused else "invented"


def render_report(run: Run, earlier: Run | None = None) -> str:
    """HTML of ``run``, compared with ``earlier`` where given."""
    found = scores(run.rows)
    failed = failures(run.rows)
    long = failed.pop("extra_words", [])
    types = _groups(run, "type")
    return _ENVIRONMENT.get_template("report.html").render(
        run=run,
        metrics=METRICS,
        scores=found,
        latencies=latencies(run.rows),
        tally=tally(run.rows),
        outcomes=Counter(outcome(row) for row in run.rows),
        types=types,
        type_metrics=[m for m in _TYPE_METRICS if found[m].value is not None],
        parts=_groups(run, "part") if any(row.part for row in run.rows) else [],
        curve=charts.recall_line(found),
        earlier_curve=charts.recall_line(scores(earlier.rows)) if earlier else None,
        strips=charts.latency_strips(run.rows),
        shown=max((len(row.shown) for row in run.rows), default=0),
        failures=failed,
        failed=sum(map(len, failed.values())),
        long=long,
        long_shown=_LONG_SHOWN,
        comparison=compare(earlier, run) if earlier else None,
        earlier_latencies=latencies(earlier.rows) if earlier else None,
    )


def write_report(run: Run, path: Path, earlier: Run | None = None) -> Path:
    """Write the report to ``path``; raises InputError where that fails."""
    content = render_report(run, earlier)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise InputError(f"报告无法写入 {path}：{error.strerror}。请换一个可写的位置。") from error
    return path


def _groups(run: Run, by: str) -> list[TypeGroup]:
    groups: dict[str, list[Row]] = {}
    for row in run.rows:
        groups.setdefault(getattr(row, by), []).append(row)
    result = []
    for name, rows in groups.items():
        counted = Counter(outcome(row) for row in rows)
        met = tuple((key, counted[key]) for key in OUTCOMES if counted[key])
        result.append(TypeGroup(label_of(name), len(rows), met, scores(rows)))
    return result


def label_of(name: str) -> str:
    """A type or part as readers see it."""
    part, dash, ratio = name.rpartition("-")
    if dash and part in PART_LABELS:
        return f"{PART_LABELS[part]} {ratio}"
    return TYPE_LABELS.get(name, name)


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value * 100:.1f}%"


def _points(value: float | None) -> str:
    if value is None:
        return "—"
    shown = f"{value * 100:+.1f}"
    return "0.0" if float(shown) == 0 else shown.replace("-", "−")


def _gigabytes(value: int) -> str:
    return f"{value / 2**30:.0f} GB" if value else "—"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=_percent, points=_points, seconds=charts.seconds, gigabytes=_gigabytes
    )
    environment.globals.update(
        OUTCOMES=OUTCOMES, CAUSES=CAUSES, label_of=label_of, charts=charts, outcome_of=outcome
    )
    return environment


_ENVIRONMENT = _environment()
