"""Geometry of the report's plots; the template draws them as inline SVG.

Drawn by the browser from plain numbers, so that Chinese labels never depend
on the fonts of the machine that wrote the report.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.metrics import CUTOFFS, Latency, Score, latencies
from eval.run import Row

WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 24, 16, 36
INSET = 16  # keeps the outer intervals off the frame
BAND = 58  # height of one row of the latency plot
STRIP_LEFT = 78

LATENCY_LABELS = {"evidence": "首条依据", "first_token": "首个字", "total": "完整回答"}


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its interval, in SVG pixels, and the label under it."""

    x: float
    y: float
    low: float
    high: float
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """A curve; empty where the metric applies to no question."""

    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis in SVG pixels."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The times of one stage as dots around the height ``y``."""

    label: str
    y: float
    dots: tuple[tuple[float, float], ...]
    p50: Tick
    p95: Tick


@dataclass(frozen=True, slots=True)
class Strips:
    """Latencies on one logarithmic axis."""

    strips: tuple[Strip, ...]
    ticks: tuple[Tick, ...]
    height: float


def recall_line(found: Mapping[str, Score]) -> Line:
    """The curve of evidence recall over the cutoffs."""
    points = []
    step = (WIDTH - LEFT - RIGHT - 2 * INSET) / (len(CUTOFFS) - 1)
    for index, k in enumerate(CUTOFFS):
        score = found[f"recall@{k}"]
        if score.value is not None and score.low is not None and score.high is not None:
            x = LEFT + INSET + index * step
            low, high = rate_y(score.low), rate_y(score.high)
            points.append(Point(x, rate_y(score.value), low, high, str(k), score.value))
    return Line(tuple(points))


def rate_y(rate: float) -> float:
    """Height of a rate in the recall plot."""
    return TOP + (1 - rate) * (HEIGHT - TOP - BOTTOM)


def latency_strips(rows: Sequence[Row]) -> Strips | None:
    """Dots of all times by stage, ``None`` where none was measured."""
    times = {
        "evidence": [row.evidence_s for row in rows],
        "first_token": [row.first_token_s for row in rows],
        "total": [row.total_s for row in rows],
    }
    known = {
        name: [max(value, 1e-6) for value in values if value is not None]
        for name, values in times.items()
    }
    every = [value for values in known.values() for value in values]
    if not every:
        return None
    first, last = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    last = max(last, first + 1)
    quantiles = latencies(rows)
    drawn = [name for name in known if known[name]]
    strips = tuple(
        _strip(name, known[name], quantiles[name], TOP + BAND * (index + 0.5), (first, last))
        for index, name in enumerate(drawn)
    )
    ticks = tuple(
        Tick(_log_x(10.0**power, (first, last)), seconds(10.0**power))
        for power in range(first, last + 1)
    )
    return Strips(strips, ticks, TOP + BAND * len(drawn))


def seconds(value: float | None) -> str:
    """A time in the unit that reads best."""
    if value is None:
        return "—"
    if value < 0.001:
        return f"{value * 1e6:.0f} µs"
    if value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} s" if value < 1000 else f"{value:.0f} s"


def _strip(
    name: str, values: list[float], latency: Latency, y: float, powers: tuple[int, int]
) -> Strip:
    # A fixed pattern of heights keeps equal times apart without chance.
    dots = tuple(
        (_log_x(value, powers), y + 4 + (index * 7 % 5 - 2) * 3.5)
        for index, value in enumerate(values)
    )
    return Strip(
        LATENCY_LABELS[name],
        y,
        dots,
        _quantile(latency.p50, powers),
        _quantile(latency.p95, powers),
    )


def _quantile(value: float | None, powers: tuple[int, int]) -> Tick:
    return Tick(_log_x(max(value or 0.0, 1e-6), powers), seconds(value))


def _log_x(value: float, powers: tuple[int, int]) -> float:
    share = (math.log10(value) - powers[0]) / (powers[1] - powers[0])
    return STRIP_LEFT + share * (WIDTH - STRIP_LEFT - RIGHT)
