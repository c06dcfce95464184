"""A suite: tasks with names for their parts, and the documents they are asked of."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from eval.task import Task

SAMPLES = ("dev", "test", "all")
_SEED = 20180
Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a suite is to be run.

    ``count`` bounds the questions drawn, ``limit`` those asked of every part,
    both ``None`` for all. ``noise`` picks RGB's ratios and ``part`` the parts
    whose names begin so, empty for all;
    ``unconfirmed`` takes in drafted gold questions that nobody has confirmed.
    """

    sample: str = ""
    count: int | None = None
    limit: int | None = None
    noise: tuple[float, ...] = ()
    part: str = ""
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """``texts`` are the documents of the library the tasks are asked of. Where there are
    none, tasks bring their passages, and those that do not are asked of the office's
    own library. ``gold`` is the file the tasks are from, ``None`` for public data.
    """

    name: str
    tasks: tuple[Task, ...]
    texts: tuple[str, ...] = field(default=(), repr=False)
    gold: Path | None = None

    @property
    def label(self) -> str:
        """What a run of it is called."""
        return str(self.gold) if self.gold else f"{self.name}-{len(self.tasks)}"

    @property
    def sha256(self) -> str:
        content = self.gold.read_bytes() if self.gold else repr(self.tasks).encode()
        return hashlib.sha256(content).hexdigest()


def draw(groups: Sequence[Sequence[Drawn]], sample: str, count: int | None) -> list[Drawn]:
    """A seeded sample of the members of ``groups``; ``dev`` and ``test`` share no group.

    Development never sees what is reported, not even another question on the
    same text. The first members of a larger sample are those of a smaller one.
    """
    generator = random.Random(_SEED)  # noqa: S311 - a sample, no secret
    order = list(range(len(groups)))
    generator.shuffle(order)
    half = len(order) // 2
    chosen = {"dev": order[:half], "test": order[half:], "all": order}[sample]
    members = [member for at in sorted(chosen) for member in groups[at]]
    generator.shuffle(members)
    return members[:count]


def limited(tasks: Sequence[Task], limit: int | None) -> tuple[Task, ...]:
    """The first ``limit`` tasks of every part."""
    if limit is None:
        return tuple(tasks)
    seen: dict[str, int] = {}
    kept = []
    for task in tasks:
        seen[task.part] = seen.get(task.part, 0) + 1
        if seen[task.part] <= limit:
            kept.append(task)
    return tuple(kept)
