"""Injuries to files: a flipped byte, a file cut short."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Injury:
    """One byte of a file changed, or with ``cut`` everything from there on lost."""

    path: Path
    at: int
    cut: bool
    mask: int = 0xFF

    def inflict(self) -> None:
        data = bytearray(self.path.read_bytes())
        if self.cut:
            del data[self.at :]
        else:
            data[self.at] ^= self.mask
        self.path.write_bytes(data)


def files_of(root: Path) -> list[Path]:
    """Files of an index that are read: the locks of writers are not."""
    found = (path for path in root.rglob("*") if path.is_file())
    return sorted(p for p in found if p.suffix != ".lock" and p.name != "LOCK")


def injuries(root: Path, each: int, random_: random.Random) -> Iterator[Injury]:
    """Of every file both ends and ``each`` places between, changed and cut."""
    for path in files_of(root):
        size = path.stat().st_size
        ends = {0, 1, size // 2, size - 2, size - 1} & set(range(size))
        places = ends | set(random_.sample(range(size), min(each, size)))
        for at in sorted(places):
            yield Injury(path, at, cut=False, mask=1 << random_.randrange(8))
        for at in sorted(places)[:: max(1, len(places) // 8)]:
            yield Injury(path, at, cut=True)
