"""A finished run: what was asked, shown, answered and measured, and under what."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.machine import Machine
from huiwen.errors import InputError, NotFoundError
from huiwen.types import AnswerStatus

SCHEMA = 1
DEFAULT_FOLDER = Path("runs")
_STAMP = len("20261231-235959")


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage shown as evidence; ``quotes`` are the gold quotes it holds, by index."""

    number: int
    passage_id: str
    document: str
    context: str
    text: str
    quotes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation and whether its passage supports the statement (see eval.support).

    ``needed`` is ALCE's precision of one citation: the statement is backed, and
    this passage supports it alone or the others would not without it.
    """

    number: int
    supported: bool
    needed: bool | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer.

    ``backed`` is ALCE's recall of one statement: all passages it cites, taken
    together, support it. ``None`` in runs stored before it was measured.
    """

    text: str
    citations: tuple[Cited, ...] = ()
    unsupported_numbers: tuple[str, ...] = ()
    backed: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One question with its outcome.

    ``ranks`` gives, for every gold quote, the rank from 1 of the first passage
    holding it, ``None`` where none does. ``status`` is ``None`` where the
    answerer failed, with the reason in ``error``. Times are seconds from the
    call of the answerer to the arrival of the event, by the runner's clock.
    ``part`` is the part of the suite; ``plain`` is the answer without citation
    marks, empty for a refusal, which with ``references`` gives EM and F1.
    ``short`` is the answer proper without its sentence, ``None`` where the
    answerer tells none.
    """

    id: str
    question: str
    type: str
    answerable: bool
    expected: tuple[tuple[str, ...], ...]
    quotes: tuple[str, ...]
    status: AnswerStatus | None
    text: str
    correct: bool
    ranks: tuple[int | None, ...] = ()
    shown: tuple[Shown, ...] = ()
    claims: tuple[Claim, ...] = ()
    model: str = ""
    error: str = ""
    evidence_s: float | None = None
    first_token_s: float | None = None
    total_s: float | None = None
    part: str = ""
    references: tuple[str, ...] = ()
    plain: str = ""
    short: str | None = None

    @property
    def refused(self) -> bool:
        return self.status is AnswerStatus.REFUSED

    @property
    def right(self) -> bool:
        """Answered correctly, or refused where that was the right thing to do."""
        return self.correct if self.answerable else self.refused


@dataclass(frozen=True, slots=True)
class Run:
    """A run over one set of gold questions. ``started_at`` is ISO 8601 with offset."""

    started_at: str
    version: str
    gold_path: str
    gold_sha256: str
    machine: Machine
    rows: tuple[Row, ...]
    models: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str | int | float | bool | None] = field(default_factory=dict)
    schema: int = SCHEMA


_RUN = TypeAdapter(Run)


def save_run(run: Run, folder: Path = DEFAULT_FOLDER) -> Path:
    """Write ``run`` as JSON under a name made of its start; returns the path.

    Raises InputError where the folder cannot be written.
    """
    started = datetime.fromisoformat(run.started_at)
    stem = f"{started:%Y%m%d-%H%M%S}-{Path(run.gold_path).stem or 'gold'}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _free(folder, stem)
        draft = path.with_name(path.name + ".partial")
        draft.write_bytes(_RUN.dump_json(run, indent=1))
        draft.replace(path)
    except OSError as error:
        raise InputError(
            f"评测结果无法写入 {folder}：{error.strerror}。请换一个可写的目录。"
        ) from error
    return path


def load_run(path: Path) -> Run:
    """Read a stored run.

    Raises NotFoundError where there is none and InputError where the file is
    not a run of this schema.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"评测结果 {path} 不存在。请检查路径。") from None
    except OSError as error:
        raise InputError(
            f"评测结果 {path} 无法读取：{error.strerror}。请检查它是文件且可读。"
        ) from error
    schema = _schema(content)
    if schema not in (None, SCHEMA):
        raise InputError(
            f"评测结果 {path} 的格式版本是 {schema!r}，本程序只读 {SCHEMA}。请用本版本重新评测。"
        )
    try:
        return _RUN.validate_json(content)
    except ValidationError as error:
        raise InputError(
            f"{path} 不是评测结果（{error.error_count()} 处不符）。请选择 huiwen eval 存下的文件。"
        ) from error


def latest_run(folder: Path = DEFAULT_FOLDER, gold_path: str = "") -> Path | None:
    """The stored run that started last, of that set if one is given; ``None`` where none is."""
    # Names begin with the second of the start; files tell apart runs within one.
    paths = sorted(
        folder.glob("*.json"),
        key=lambda path: (path.name[:_STAMP], path.stat().st_mtime_ns),
        reverse=True,
    )
    return next((p for p in paths if not gold_path or load_run(p).gold_path == gold_path), None)


def _schema(content: bytes) -> object:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found.get("schema") if isinstance(found, dict) else None


def _free(folder: Path, stem: str) -> Path:
    path, count = folder / f"{stem}.json", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}.json"
    return path
