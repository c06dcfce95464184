"""A gold file as it is worked on: every field of every line is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eval.gold import load_gold
from huiwen.errors import InputError

_ALIAS, _PART = "|", ";"


class Sheet:
    """Rows of a gold file; written whole and at once."""

    def __init__(self, path: Path, rows: Sequence[Mapping[str, object]]) -> None:
        self.path = path
        self._rows: list[dict[str, object]] = [dict(row) for row in rows]

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Empty where there is no such file yet; raises InputError where it is no gold file."""
        if not path.exists():
            return cls(path, [])
        load_gold(path)
        text = path.read_text(encoding="utf-8-sig")
        return cls(path, [json.loads(line) for line in text.split("\n") if line.strip()])

    def has(self, question: str) -> bool:
        return any(row["question"] == question for row in self._rows)

    def add(self, rows: Sequence[Mapping[str, object]]) -> None:
        self._rows += [dict(row) for row in rows]

    def open(self) -> Iterator[dict[str, object]]:
        """The rows not confirmed; each may be changed, or removed with ``remove``."""
        yield from [row for row in self._rows if row.get("confirmed", True) is False]

    def remove(self, row: dict[str, object]) -> None:
        self._rows.remove(row)

    def write(self) -> None:
        """Raises InputError where the file cannot be written."""
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in self._rows]
        draft = self.path.with_name(self.path.name + ".partial")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text("".join(lines), encoding="utf-8")
            draft.replace(self.path)
        except OSError as error:
            raise InputError(
                f"题集 {self.path} 无法写入：{error.strerror}。请换一个可写的位置。"
            ) from error


def told(answers: object) -> str:
    """Answers as a person edits them: aliases by ``|``, parts by ``;``."""
    groups = answers if isinstance(answers, list) else []
    return f"{_PART} ".join(f" {_ALIAS} ".join(group) for group in groups)


def read_answers(text: str) -> list[list[str]]:
    """The inverse of ``told``; full-width marks do too. An empty text is a refusal."""
    plain = text.replace("；", _PART).replace("｜", _ALIAS)
    groups = [
        [alias.strip() for alias in part.split(_ALIAS) if alias.strip()]
        for part in plain.split(_PART)
    ]
    return [group for group in groups if group]
