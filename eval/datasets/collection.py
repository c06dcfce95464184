"""Passages, questions about them, and which passages answer which question."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from huiwen.errors import InputError, NotFoundError
from huiwen.types import Document, IngestReport, Metadata, Paragraph, ParagraphKind, Passage, Span

# The default of the setting ``passage_chars``.
PASSAGE_CHARS = 320
Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Topic:
    """A question; ``relevant`` are the places in ``Collection.passages`` that answer it."""

    id: str
    question: str
    relevant: frozenset[int]


@dataclass(frozen=True, slots=True)
class Collection:
    """One pool of passages and the topics judged on it."""

    name: str
    passages: tuple[Passage, ...]
    topics: tuple[Topic, ...]


def lone_passage(text: str, title: str = "") -> Passage:
    """A passage that is a document of its own."""
    identity = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:16]
    return Passage(identity, identity, identity, title, (), text, ())


def lone_document(text: str, date: str = "") -> Document:
    """A document of one paragraph, known by its text."""
    identity = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Document(
        id=identity,
        source=identity,
        name=identity,
        sha256=identity,
        format="txt",
        encoding="utf-8",
        text=text,
        title="",
        paragraphs=(Paragraph(identity, text, (Span(0, len(text)),), ParagraphKind.BODY),),
        report=IngestReport(),
        metadata=Metadata(date=date),
    )


def read(path: Path, parse: Callable[[str], Parsed], layout: str) -> Parsed:
    """What ``parse`` makes of a file.

    Raises NotFoundError where the file is absent and InputError where it is
    not in the ``layout`` that ``parse`` expects.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(
            f"数据 {path} 不存在。请用环境变量 HUIWEN_DATA 指明公开数据目录。"
        ) from None
    try:
        return parse(content)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"数据 {path} 不是 {layout} 格式。请重新取得该文件。") from error
