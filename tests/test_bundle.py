"""The offline bundle: made here, installed and used where there is no network at all."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from huiwen.bundle import LICENCES, SUMS, closure, make_bundle, write_sums
from huiwen.errors import ConfigError, InputError
from huiwen.settings import Settings
from tests.conftest import ROOT


def test_what_is_needed_is_found_through_all_layers() -> None:
    found = closure(["fastapi", "httpx"])
    assert {"fastapi", "starlette", "pydantic", "pydantic-core", "httpx", "certifi"} <= set(found)
    assert "pytest" not in found


def test_what_is_not_installed_is_named() -> None:
    with pytest.raises(ConfigError, match="no-such-package"):
        closure(["no-such-package>=1"])


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="不是空的"):
        make_bundle(Settings(), tmp_path, [], lambda _: None)


def test_an_unknown_extra_is_named(tmp_path: Path, real_settings: Settings) -> None:
    with pytest.raises(InputError, match="telepathy"):
        make_bundle(real_settings, tmp_path / "b", ["telepathy"], lambda _: None)


def installed(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(folder / "install.sh"), *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A bundle with nothing in it."""
    script = (ROOT / "huiwen" / "install.sh").read_text("utf-8")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    machine = os.uname().machine
    script = script.replace("@PYTHON@", version).replace("@MACHINE@", machine)
    (tmp_path / "install.sh").write_text(script, "utf-8")
    (tmp_path / "requirements.txt").write_text("")
    write_sums(tmp_path)
    return tmp_path


def test_a_bundle_that_was_changed_is_not_installed(small: Path) -> None:
    (small / "requirements.txt").write_text("evil\n")
    done = installed(small, str(small / "to"), PYTHON=sys.executable)
    assert done.returncode == 1
    assert "requirements.txt" in done.stdout + done.stderr
    assert "重新复制" in done.stderr
    assert not (small / "to").exists()


def test_another_machine_or_python_is_told(small: Path) -> None:
    assert "没有找到" in installed(small, PYTHON="/no/python").stderr
    text = (small / "install.sh").read_text("utf-8")
    other = text.replace(os.uname().machine, "vax")
    (small / "install.sh").write_text(other, "utf-8")
    assert "vax" in installed(small, PYTHON=sys.executable).stderr


OFFLINE = """
set -euo pipefail
if "$PYTHON" -c 'import socket; socket.create_connection(("223.5.5.5", 53), 3)' 2>/dev/null; then
    echo "there is a route"; exit 9
fi
bash "$BUNDLE/install.sh" "$TARGET"
"$TARGET/huiwen" ingest "$TARGET/samples/documents"
"$TARGET/huiwen" ask "竹岭村2024年村集体收入有多少？"
"""


@pytest.mark.slow
@pytest.mark.real
def test_installed_and_asked_without_any_route(tmp_path: Path, real_settings: Settings) -> None:
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("unshare -rn is not permitted here: no namespace without a network")
    bundle, target = tmp_path / "bundle", tmp_path / "installed"
    made = subprocess.run(
        [sys.executable, "-m", "huiwen", "bundle", str(bundle)],
        env={**os.environ, "HUIWEN_LLM_BACKEND": "none"},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert (bundle / SUMS).read_text().count(".whl") > 50
    rows = list(csv.reader((bundle / LICENCES).read_text("utf-8-sig").splitlines()))[1:]
    assert len(rows) > 50
    assert [name for name, _, licence in rows if not licence] == []
    # The GNU licences that reach what is built on them; LGPL does not.
    bound = [row for row in rows if re.search(r"(?<!L)GPL|GNU General|SSPL", row[2])]
    assert bound == []
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "HUIWEN_"))}
    done = subprocess.run(
        ["unshare", "-rn", "bash", "-c", OFFLINE],
        env={
            **environment, "BUNDLE": str(bundle), "TARGET": str(target), "PYTHON": sys.executable,
            # Compiling all of torch takes longer than installing it.
            "PIP_NO_COMPILE": "1", "HOME": str(tmp_path),
        },
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "780万元" in done.stdout
    assert "未启用语言模型" in done.stdout
    shutil.rmtree(tmp_path)  # two gigabytes
