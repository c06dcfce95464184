"""23,152 news articles (CRUD-RAG) cut by our own chunker, and questions about some of them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.collection import PASSAGE_CHARS, Collection, Topic, lone_document, read
from huiwen.errors import InputError
from huiwen.types import Document, Passage
from ingest.chunk import chunk
from ingest.normalise import normalise

_FOLDER = Path("datasets") / "news"
_QUESTIONS = Path("datasets") / "news_qa_dev.jsonl"
_DATED = re.compile(r"^(\d{4}-\d{2}-\d{2})[^，]*，正文：")
_HEAD = re.compile(r"^[^，]{0,24}，正文：")
# Articles sharing so many of their stretches are the same report in two papers.
_STRETCH, _SAME = 12, 0.6
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; every group of ``answers`` must be matched by one of its aliases."""

    id: str
    question: str
    answers: tuple[tuple[str, ...], ...]
    article_starts: str


def load_news(data: Path) -> Collection:
    """All articles as one pool; raises as ``read`` does.

    Relevant are the passages of the article a question was asked of, and of
    other papers' copies of it, that hold a whole answer; where none does, all
    passages of the article and its copies.
    """
    texts = load_articles(data)
    passages: list[Passage] = []
    places: list[range] = []
    for text in texts:
        cut = chunk(document_of(text), PASSAGE_CHARS)
        places.append(range(len(passages), len(passages) + len(cut)))
        passages.extend(cut)
    asked = read(data / _QUESTIONS, _asked, "JSON Lines")
    topics = []
    for question, articles in zip(asked, _articles_of(asked, texts), strict=True):
        own = [place for article in articles for place in places[article]]
        answering = [place for place in own if _answers(question, passages[place].text)]
        topics.append(Topic(question.id, question.question, frozenset(answering or own)))
    return Collection("news", tuple(passages), tuple(topics))


def load_articles(data: Path) -> list[str]:
    """The articles in the order of the files, repeated ones once; raises as ``read`` does."""
    folder = data / _FOLDER
    files = sorted(folder.glob("*.txt")) or [folder / "part_2_1.txt"]
    lines = [line for path in files for line in read(path, lambda text: text.split("\n"), "文本")]
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def document_of(text: str) -> Document:
    """An article without its head, which only dates it."""
    dated, head = _DATED.match(text), _HEAD.match(text)
    return lone_document(text[head.end() :] if head else text, dated[1] if dated else "")


def _asked(content: str) -> list[Asked]:
    rows = [json.loads(line) for line in content.split("\n") if line.strip()]
    return [
        Asked(
            row["id"],
            row["question"],
            tuple(tuple(group) for group in row["answers"]),
            row["article_starts"],
        )
        for row in rows
    ]


def _answers(question: Asked, text: str) -> bool:
    plain = _SPACE.sub("", normalise(text))
    return all(
        any(_SPACE.sub("", normalise(alias)) in plain for alias in group)
        for group in question.answers
    )


def _articles_of(asked: Sequence[Asked], texts: Sequence[str]) -> Iterator[list[int]]:
    """For every question its article, first, and the copies of that."""
    starts = {question.article_starts: -1 for question in asked}
    for at, text in enumerate(texts):
        for start in starts:
            if starts[start] < 0 and text.startswith(start):
                starts[start] = at
    copies = _copies(set(starts.values()), texts)
    for question in asked:
        article = starts[question.article_starts]
        if article < 0:
            raise InputError(
                f"新闻数据里没有问题 {question.id} 所问的文章“{question.article_starts}”。"
                "请重新取得 datasets/news。"
            )
        yield [article, *copies[article]]


def _copies(wanted: set[int], texts: Sequence[str]) -> dict[int, list[int]]:
    stretches = {at: _stretches(texts[at]) for at in wanted}
    owners: defaultdict[str, set[int]] = defaultdict(set)
    for at, found in stretches.items():
        for stretch in found:
            owners[stretch].add(at)
    copies: dict[int, list[int]] = {at: [] for at in wanted}
    for other, text in enumerate(texts):
        shared: defaultdict[int, int] = defaultdict(int)
        for stretch in _stretches(text):
            for at in owners.get(stretch, ()):
                shared[at] += 1
        for at, count in shared.items():
            if other != at and count >= _SAME * len(stretches[at]):
                copies[at].append(other)
    return copies


def _stretches(text: str) -> set[str]:
    head = _HEAD.match(text)
    bare = _SPACE.sub("", text[head.end() :] if head else text)
    return {bare[at : at + _STRETCH] for at in range(max(1, len(bare) - _STRETCH + 1))}
