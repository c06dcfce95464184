"""What is wrong with an installation, and what to do about each finding."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

import numpy as np

from huiwen.errors import HuiwenError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from index.backup import CATALOG, JOBS, sqlite_problems
from index.catalog import Catalog, require_embedder
from index.database import sqlite_url
from index.embedder import Embedder
from index.engines import open_engine
from index.generation import MANIFEST, states
from index.local_engine import BASE_ROWS, LocalEngine
from index.milvus_engine import MilvusEngine

# Room for a rebuilt index and the log of a large write; below the other nothing can be stored.
_ROOM_MB, _LEAST_MB = 1024, 100
_RESTORE = "停止服务，用 huiwen restore 从备份恢复；没有备份时移走资料库目录，重新收录。"


class Level(StrEnum):
    """How bad a finding is: ``WRONG`` makes the check fail."""

    FINE = "正常"
    NOTE = "注意"
    WRONG = "有问题"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what it is, how it is and, unless fine, the remedy."""

    level: Level
    subject: str
    message: str
    remedy: str = ""


Load = Callable[[], Embedder]


def examine(settings: Settings, load: Load) -> Iterator[Finding]:
    """Look at everything; changes nothing. ``load`` gives the embedder or raises ModelError."""
    yield from folder(settings.store)
    yield from _models(settings)
    try:
        embedder: Embedder | None = load()
    except HuiwenError as error:
        embedder = None
        yield Finding(Level.WRONG, "向量模型", str(error), "huiwen models pull")
    if settings.catalog_url:
        yield Finding(Level.FINE, "资料库文件", "在数据库服务里，由数据库自己检查")
    elif not (settings.store / CATALOG).exists():
        yield Finding(Level.FINE, "资料库", "还没有收录文件")
        return
    else:
        problems = sqlite_problems(settings.store / CATALOG)
        yield _verdict("资料库文件", problems, "quick_check 与 foreign_key_check 通过", _RESTORE)
        if problems:
            return
    yield from _library(settings, embedder)
    yield from _jobs(settings.store / JOBS)


def repair(settings: Settings, embedder: Embedder) -> bool:
    """Make the index anew from the catalogue; False where another process is at it."""
    with closing(_catalog(settings)) as catalog:
        require_embedder(catalog.meta("embedder"), embedder.fingerprint)
        changes = partial(catalog.changes, dimension=embedder.dimension)
        with closing(open_engine(settings, catalog, embedder.dimension)) as engine:
            if isinstance(engine, LocalEngine):
                # Twice: the damaged one would stay on as the previous one.
                return not catalog.size or (engine.compact(changes) and engine.compact(changes))
            if isinstance(engine, MilvusEngine):
                engine.reset()
            for change in changes(engine.generation):
                engine.apply(change)
            return True


def _catalog(settings: Settings) -> Catalog:
    return Catalog(settings.catalog_url or sqlite_url(settings.store / CATALOG))


def _verdict(subject: str, problems: Sequence[str], fine: str, remedy: str) -> Finding:
    if not problems:
        return Finding(Level.FINE, subject, fine)
    more = f" 等 {len(problems)} 处" if len(problems) > 3 else ""
    return Finding(Level.WRONG, subject, "；".join(problems[:3]) + more, remedy)


def folder(store: Path) -> Iterator[Finding]:
    """Whether the store's folder can be written and how much room it has."""
    there = store if store.exists() else store.absolute().parent
    while not there.exists():
        there = there.parent
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            Level.WRONG, "资料库目录", f"{there} 不能读写", "改正目录的权限或配置 store。"
        )
    free = shutil.disk_usage(there).free // 2**20
    level = Level.FINE if free >= _ROOM_MB else Level.NOTE if free >= _LEAST_MB else Level.WRONG
    remedy = "" if level is Level.FINE else "清理磁盘，或把资料库移到更大的盘（配置 store）。"
    yield Finding(level, "磁盘空间", f"{there} 所在的盘剩余 {free} MB", remedy)


def _models(settings: Settings) -> Iterator[Finding]:
    rows = [(Role.EMBEDDER, settings.embedder)]
    if settings.llm_backend not in ("openai", "none"):
        rows.append((Role.LLM, settings.llm))
    store = ModelStore(settings)
    for role, name in rows:
        try:
            store.resolve(role, name)
            wrong = [check.file for check in store.verify(role, name) if not check.ok]
        except HuiwenError as error:
            wrong = [str(error)]
        remedy = f"删除 {settings.models_dir} 里的该模型，再运行 huiwen models pull。"
        yield _verdict(f"模型 {name}", wrong, "文件齐全，与登记的校验值相符", remedy)


