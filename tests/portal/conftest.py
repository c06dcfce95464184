"""A real server process for those who call it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a service in another process."""
    folder: Path = tmp_path_factory.mktemp("portal")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIWEN_")}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.portal", str(folder / "store")],
            cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        address = process.stdout.readline().strip()
        assert address, (folder / "log").read_text()
        yield address
        process.stdin.close()
        process.wait(60)
        process.stdout.close()
