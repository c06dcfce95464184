"""Whichever call is the last one: what was acknowledged is there, the rest wholly or not at all.

In CI every ``STRIDE``th call that changes a file is struck, each mode beginning
elsewhere; all of them with ``HUIWEN_CRASH_STRIDE=1``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.index.durability.shim import Mode, built, preloaded
from tests.index.durability.steps import STEPS

STRIDE = int(os.environ.get("HUIWEN_CRASH_STRIDE", "37"))
KILLS = os.environ.get("HUIWEN_CRASH_KILLS", "20")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", [Mode.DIE, Mode.TEAR, Mode.POWER, Mode.FULL])
def test_struck_at_a_call(tmp_path: Path, mode: Mode) -> None:
    arguments = [",".join(STEPS), mode.name, str(tmp_path / "tries"), str(STRIDE)]
    (tmp_path / "tries").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.index.durability.every_call", *arguments],
        env=preloaded(built(tmp_path)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["defects"] == []
    # That the shim sees SQLite, tantivy and FAISS at all: a compaction alone has over a hundred.
    assert told["calls"] > 400
    assert told["tries"] > 400 // STRIDE


@pytest.mark.timeout(3600)
def test_killed_at_random() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.index.crash", "--count", KILLS, "--seed", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no defect" in done.stdout
