"""Files that are whole after a crash: written aside, synced, renamed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_PART = 2**20


def digest(path: Path, *, sync: bool = False) -> str:
    """SHA-256 of a file in hex; with ``sync`` it is also on disk afterwards."""
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART):
            sha256.update(part)
        if sync:
            os.fsync(file.fileno())
    return sha256.hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file: after a crash it is the old or the new one."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder safe: which files there are and what they are called."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
