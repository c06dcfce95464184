"""Strike steps at their every write: ``every_call STEP,STEP MODE FOLDER STRIDE``.

Run with the shim preloaded. Modules are loaded once and every try is a fork,
so that hundreds take seconds. Prints a line of JSON: how many calls there
were, how many were struck, and what went wrong at which.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from huiwen.errors import HuiwenError
from index.backup import restore
from index.generation import states
from tests.index.durability.shim import Mode, arm, disarm, seen
from tests.index.durability.steps import BEFORE, STEPS, Step
from tests.index.durability.world import (
    Truth,
    check,
    check_store,
    opened,
    parsing_here,
    settings_of,
)

_STRUCK, _DEFECT = 99, 98


def forked(act: Callable[[int], None]) -> tuple[int, str]:
    """Run ``act`` in a process of its own; its exit status and what it wrote to the pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            act(writing)
        except BaseException:
            os.write(writing, traceback.format_exc().encode()[-4000:])
            os._exit(_DEFECT)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), said


def tried(step: Step, template: Path, store: Path, nth: int, mode: Mode) -> tuple[bool, str]:
    """Strike the step at its nth call; whether it came to that, and what was wrong after."""
    shutil.rmtree(store, ignore_errors=True)
    if template.exists():
        shutil.copytree(template, store)

    def act(pipe: int) -> None:
        arm(store, nth, mode)
        if mode is Mode.FULL:
            _without_space(step, store, nth)
        else:
            step.do(store)
        os.write(pipe, b"acknowledged")

    status, said = forked(act)
    if status not in (0, _STRUCK):
        return False, f"exit status {status}: {said}"
    possible = [step.after] if said == "acknowledged" else [step.before, step.after]
    wrong, why = forked(lambda _: _look(store, possible, thorough=nth % 4 == 0))
    return status == _STRUCK, f"exit status {wrong}: {why}" if wrong else ""


def _without_space(step: Step, store: Path, nth: int) -> None:
    """Do the step on a disk that fills up, see what is left, and do it again when there is room."""
    refused = ""
    try:
        step.do(store)
    except HuiwenError as error:
        refused = str(error)
    full = seen() >= nth
    disarm()
    if refused:
        assert "磁盘空间" in refused, refused
        if store.exists() and (store / "catalog.sqlite").exists():
            with opened(store) as library:
                there = check(library, [step.before, step.after])
        else:
            there = step.before
        if there == step.before:
            step.do(store)
    with opened(store) as library:
        check(library, [step.after])
    if full:
        os._exit(_STRUCK)


def _look(store: Path, possible: Sequence[Truth], *, thorough: bool) -> None:
    # Search would be right without: what was published was synced before it was named.
    assert all(state.whole for state in states(store / "index"))
    check_store(store, possible, thorough=thorough)
    if (store / "backup").exists():
        restore(settings_of(store / "again"), store / "backup")
        check_store(store / "again", [BEFORE], thorough=False)


def main(names: Sequence[str], mode: Mode, folder: Path, stride: int) -> None:
    calls, tries = 0, 0
    defects: list[str] = []
    with parsing_here():
        for name in names:
            step = STEPS[name]
            template = folder / name
            forked(lambda _, step=step, template=template: step.prepare(template))  # type: ignore[misc]
            # Modes that skip some skip different ones.
            nth, struck = 1 + int(mode) % stride, True
            while struck:
                struck, wrong = tried(step, template, folder / "store", nth, mode)
                if wrong:
                    defects.append(f"{name}, call {nth}: {wrong}")
                nth += stride
                tries += 1
            calls += nth - stride
    print(json.dumps({"calls": calls, "tries": tries, "defects": defects}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1].split(","), Mode[sys.argv[2]], Path(sys.argv[3]), int(sys.argv[4]))
