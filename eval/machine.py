"""The machine a run was measured on: a latency means nothing without it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """``memory`` is in bytes, 0 where the system does not tell."""

    cpu: str
    cores: int
    memory: int
    system: str
    python: str


def this_machine() -> Machine:
    """Describe the machine this process runs on."""
    return Machine(
        cpu=_cpu(),
        cores=_cores(),
        memory=_memory(),
        system=platform.platform(terse=True),
        python=platform.python_version(),
    )


def _cpu() -> str:
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    # A container may be given fewer cores than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
