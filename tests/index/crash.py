"""A writer killed at random moments: ``python -m tests.index.crash --count 200 --seed 1``.

Every writer goes on where the one before was killed; after each kill all that
was acknowledged must be there, and what was under way wholly or not at all.
Prints how many kills met which work and ends with status 1 on a defect.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

# Threads that OpenMP keeps do not survive the fork of a writer.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from index import local_engine
from ingest.parse import document_id
from tests.index.durability.every_call import forked
from tests.index.durability.world import (
    Truth,
    check_store,
    compact,
    opened,
    parsing_here,
    text_of,
)

_FILES = [f"{letter}.txt" for letter in "abcdef"]
_LONGEST_S = 0.25


def write_on(store: Path, truth: Truth, random_: random.Random, pipe: int) -> None:
    """Add, replace, delete and compact until killed; say before and after each what it is."""
    there = dict(truth)
    version = max(there.values(), default=0)
    with opened(store) as library:
        while True:
            source = random_.choice(_FILES)
            if random_.random() < 0.15:
                os.write(pipe, b"begin compact 0\n")
                compact(library)
            elif source in there and random_.random() < 0.4:
                os.write(pipe, f"begin {source} 0\n".encode())
                library.delete(document_id(source))
                there.pop(source)
                os.write(pipe, f"done {source} 0\n".encode())
            else:
                version = version % 900 + 1
                os.write(pipe, f"begin {source} {version}\n".encode())
                library.add(source, text_of(source, version))
                there[source] = version
                os.write(pipe, f"done {source} {version}\n".encode())


def killed(store: Path, truth: Truth, random_: random.Random) -> tuple[str, list[Truth]]:
    """Kill a writer at a random moment; what it was at and what may be true now."""
    reading, writing = os.pipe()
    seed, wait = random_.getrandbits(32), random_.uniform(0, _LONGEST_S)
    child = os.fork()
    if child == 0:
        os.close(reading)
        write_on(store, truth, random.Random(seed), writing)
        os._exit(97)
    os.close(writing)
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "r") as pipe:
        said = pipe.read().splitlines()
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise AssertionError(f"the writer ended by itself: {status}")
    before = dict(truth)
    for line in said:
        word, source, version = line.split()
        if word == "done":
            before = _with(before, source, int(version))
    if not said or said[-1].startswith("done"):
        return "opening" if not said else "between", [before]
    _, source, version = said[-1].split()
    return _work(source, int(version)), [before, _with(before, source, int(version))]


def _with(truth: Truth, source: str, version: int) -> dict[str, int]:
    changed = {**truth, source: version}
    return {name: number for name, number in changed.items() if number and name != "compact"}


def _work(source: str, version: int) -> str:
    if source == "compact":
        return "compact"
    return "add or replace" if version else "delete"


def run(count: int, seed: int, folder: Path) -> Counter[str]:
    """Kill ``count`` writers; how many were at which work. Raises AssertionError on a defect."""
    random_ = random.Random(seed)
    store, met = folder / "store", Counter[str]()
    truth: Truth = {}
    # Compaction comes by itself, behind nearly every change.
    local_engine.BASE_ROWS = 1
    with parsing_here():
        for at in range(count):
            work, possible = killed(store, truth, random_)
            met[work] += 1
            truth = _looked(store, possible, f"kill {at} of seed {seed}, in {work}")
    return met


def _looked(store: Path, possible: Sequence[Truth], where: str) -> Truth:
    """Which of them is true of the store, found by a process of its own."""

    def look(pipe: int) -> None:
        there = check_store(store, possible)
        os.write(pipe, json.dumps(there).encode())

    status, said = forked(look)
    if status:
        raise AssertionError(f"{where}: exit status {status}: {said}")
    return dict(json.loads(said))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huiwen-crash-") as folder:
        met = run(arguments.count, arguments.seed, Path(folder))
    sys.stdout.write(f"{arguments.count} kills, seed {arguments.seed}: {dict(met)}, no defect\n")


if __name__ == "__main__":
    main()
