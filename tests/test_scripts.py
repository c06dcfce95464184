"""What the set-up says when something it needs is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TOOLS = ("bash", "dirname", "df", "awk", "grep", "tail", "tee", "cut", "mktemp", "cksum", "cat",
         "rm", "mkdir", "env")  # fmt: skip

# Stands for a virtual environment's Python on a platform without a llama.cpp wheel.
_NO_WHEEL = f"""#!/bin/bash
case "$*" in
    *"import xllamacpp"*|*"import llama_cpp"*) exit 1 ;;
    *"import torch"*) exit 0 ;;
    *extra.py*) exec {sys.executable} "$@" ;;
    *xllamacpp*) echo "ERROR: No matching distribution found for xllamacpp" ;;
    *) echo "Successfully installed huiwen" ;;
esac
"""


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tools / tool).symlink_to(found)
    return {
        "PATH": str(tools),
        "HOME": str(tmp_path),
        "PYTHON": sys.executable,
        "HUIWEN_VENV": str(tmp_path / "venv"),
        "HUIWEN_CACHE": str(tmp_path / "cache"),
    }


def setup(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(ROOT / "scripts" / "setup")],
        env=environment, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


def test_a_full_disk(environment: dict[str, str], tmp_path: Path) -> None:
    df = tmp_path / "tools" / "df"
    df.unlink()
    executable(df, "#!/bin/bash\necho Filesystem\necho /dev/x 9999999 9 1048576 90% /\n")
    done = setup(environment)
    assert done.returncode == 1
    assert "只剩 1 GB，需要至少 6 GB" in done.stderr


def test_no_mirror(environment: dict[str, str]) -> None:
    done = setup(
        environment
        | {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": "/dev/null",
           "PIP_RETRIES": "1"}
    )  # fmt: skip
    assert done.returncode == 1
    assert "连不上 PyPI 镜像" in done.stderr


def test_no_python(environment: dict[str, str]) -> None:
    done = setup(environment | {"PYTHON": "/nowhere/python"})
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr


def test_no_wheel_and_no_compiler_leave_the_slower_way(
    environment: dict[str, str], tmp_path: Path
) -> None:
    executable(tmp_path / "venv" / "bin" / "python", _NO_WHEEL)
    executable(tmp_path / "venv" / "bin" / "huiwen", "#!/bin/bash\necho pulled $*\n")
    done = setup(environment)
    assert done.returncode == 0, done.stderr
    assert "没有找到 C++ 编译器" in done.stderr
    assert "transformers" in done.stderr
    assert "pulled models pull" in done.stdout


def test_a_second_run_installs_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    executable(tmp_path / "venv" / "bin" / "python", _NO_WHEEL)
    executable(tmp_path / "venv" / "bin" / "huiwen", "#!/bin/bash\n")
    assert "安装会问" in setup(environment).stderr
    assert "安装会问" not in setup(environment).stderr


@pytest.mark.parametrize("script", ["scripts/start", "scripts/check", ".ci/run"])
def test_the_scripts_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)


def test_ci_calls_the_readmes_test_command() -> None:
    assert "scripts/check" in (ROOT / ".ci" / "run").read_text("utf-8")
    for readme in ("README.md", "README.en.md"):
        assert "scripts/check" in (ROOT / readme).read_text("utf-8")