def _library(settings: Settings, embedder: Embedder | None) -> Iterator[Finding]:
    try:
        with closing(_catalog(settings)) as catalog:
            yield Finding(Level.FINE, "资料库版本", f"与程序相符，第 {catalog.generation} 代")
            yield _texts(catalog)
            if embedder is None:
                return
            yield _embedder(catalog, embedder)
            yield _vectors(catalog, embedder)
            if settings.engine == "local":
                yield from _index(settings.store / "index", catalog)
            else:
                engine = open_engine(settings, catalog, embedder.dimension)
                with closing(engine):
                    yield Finding(Level.FINE, "检索引擎", f"已到第 {engine.generation} 代")
    except HuiwenError as error:
        yield Finding(Level.WRONG, "资料库", str(error), _RESTORE)


def _texts(catalog: Catalog) -> Finding:
    """SQLite has no checksums; what is stored twice, in text and in parts, must agree."""
    problems: list[str] = []
    texts: dict[str, str] = {}
    names = {info.id: info.name for info in catalog.documents()}
    for identity, name in names.items():
        document = catalog.document(identity)
        for paragraph in document.paragraphs if document else ():
            assert document is not None
            spans = "".join(document.text[span.start : span.end] for span in paragraph.spans)
            if spans != paragraph.text:
                problems.append(f"“{name}”有一段与原文不符")
            texts[paragraph.id] = paragraph.text
    for _, passage in catalog.texts():
        parts = [texts.get(p.paragraph_id, "")[p.start : p.end] for p in passage.pieces]
        if "\n".join(parts) != passage.text:
            problems.append(f"“{passage.document_name}”有一个片段与段落不符")
    fine = f"{len(names)} 个文件、{catalog.size} 个片段，段落与原文、片段与段落处处相符"
    return _verdict("资料库内容", problems, fine, "重新收录这些文件：先 huiwen delete 再 ingest。")


def _embedder(catalog: Catalog, embedder: Embedder) -> Finding:
    stored = catalog.meta("embedder")
    problems = []
    if stored not in (None, embedder.fingerprint):
        problems = [f"资料库用的是 {stored}，现在配置的是 {embedder.fingerprint}"]
    return _verdict(
        "向量模型", problems, embedder.fingerprint, "huiwen reindex，或改回原来的模型。"
    )


def _vectors(catalog: Catalog, embedder: Embedder) -> Finding:
    """As many usable vectors as passages: of the dimension, finite, of unit length."""
    usable = 0
    for change in catalog.changes(0, embedder.dimension):
        if change.added:
            lengths = np.linalg.norm(np.stack([entry.vector for entry in change.added]), axis=1)
            usable += int((np.abs(lengths - 1) < 0.01).sum())
    missing = catalog.size - usable
    problems = [f"{missing} 个片段的向量缺失、维数不对或已损坏"] if missing else []
    return _verdict(
        "向量", problems, f"{usable} 个，{embedder.dimension} 维", "运行 huiwen reindex 重新计算。"
    )


def _index(root: Path, catalog: Catalog) -> Iterator[Finding]:
    found = states(root)
    for state in found:
        subject = "索引" if state.name == MANIFEST else "上一代索引"
        remedy = "不影响结果，只是慢；运行 huiwen doctor --repair 重建。"
        if not state.whole or state.facts is None:
            yield Finding(Level.WRONG, subject, f"{root} 里的文件已损坏", remedy)
        elif state.facts["library"] != catalog.library:
            yield Finding(Level.NOTE, subject, "属于另一个资料库，不会使用", remedy)
        else:
            behind = catalog.generation - int(state.facts["generation"])
            said = f"校验相符，落后 {behind} 代，其后的变化在内存里检索"
            yield Finding(Level.FINE, subject, said)
    size = catalog.size
    if not found and size > BASE_ROWS:
        yield Finding(Level.NOTE, "索引", f"{size} 个片段还没有索引", "huiwen doctor --repair")
    elif not found:
        yield Finding(Level.FINE, "索引", f"{size} 个片段，不多，直接在内存里检索")


def _jobs(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    if problems := sqlite_problems(path):
        remedy = f"停止服务，移走 {path}，再上传没有收录的文件。"
        yield _verdict("后台收录", problems, "", remedy)
        return
    with closing(sqlite3.connect(path)) as db:
        counts = dict(db.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
    waiting = counts.get("queued", 0) + counts.get("running", 0)
    failed = counts.get("failed", 0)
    said = f"等待或进行中 {waiting} 个，完成 {counts.get('done', 0)} 个，失败 {failed} 个"
    remedy = "在页面或 GET /api/jobs 看失败的原因。" if failed else ""
    yield Finding(Level.NOTE if failed else Level.FINE, "后台收录", said, remedy)
