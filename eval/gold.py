"""Gold questions: what is asked, what a right answer says and where it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from eval.matching import normalise
from huiwen.errors import InputError, NotFoundError

REFUSED_TYPES = frozenset({"unanswerable", "false-premise", "no-permission"})
DEFAULT_TYPE = "fact"


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """One question.

    ``answers`` holds groups of accepted aliases; a right answer matches one
    alias of every group. ``quotes`` are exact substrings of the documents.
    ``confirmed`` is false for what was drafted and not yet read by a person.
    """

    id: str
    question: str
    type: str = DEFAULT_TYPE
    answers: tuple[tuple[str, ...], ...] = ()
    quotes: tuple[str, ...] = ()
    confirmed: bool = True

    @property
    def answerable(self) -> bool:
        """False where the only right thing to do is to refuse."""
        return bool(self.answers) and self.type not in REFUSED_TYPES


@dataclass(frozen=True, slots=True)
class _Line:
    path: Path
    number: int

    def fail(self, problem: str, remedy: str) -> NoReturn:
        raise InputError(f"题集 {self.path} 第 {self.number} 行：{problem}。{remedy}。")


def load_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """Read a JSONL file of gold questions; unknown fields are ignored.

    Raises NotFoundError where there is no such file and InputError, naming
    the line and the remedy, where it is not a set of gold questions.
    """
    questions: dict[str, GoldQuestion] = {}
    for number, content in enumerate(_read(path).split("\n"), start=1):
        if not content.strip():
            continue
        line = _Line(path, number)
        question = _question(content, line)
        if question.id in questions:
            line.fail(f"编号 {question.id!r} 与前面的题重复", "请给每题一个不同的 id")
        questions[question.id] = question
    if not questions:
        raise InputError(f"题集 {path} 中没有题目。请每行写一个 JSON 对象。")
    return tuple(questions.values())


def _read(path: Path) -> str:
    try:
        # Editors on Windows put a byte order mark first.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"题集 {path} 不存在。请检查路径。") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"题集 {path} 不是 UTF-8 文本（第 {error.start} 字节起无法解码）。请另存为 UTF-8。"
        ) from None
    except OSError as error:
        raise InputError(
            f"题集 {path} 无法读取：{error.strerror}。请检查它是文件且可读。"
        ) from error


def _question(content: str, line: _Line) -> GoldQuestion:
    try:
        row = json.loads(content)
    except (json.JSONDecodeError, RecursionError):
        line.fail("不是合法的 JSON", "请检查引号与逗号，每题须写在同一行")
    if not isinstance(row, dict):
        line.fail("不是 JSON 对象", "请写成 {…}，至少含 id、question、answers")
    return GoldQuestion(
        id=_text(row.get("id"), "id", line),
        question=_text(row.get("question"), "question", line),
        type=_text(row.get("type", DEFAULT_TYPE), "type", line),
        answers=_answers(row, line),
        quotes=_quotes(row, line),
        confirmed=_flag(row.get("confirmed", True), "confirmed", line),
    )


def _flag(value: object, name: str, line: _Line) -> bool:
    if not isinstance(value, bool):
        line.fail(f"字段 {name} 不是 true 或 false", f"请把 {name} 写成 true 或 false")
    return value


def _text(value: object, name: str, line: _Line) -> str:
    if not isinstance(value, str) or not value.strip():
        line.fail(f"字段 {name} 不是非空字符串", f"请补上 {name}")
    return value


def _list(value: object, name: str, line: _Line) -> list[object]:
    if not isinstance(value, list):
        line.fail(f"字段 {name} 不是列表", f"请把 {name} 写成 […]")
    return value


def _answers(row: Mapping[str, object], line: _Line) -> tuple[tuple[str, ...], ...]:
    if "answers" not in row:
        line.fail("缺少字段 answers", "请列出答案；应当拒答的题写 []")
    return tuple(_group(group, line) for group in _list(row["answers"], "answers", line))


def _group(value: object, line: _Line) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        line.fail("answers 中有一组不是非空列表", '请写成 [["说法一", "说法二"], …]')
    aliases = tuple(_text(alias, "answers 中的答案", line) for alias in value)
    for alias in aliases:
        if not normalise(alias):
            line.fail(f"答案 {alias!r} 去掉空白后没有内容", "请写出答案的文字")
    return aliases


def _quotes(row: Mapping[str, object], line: _Line) -> tuple[str, ...]:
    quotes = []
    for item in _list(row.get("evidence", []), "evidence", line):
        if not isinstance(item, dict):
            line.fail("evidence 中有一项不是对象", '请写成 {"quote": "原文"}')
        quote = _text(item.get("quote"), "evidence 中的 quote", line)
        if not normalise(quote):
            line.fail(f"依据 {quote!r} 去掉空白后没有内容", "请写出原文的文字")
        quotes.append(quote)
    return tuple(quotes)
