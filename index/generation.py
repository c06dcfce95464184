"""Index files published whole: written aside, synced, checksummed, named by a manifest last."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from index.files import digest, sync_folder, write_whole

log = logging.getLogger(__name__)
MANIFEST, PREVIOUS = "MANIFEST.json", "MANIFEST.previous.json"
_LOCK = "LOCK"


@dataclass(frozen=True, slots=True)
class Generation:
    """A published folder of files and what its maker said of it."""

    folder: Path
    facts: Mapping[str, Any]


def publish(root: Path, facts: Mapping[str, Any], write: Callable[[Path], None]) -> Generation:
    """Let ``write`` fill a new folder, then make it the published one.

    A crash at any instant leaves the one published before. That one is kept
    and older ones are removed. The caller holds ``building``.
    """
    root.mkdir(parents=True, exist_ok=True)
    name = f"generation-{uuid4().hex[:12]}"
    folder = root / name
    folder.mkdir()
    try:
        write(folder)
        files = {
            path.relative_to(folder).as_posix(): digest(path, sync=True)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".lock"
        }
        for place in (*(p for p in folder.rglob("*") if p.is_dir()), folder, root):
            sync_folder(place)
        # A damaged manifest does not push out a previous one that may be whole.
        if _unsealed(root / MANIFEST):
            write_whole(root / PREVIOUS, (root / MANIFEST).read_bytes())
        write_whole(
            root / MANIFEST, _sealed({"folder": name, "facts": dict(facts), "files": files})
        )
    finally:
        # Also what was not published, which on a full disk is what fills it.
        _sweep(root)
    return Generation(folder, facts)


def published(root: Path, fits: Callable[[Mapping[str, Any]], bool]) -> Iterator[Generation]:
    """Published generations that are whole, the newest first, of those whose facts fit.

    Every byte is compared with its checksum before anything reads it: the
    libraries that do trust what they are given.
    """
    for name in (MANIFEST, PREVIOUS):
        manifest = _unsealed(root / name)
        if manifest is None or not fits(manifest["facts"]):
            continue
        folder = _folder(root, manifest)
        if _whole(folder, manifest["files"]):
            yield Generation(folder, manifest["facts"])
        else:
            log.warning("index %s is damaged and not used", folder)


@dataclass(frozen=True, slots=True)
class State:
    """How a manifest and its files are; no facts where the manifest cannot be read."""

    name: str
    facts: Mapping[str, Any] | None
    whole: bool


def states(root: Path) -> list[State]:
    """Of the manifests that there are, the present one first; every byte is compared."""
    found: list[State] = []
    for name in (MANIFEST, PREVIOUS):
        if (root / name).exists():
            manifest = _unsealed(root / name)
            whole = manifest is not None and _whole(_folder(root, manifest), manifest["files"])
            found.append(State(name, manifest and manifest["facts"], whole))
    return found


def withdraw(root: Path, unfit: Callable[[Mapping[str, Any]], bool]) -> None:
    """Make published generations whose facts are unfit never be found again."""
    names = [
        name
        for name in (MANIFEST, PREVIOUS)
        if (manifest := _unsealed(root / name)) and unfit(manifest["facts"])
    ]
    if names:
        with building(root) as alone:
            for name in names if alone else ():
                (root / name).unlink(missing_ok=True)


@contextmanager
def building(root: Path) -> Iterator[bool]:
    """Whether this is the only process that builds; it is until the block ends."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _folder(root: Path, manifest: Mapping[str, Any]) -> Path:
    return root / Path(str(manifest["folder"])).name


def _whole(folder: Path, files: Mapping[str, str]) -> bool:
    try:
        return all(digest(folder / name) == expected for name, expected in files.items())
    except OSError:
        return False


def _sealed(manifest: Mapping[str, Any]) -> bytes:
    body = json.dumps(manifest, sort_keys=True)
    return json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest(), "body": body}).encode()


def _unsealed(path: Path) -> dict[str, Any] | None:
    try:
        outer = json.loads(path.read_bytes())
        body = outer["body"]
        if hashlib.sha256(body.encode()).hexdigest() != outer["sha256"]:
            raise ValueError("checksum")
        manifest: dict[str, Any] = json.loads(body)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        log.warning("manifest %s is damaged and not used", path)
        return None
    return manifest


def _sweep(root: Path) -> None:
    """Remove the folders that neither manifest names."""
    kept = {m["folder"] for name in (MANIFEST, PREVIOUS) if (m := _unsealed(root / name))}
    for folder in root.glob("generation-*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
