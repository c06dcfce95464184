"""The preloaded C shim: made by the test, armed from inside the process it is preloaded into."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from enum import IntEnum
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("shim.c")


class Mode(IntEnum):
    """What happens at the nth call; as in ``shim.c``."""

    COUNT = 0
    DIE = 1
    TEAR = 2
    POWER = 3
    FULL = 4


def built(folder: Path) -> Path:
    """The compiled shim; skips the test where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) to make the shim that counts writes")
    made = folder / "shim.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(_SOURCE), "-ldl"], check=True
    )
    return made


def preloaded(shim: Path) -> dict[str, str]:
    """Environment for a process with the shim, whose forks are not held up by idle threads."""
    # Threads that OpenMP keeps do not survive a fork, and whoever needs them waits for ever.
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return {**os.environ, **alone, "LD_PRELOAD": str(shim)}


def arm(folder: Path, nth: int, mode: Mode) -> None:
    """From now on count calls that change files below ``folder``; strike at the nth."""
    _library().shim_arm(f"{folder}/".encode(), ctypes.c_long(nth), int(mode))


def disarm() -> None:
    """Count on, strike no more."""
    arm(Path("/nowhere"), 0, Mode.COUNT)


def seen() -> int:
    """How many calls were counted since ``arm``."""
    function = _library().shim_seen
    function.restype = ctypes.c_long
    return int(function())


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
