"""Limits that a run must keep, for use in continuous integration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eval.metrics import METRICS, Score, latencies, scores, tally
from eval.run import Row, Run
from huiwen.errors import InputError

# Times and counts a run may also be held to; these are ceilings.
CEILINGS = {
    "first_token_p50": "首个字用时 p50（秒）",
    "first_token_p95": "首个字用时 p95（秒）",
    "total_p50": "完整回答用时 p50（秒）",
    "total_p95": "完整回答用时 p95（秒）",
    "unsupported_numbers": "无依据的数字（个）",
    "errors": "出错的题（道）",
}


def parse_limits(options: Iterable[str]) -> dict[str, float]:
    """Read ``name=value`` options, by name.

    ``part:name`` is of one part of a suite, ``noise-0.4:accuracy=0.85``.
    Raises InputError for an unknown name or a bad value.
    """
    limits = {}
    for option in options:
        name, _, value = option.partition("=")
        _check_name(name.strip())
        try:
            limit = float(value)
        except ValueError:
            limit = float("nan")
        if _split(name.strip())[1] in CEILINGS:
            if not limit >= 0:
                raise InputError(f"门槛 {option!r} 有误：请写成 名称=数值，数值不小于 0。")
        elif not 0 <= limit <= 1:
            raise InputError(f"门槛 {option!r} 有误：请写成 名称=数值，数值在 0 与 1 之间。")
        limits[name.strip()] = limit
    return limits


def check_minimums(run: Run, minimums: Mapping[str, float]) -> list[str]:
    """Say which metrics miss their limit; an empty list means that the run passes.

    The limit is a floor, or a ceiling for the metrics where lower is better
    (``over_refusal``, times and counts). A metric that applies to no question
    misses any limit. Raises InputError for an unknown name.
    """
    for name in minimums:
        _check_name(name)
    failures = []
    found: dict[str, dict[str, Score]] = {}
    for name, limit in minimums.items():
        part, metric = _split(name)
        rows = [row for row in run.rows if not part or row.part == part]
        if metric in CEILINGS:
            label, value, floor = CEILINGS[metric], _ceiling(rows, metric), False
        else:
            of_part = found.setdefault(part, scores(rows))
            label, floor = METRICS[metric].label, METRICS[metric].higher_is_better
            value = of_part[metric].value
        word = "下限" if floor else "上限"
        if value is None:
            failures.append(f"{label}（{name}）没有可评的题，无法与{word} {limit:g} 相比。")
        elif (value < limit) if floor else (value > limit):
            failures.append(f"{label}（{name}）为 {value:.3f}，未达到{word} {limit:g}。")
    return failures


def _ceiling(rows: Iterable[Row], name: str) -> float | None:
    rows = tuple(rows)
    if not rows:
        return None
    if name in ("unsupported_numbers", "errors"):
        return float(getattr(tally(rows), name))
    stage, _, quantile = name.rpartition("_")
    value: float | None = getattr(latencies(rows)[stage], quantile)
    return value


def _split(name: str) -> tuple[str, str]:
    """The part, empty for the whole run, and the metric."""
    part, _, metric = name.rpartition(":")
    return part, metric


def _check_name(name: str) -> None:
    metric = _split(name)[1]
    if metric not in METRICS and metric not in CEILINGS:
        known = "、".join([*METRICS, *CEILINGS])
        raise InputError(f"没有名为 {metric!r} 的指标。可用的有：{known}。")
