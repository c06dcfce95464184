"""Kill a step at its every write: ``python -m tests.index.durability.every_call STEP MODE FOLDER``.

Run with the shim preloaded. Modules are loaded once and every try is a fork,
so that hundreds take seconds. Prints a line of JSON: how many calls there
were and what went wrong at which.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.index.durability.shim import Mode, arm
from tests.index.durability.steps import STEPS, Step, prepare
from tests.index.durability.world import check_store, parsing_here

_KILLED, _DEFECT = 99, 98


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
    """Kill the step at its nth call; whether it was, and what was wrong after."""
    shutil.rmtree(store, ignore_errors=True)
    if step.before:
        shutil.copytree(template, store)

    def act(pipe: int) -> None:
        arm(store, nth, mode)
        step.do(store)
        os.write(pipe, b"acknowledged")

    status, said = forked(act)
    if status not in (0, _KILLED):
        return False, f"exit status {status}: {said}"
    possible = [step.after] if said == "acknowledged" else [step.before, step.after]
    wrong, why = forked(lambda _: check_store(store, possible, thorough=nth % 4 == 0))
    return status == _KILLED, f"exit status {wrong}: {why}" if wrong else ""


def main(name: str, mode_name: str, folder: Path, stride: int) -> None:
    step, mode = STEPS[name], Mode[mode_name]
    template = folder / "template"
    with parsing_here():
        forked(lambda _: prepare(template))
        defects: dict[int, str] = {}
        nth, killed = 1, True
        while killed:
            killed, wrong = tried(step, template, folder / "store", nth, mode)
            if wrong:
                defects[nth] = wrong
            nth += stride
    print(json.dumps({"calls": nth - stride, "defects": defects}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
