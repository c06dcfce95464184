"""What identifies a document across its versions: where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from huiwen.errors import InputError
from ingest.format import SUFFIXES

_UPLOADS = "upload"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME_CHARS = 200
_NO_FOLDER = re.compile(r"[/\\]|^\.+$")
COLLECTION_CHARS = 50


def upload_source(filename: str, collection: str = "") -> str:
    """Source of an uploaded file: its bare name, whatever path the browser sent.

    In a ``collection`` it stands beside files of the same name elsewhere. Raises
    InputError for a name, of either, that is empty or unusable.
    """
    name = PureWindowsPath(PurePosixPath(filename).name).name
    name = _CONTROL.sub("", name).strip()
    if not name.strip(". "):
        raise InputError(f"文件名“{filename}”无法使用；请改名后再上传。")
    if len(name) > _NAME_CHARS:
        raise InputError(f"文件名“{name[:20]}…”超过 {_NAME_CHARS} 字；请缩短后再上传。")
    return f"{_UPLOADS}/{_folder(collection)}{name}"


def collection_of(source: str) -> str:
    """The folder that a file was found in or uploaded to, empty for none."""
    parent = PurePosixPath(source).parent
    return "" if str(parent) == _UPLOADS else parent.name


def _folder(collection: str) -> str:
    collection = collection.strip()
    if not collection:
        return ""
    if _CONTROL.search(collection) or _NO_FOLDER.search(collection):
        raise InputError(f"资料集的名称“{collection[:20]}”无法使用；请去掉其中的斜线等符号。")
    if len(collection) > COLLECTION_CHARS:
        raise InputError(
            f"资料集的名称“{collection[:20]}…”超过 {COLLECTION_CHARS} 字；请缩短后再上传。"
        )
    return f"{collection}/"


def file_source(path: Path) -> str:
    """Source of a file on this machine: its absolute path."""
    return path.resolve().as_posix()


def files_in(paths: list[Path]) -> Iterator[Path]:
    """The readable files among ``paths``, folders searched through, in a stable order.

    A file named outright is given whatever its suffix. Raises InputError for a
    path that does not exist.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.is_file()
                and file.suffix.lower() in SUFFIXES
                and not file.name.startswith(".")
            )
        elif path.is_file():
            yield path
        else:
            raise InputError(f"路径“{path}”不存在；请检查拼写。")
