"""Public data for measuring, one loader each; all of it stays outside the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.datasets.collection import Collection, Topic
from eval.datasets.news import load_news
from eval.datasets.reading import (
    CMRC,
    Reading,
    ReadingQuestion,
    as_collection,
    cut_collection,
    load_cmrc,
    load_drcd,
)
from eval.datasets.rgb import load_rgb

__all__ = [
    "CMRC",
    "SETS",
    "Collection",
    "Reading",
    "ReadingQuestion",
    "Topic",
    "load_cmrc",
    "load_drcd",
    "load_news",
    "load_rgb",
]

SETS: dict[str, Callable[[Path], Collection]] = {
    "cmrc": lambda data: as_collection("cmrc", load_cmrc(data)),
    "drcd": lambda data: as_collection("drcd", load_drcd(data)),
    "drcd-titled": lambda data: as_collection("drcd-titled", load_drcd(data), titled=True),
    "cmrc-cut": lambda data: cut_collection("cmrc-cut", load_cmrc(data)),
    "drcd-cut": lambda data: cut_collection("drcd-cut", load_drcd(data)),
    "rgb": load_rgb,
    "news": load_news,
}
