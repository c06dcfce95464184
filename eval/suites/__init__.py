"""Public benchmarks run through the product, each by its own definitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.suites.gold import gold_suite
from eval.suites.reading import reading_suite
from eval.suites.rgb import rgb_suite
from eval.suites.suite import SAMPLES, Choice, Suite

__all__ = ["SAMPLES", "SUITES", "Choice", "Suite", "gold_suite"]

# Each is called with its name, the folder of public data and the choice.
SUITES: dict[str, Callable[[str, Path, Choice], Suite]] = {
    "drcd": reading_suite,
    "cmrc": reading_suite,
    "rgb": rgb_suite,
}
