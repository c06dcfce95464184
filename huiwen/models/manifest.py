"""What a published model directory is made of, recorded beside it when it was made."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "huiwen.json"


@dataclass(frozen=True, slots=True)
class Check:
    """Verification of one file of a model."""

    file: str
    ok: bool
    expected: str
    actual: str


def publish(partial: Path, final: Path) -> None:
    """Give ``partial`` its final name once every byte of it is on disk. Raises OSError."""
    inside = [*partial.rglob("*")] if partial.is_dir() else []
    for path in (*inside, partial):
        _sync(path)
    partial.replace(final)
    _sync(final.parent)


def write_manifest(folder: Path, facts: dict[str, str]) -> None:
    """Record ``facts``, and size and SHA-256 of every file of ``folder``."""
    files = {
        path.relative_to(folder).as_posix(): [path.stat().st_size, sha256(path)]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({**facts, "files": files}, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")


def check_directory(folder: Path, pins: dict[str, tuple[int, str]], part: str = "") -> list[Check]:
    """Compare the files of ``folder`` with its manifest, and with ``pins`` where these know better.

    ``part`` is the SHA-256 the manifest must name as its source, if any. A
    directory without a manifest that needs none gives no checks.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        recorded = {name: (int(size), str(digest)) for name, (size, digest) in
                    manifest["files"].items()}  # fmt: skip
    except FileNotFoundError:
        if not pins:
            return []
        manifest, recorded = {}, {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return [Check(MANIFEST, False, "文件清单", "无法读出")]
    checks = [check_file(folder, name, *pin) for name, pin in sorted({**recorded, **pins}.items())]
    if part:
        said = str(manifest.get("sha256_of_part", "没有文件清单"))
        checks.insert(0, Check(MANIFEST, said == part, part, said))
    return checks


def check_file(folder: Path, name: str, size: int, digest: str) -> Check:
    """Compare ``folder / name`` with its size in bytes and its SHA-256."""
    path = folder / name
    if not path.is_file():
        return Check(name, False, f"{size} 字节", "文件不存在")
    actual = path.stat().st_size
    if actual != size:
        return Check(name, False, f"{size} 字节", f"{actual} 字节")
    found = sha256(path)
    return Check(name, found == digest, digest, found)


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sizes(folder: Path, ending: str = "") -> list[int]:
    """Bytes of each file under ``folder`` so named; files may come and go meanwhile."""
    found = []
    # Path.rglob raises where a folder vanishes under it.
    for place, _, names in os.walk(folder):
        for name in (name for name in names if name.endswith(ending)):
            with suppress(FileNotFoundError):
                found.append((Path(place) / name).stat().st_size)
    return found


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
