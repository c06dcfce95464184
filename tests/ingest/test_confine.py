"""What a parser process has given up it cannot get back."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TRIES = {
    "socket": "import socket; socket.socket()",
    "connect": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "program": "import os; os.execv('/bin/true', ['true'])",
    "shell": "import subprocess; subprocess.run(['true'])",
}


def confined(code: str) -> subprocess.CompletedProcess[str]:
    before = "from ingest import confine\nassert confine.cut_off()\nconfine.limit(2**30)\n"
    return subprocess.run(
        [sys.executable, "-c", before + code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no filter for it")
@pytest.mark.parametrize("attempt", TRIES)
def test_no_network_and_no_programs(attempt: str) -> None:
    done = confined(TRIES[attempt])
    assert done.returncode != 0
    assert "PermissionError" in done.stderr


def test_memory_is_bounded() -> None:
    assert "MemoryError" in confined("bytearray(2**31)").stderr


def test_no_file_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / "out"
    code = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    done = confined(f"{code}open({str(target)!r}, 'wb', 0).write(b'x')")
    assert "File too large" in done.stderr
    assert target.stat().st_size == 0


def test_threads_and_files_to_read_remain() -> None:
    code = (
        "import threading; t = threading.Thread(target=print, args=('ran',)); t.start(); t.join()"
    )
    done = confined(code + "; open('README.md').close()")
    assert done.returncode == 0, done.stderr
    assert "ran" in done.stdout
