"""Giving up rights for good: what a process that reads untrusted files can do without.

Linux only, by resource limits and a seccomp filter; neither needs privileges.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_RET_ALLOW = 0x7FFF0000
_RET_EPERM = 0x00050001
_RET_KILL = 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
# Offsets in struct seccomp_data.
_NUMBER, _ARCH = 0, 4
# From here on x86-64 numbers mean the x32 calls, the same calls by a back door.
_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    audit_arch: int
    denied: tuple[int, ...]


# socket, connect, execve, execveat, ptrace, fork and vfork where they exist.
_MACHINES = {
    "x86_64": _Machine(0xC000003E, (41, 42, 59, 322, 101, 57, 58)),
    "aarch64": _Machine(0xC00000B7, (198, 203, 221, 281, 117)),
    "loongarch64": _Machine(0xC0000102, (198, 203, 221, 281, 117)),
}


def limit(memory_bytes: int) -> None:
    """Bound address space; forbid core dumps and files of any size."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        memory_bytes = min(memory_bytes, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def limit_cpu(seconds: int) -> None:
    """Bound the processor time from now on; the end of a process nobody waits for any more."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most = int(usage.ru_utime + usage.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def cut_off() -> bool:
    """Deny this process sockets and other programs, for ever; False where the kernel cannot."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    filtered: int = libc.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header), 0, 0
    )
    return filtered == 0


def _program(machine: _Machine) -> bytes:
    """The BPF program: kill on a foreign ABI, EPERM on a denied call, else allow."""
    tests = len(machine.denied)
    steps = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.audit_arch),
        (_RETURN, 0, 0, _RET_KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, tests + 1, 0, _X32),
        *((_EQUAL, tests - at, 0, number) for at, number in enumerate(machine.denied)),
        (_RETURN, 0, 0, _RET_ALLOW),
        (_RETURN, 0, 0, _RET_EPERM),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
