"""A library copied while it is used, and put back whole."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from huiwen import __version__
from huiwen.errors import ConfigError, InputError, StoreError
from huiwen.settings import Settings
from index.catalog import SCHEMA_VERSION
from index.files import digest, sync_folder, write_whole
from index.migrate import STEPS

MANIFEST = "backup.json"
CATALOG, JOBS = "catalog.sqlite", "jobs.sqlite"
# Written by the server alone, but kept beside the others and saved with them.
CONVERSATIONS = "conversations.sqlite"
# Of the backup's own layout.
_FORMAT = 1
# Layouts of the catalogue that are read: what an earlier version made is migrated when opened.
_READ = {SCHEMA_VERSION, *STEPS}
_COUNTED = ("documents", "paragraphs", "passages")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was looked through: where it is and what it holds."""

    folder: Path
    made_at: str
    documents: int
    passages: int


def back_up(settings: Settings, target: Path) -> Backup:
    """Copy the library into a new folder, while others read and write it.

    The folder is ``target``, or a dated one in it where it exists. It appears
    only once every file in it was checked and is on disk. Index files are
    left out: they are made again. Raises StoreError, and ConfigError for a
    catalogue that is not SQLite's.
    """
    _require_sqlite(settings)
    if not (settings.store / CATALOG).is_file():
        raise StoreError(f"{settings.store} 里没有资料库，无可备份；请检查配置 store。")
    now = datetime.now().astimezone()
    if target.is_dir():
        target = target / f"huiwen-{now:%Y%m%d-%H%M%S}"
    if target.exists():
        raise InputError(f"{target} 已经存在，没有备份；请换一个文件夹。")
    partial = target.with_name(f".{target.name}.partial")
    with _saying(f"备份到 {target}"):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            every = (CATALOG, JOBS, CONVERSATIONS)
            names = [name for name in every if (settings.store / name).is_file()]
            for name in names:
                _copy(settings.store / name, partial / name)
                _require_sound(partial / name)
            manifest = {
                "format": _FORMAT,
                "huiwen": __version__,
                "schema": SCHEMA_VERSION,
                "made_at": now.isoformat(timespec="seconds"),
                "counts": _counts(partial / CATALOG),
                "files": {name: digest(partial / name, sync=True) for name in names},
            }
            text = json.dumps(manifest, ensure_ascii=False, indent=2)
            write_whole(partial / MANIFEST, text.encode())
            partial.rename(target)
            sync_folder(target.parent)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return _described(target, manifest)


def restore(settings: Settings, source: Path, *, force: bool = False) -> Backup:
    """Put a backup in place of the library; a crash leaves the old or the new one.

    With ``force`` also where there is a library, which is kept beside it as
    ``catalog.before-restore.sqlite``. Every byte of the backup is checked
    first. The library gets a history of its own, so that index files made of
    the old one are never used. Raises InputError for a bad backup, StoreError
    where the library is in use or must not be replaced.
    """
    _require_sqlite(settings)
    manifest = _checked(source)
    store = settings.store
    present = store / CATALOG
    if present.exists() and not force:
        raise StoreError(
            f"{store} 里已有资料库，没有恢复；确要替换请加 --force"
            "（原来的会留作 catalog.before-restore.sqlite）。"
        )
    with _saying(f"从 {source} 恢复"):
        store.mkdir(parents=True, exist_ok=True)
        names = [name for name in (JOBS, CONVERSATIONS, CATALOG) if name in manifest["files"]]
        for name in names:
            shutil.copyfile(source / name, store / f"{name}.restoring")
        with closing(sqlite3.connect(store / f"{CATALOG}.restoring")) as db, db:
            db.execute("UPDATE meta SET value = ? WHERE key = 'library'", (uuid4().hex,))
        for name in names:
            digest(store / f"{name}.restoring", sync=True)
        for name in names:
            _release(store / name)
        if present.exists():
            kept = present.with_name("catalog.before-restore.sqlite")
            kept.unlink(missing_ok=True)
            os.link(present, kept)
        for name in names:
            (store / f"{name}.restoring").replace(store / name)
        sync_folder(store)
    return _described(source, manifest)


def sqlite_problems(path: Path) -> list[str]:
    """What SQLite finds wrong with a database, in its own words; none is sound."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            found = [str(row[0]) for row in db.execute("PRAGMA quick_check")]
            broken = db.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    found += [f"{row[0]} 第 {row[1]} 行没有所属的 {row[2]}" for row in broken]
    return [line for line in found if line != "ok"]


def _checked(source: Path) -> dict[str, Any]:
    """The manifest of a backup that is whole; raises InputError."""
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_bytes())
        files = dict(manifest["files"])
        if manifest["format"] != _FORMAT or manifest["schema"] not in _READ:
            raise InputError(
                f"备份 {source} 由会问 {manifest['huiwen']} 所做，资料库版本 {manifest['schema']}，"
                f"本程序需要 {SCHEMA_VERSION}；请用做备份的那个版本恢复。"
            )
        wrong = [name for name in files if digest(source / Path(name).name) != files[name]]
        if CATALOG not in files:
            wrong.append(CATALOG)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{source} 不是完整的备份：{error}。请给出 huiwen backup 所建的文件夹。"
        ) from error
    if wrong:
        raise InputError(
            f"备份 {source} 已损坏：{'、'.join(wrong)} 与校验值不符，没有恢复；请改用另一份备份。"
        )
    for name in files:
        _require_sound(source / Path(name).name)
    if _counts(source / CATALOG) != manifest["counts"]:
        raise InputError(f"备份 {source} 的文件数与清单不符，没有恢复；请改用另一份备份。")
    return manifest


def _require_sqlite(settings: Settings) -> None:
    if settings.catalog_url:
        raise ConfigError(
            "资料库不在资料库目录里（配置 catalog_url），请用数据库自己的工具：PostgreSQL "
            "用 pg_dump 备份、pg_restore 恢复；恢复后运行 huiwen doctor --repair。"
        )


def _require_sound(path: Path) -> None:
    if problems := sqlite_problems(path):
        raise StoreError(
            f"{path.name} 没有通过检查：{'；'.join(problems[:3])}。"
            "请运行 huiwen doctor 查看资料库，并从较早的备份恢复。"
        )


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as db, closing(sqlite3.connect(target)) as to:
        # In one step, which is of one moment; in WAL mode writers go on meanwhile.
        db.backup(to)
        _without_log(to)


def _without_log(db: sqlite3.Connection) -> None:
    """Make a database a single file, complete without a log beside it."""
    mode = db.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    if mode != "delete":
        # So it says that there was no room, instead of raising.
        raise sqlite3.OperationalError(f"journal_mode {mode}")


def _counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        return {
            table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
            for table in _COUNTED
        }


def _release(path: Path) -> None:
    """Make a database a single file that nobody has open, so that it can be replaced.

    A log left beside another database would be played into it. Raises
    StoreError where a process has it open.
    """
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=1)) as db:
            _without_log(db)
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StoreError(
            f"资料库 {path} 正被使用，没有恢复；请先停止 huiwen serve 等程序。"
        ) from error
    except sqlite3.DatabaseError:
        # Damaged, which is why it is replaced.
        pass
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(path.with_name(f"{path.name}{end}.damaged"))


@contextmanager
def _saying(doing: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"无法{doing}：{error}。请检查磁盘空间与文件夹权限，再运行一次；原有的文件没有变。"
        ) from error


def _described(folder: Path, manifest: Mapping[str, Any]) -> Backup:
    counts = manifest["counts"]
    return Backup(folder, str(manifest["made_at"]), counts["documents"], counts["passages"])
