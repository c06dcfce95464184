"""Rows of a run under way, on disk as they come: a run cut off goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.run import Row
from eval.task import Task

_ROW = TypeAdapter(Row)
_ROOT = Path(__file__).parent.parent
# What decides an answer. A run is taken up again only by the same code.
_CODE = ("huiwen", "ingest", "index", "answer", "eval")
_KEY = 12


class Journal:
    """A JSONL file of rows; one cut short at the end is asked anew."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._rows: dict[str, Row] = {}
        if path.exists():
            self._read()

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, task: Task) -> Row | None:
        """The row of a task asked before, ``None`` where it was not or was asked otherwise."""
        row = self._rows.get(task.gold.id)
        return row if row and row.question == task.gold.question else None

    def add(self, row: Row) -> None:
        with self.path.open("ab") as file:
            file.write(_ROW.dump_json(row) + b"\n")
        self._rows[row.id] = row

    def forget(self, rows: Iterable[Row]) -> None:
        """Drop the rows of a run that is stored; what a larger run left behind stays."""
        for row in rows:
            self._rows.pop(row.id, None)
        if not self._rows:
            self.path.unlink(missing_ok=True)
            return
        draft = self.path.with_name(self.path.name + ".partial")
        draft.write_bytes(b"".join(_ROW.dump_json(row) + b"\n" for row in self._rows.values()))
        draft.replace(self.path)

    def _read(self) -> None:
        whole = 0
        for line in self.path.read_bytes().splitlines(keepends=True):
            try:
                row = _ROW.validate_json(line)
            except ValidationError:
                break
            if not line.endswith(b"\n"):
                break
            self._rows[row.id] = row
            whole += len(line)
        with self.path.open("r+b") as file:
            file.truncate(whole)


def journal_key(told: Mapping[str, object]) -> str:
    """Names a run by what was asked under which settings (``told``) and by our code."""
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode())
    for package in _CODE:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in {".py", ".json", ".gbnf"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:_KEY]
