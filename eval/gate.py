"""Limits that a run must keep, for use in continuous integration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eval.metrics import METRICS, scores
from eval.run import Run
from huiwen.errors import InputError


def parse_limits(options: Iterable[str]) -> dict[str, float]:
    """Read ``name=value`` options; raises InputError for an unknown name or a bad value."""
    limits = {}
    for option in options:
        name, _, value = option.partition("=")
        _check_name(name.strip())
        try:
            limit = float(value)
        except ValueError:
            limit = float("nan")
        if not 0 <= limit <= 1:
            raise InputError(f"门槛 {option!r} 有误：请写成 名称=数值，数值在 0 与 1 之间。")
        limits[name.strip()] = limit
    return limits


def check_minimums(run: Run, minimums: Mapping[str, float]) -> list[str]:
    """Say which metrics miss their limit; an empty list means that the run passes.

    The limit is a floor, or a ceiling for the metrics where lower is better
    (``over_refusal``). A metric that applies to no question misses any limit.
    Raises InputError for an unknown name.
    """
    for name in minimums:
        _check_name(name)
    found = scores(run.rows)
    failures = []
    for name, limit in minimums.items():
        metric, value = METRICS[name], found[name].value
        word = "下限" if metric.higher_is_better else "上限"
        if value is None:
            failures.append(f"{metric.label}（{name}）没有可评的题，无法与{word} {limit:g} 相比。")
        elif (value < limit) if metric.higher_is_better else (value > limit):
            failures.append(f"{metric.label}（{name}）为 {value:.3f}，未达到{word} {limit:g}。")
    return failures


def _check_name(name: str) -> None:
    if name not in METRICS:
        raise InputError(f"没有名为 {name!r} 的指标。可用的有：{'、'.join(METRICS)}。")
