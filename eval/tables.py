"""A run as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from eval.compare import compare as compare_runs
from eval.failures import CAUSES, failures
from eval.metrics import METRICS, latencies, scores, tally
from eval.report import label_of
from eval.run import Row, Run, load_run

GROUP_METRICS = (
    "accuracy", "refusal", "over_refusal", "em", "f1", "em_short", "f1_short",
    "citation_precision", "citation_recall",
)  # fmt: skip
_SHOWN_CHARS = 160
_STAGES = {"evidence": "首批依据", "first_token": "首个字", "total": "完整回答"}


def figures(run: Run) -> Table:
    """Every metric of a run with its 95 % interval."""
    table = Table("指标", "值", "95% 区间", "题数", title=f"{Path(run.gold_path).name} 评测结果")
    for name, score in scores(run.rows).items():
        if score.value is None or score.low is None or score.high is None:
            continue
        interval = f"{score.low:.3f} – {score.high:.3f}"
        table.add_row(METRICS[name].label, f"{score.value:.3f}", interval, str(score.questions))
    for name, latency in latencies(run.rows).items():
        if latency.p50 is not None and latency.p95 is not None:
            times = f"p50 {latency.p50 * 1000:.0f} ms，p95 {latency.p95 * 1000:.0f} ms"
            table.add_row(f"{_STAGES[name]}用时", times, "", str(latency.count))
    counts = tally(run.rows)
    for label, count in (
        ("无依据的数字", counts.unsupported_numbers),
        ("只列原文的回答", counts.extractive),
        ("出错的题", counts.errors),
    ):
        table.add_row(label, str(count), "", str(len(run.rows)))
    return table


def groups(run: Run) -> list[Table]:
    """The main figures of every part of a suite and of every type of question."""
    tables = []
    for title, key in (("部分", "part"), ("题型", "type")):
        grouped: dict[str, list[Row]] = {}
        for row in run.rows:
            grouped.setdefault(getattr(row, key), []).append(row)
        if len(grouped) > 1:
            tables.append(_group_table(title, grouped))
    return tables


def _group_table(title: str, grouped: Mapping[str, Sequence[Row]]) -> Table:
    found = {name: scores(rows) for name, rows in grouped.items()}
    shown = [m for m in GROUP_METRICS if any(s[m].value is not None for s in found.values())]
    table = Table(title, "题数", *(METRICS[name].label for name in shown))
    for name, score in found.items():
        cells = (_rate(score[metric].value) for metric in shown)
        table.add_row(label_of(name), str(len(grouped[name])), *cells)
    return table


def causes(run: Run) -> Table | None:
    """How many questions failed of which cause; ``None`` where none did."""
    failed = failures(run.rows)
    if not failed:
        return None
    table = Table("没有做对的原因", "题数", "例")
    for cause, rows in failed.items():
        table.add_row(CAUSES[cause], str(len(rows)), "、".join(row.id for row in rows[:5]))
    return table


def differences(earlier: Run, later: Run) -> Table:
    """What changed between two runs on the questions both have."""
    found = compare_runs(earlier, later)
    title = f"与 {earlier.started_at} 对比（{found.shared} 道相同的题）"
    table = Table("指标", "之前", "现在", "差", "95% 区间", title=title)
    for row in found.differences:
        if row.before is None or row.after is None or row.delta is None:
            continue
        table.add_row(
            METRICS[row.name].label,
            f"{row.before:.3f}",
            f"{row.after:.3f}",
            f"{row.delta:+.3f}",
            f"{row.low:+.3f} – {row.high:+.3f}",
        )
    for label, changes in (("由错变对", found.fixed), ("由对变错", found.broken)):
        table.add_row(label, "", str(len(changes)), "", "、".join(c.after.id for c in changes))
    return table


def history(folder: Path) -> Table:
    """The stored runs of a folder, oldest first, with their main figures."""
    shown = ("accuracy", "refusal", "over_refusal", "f1", "citation_precision")
    table = Table()
    table.add_column("文件", no_wrap=True)
    for head in ("题数", *(METRICS[name].label for name in shown), "p50（秒）"):
        table.add_column(head)
    for path in sorted(folder.glob("*.json")):
        run = load_run(path)
        found, total = scores(run.rows), latencies(run.rows)["total"].p50
        table.add_row(
            path.name,
            str(len(run.rows)),
            *(_rate(found[name].value) for name in shown),
            "—" if total is None else f"{total:.1f}",
        )
    return table


def _rate(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def case(row: Row) -> str:
    """One question as text: what was asked, wanted, said and shown, the passages cut short."""
    wanted = "；".join(" / ".join(group) for group in row.expected) or "（应当拒答）"
    lines = [
        f"{row.id}　{row.question}",
        f"  标准答案：{wanted}",
        f"  回答：{row.text or row.error}",
        *([f"  答案本身：{row.short}"] if row.short else []),
        *(
            f"  依据[{shown.number}]{'（含标准依据）' if shown.quotes else ''}："
            f"{shown.text[:_SHOWN_CHARS]}{'…' if len(shown.text) > _SHOWN_CHARS else ''}"
            for shown in row.shown
        ),
    ]
    return "\n".join(lines)
