"""Reading comprehension data in the SQuAD layout: CMRC 2018 and DRCD."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.collection import (
    PASSAGE_CHARS,
    Collection,
    Topic,
    lone_document,
    lone_passage,
    read,
)
from huiwen.types import Passage
from ingest.chunk import chunk

CMRC = Path("datasets") / "cmrc2018_trial.json"
DRCD = Path("datasets") / "drcd_dev.json"


@dataclass(frozen=True, slots=True)
class ReadingQuestion:
    """A question whose ``answers`` (all accepted) stand in the context of that index.

    ``start`` is where the first of them does, ``None`` where the file does not tell.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    context: int
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Texts, the titles of the articles they are from, and questions about them."""

    contexts: tuple[str, ...]
    questions: tuple[ReadingQuestion, ...]
    titles: tuple[str, ...]


def load_cmrc(data: Path) -> Reading:
    """The trial part of CMRC 2018 from the folder ``settings.data``; raises as ``read`` does."""
    return read(data / CMRC, _reading, "SQuAD")


def load_drcd(data: Path) -> Reading:
    """The development part of DRCD, in traditional characters; raises as ``read`` does."""
    return read(data / DRCD, _reading, "SQuAD")


def as_collection(name: str, reading: Reading, *, titled: bool = False) -> Collection:
    """All contexts as one pool; a question's only relevant passage is the one it was asked of."""
    titles = reading.titles if titled else ("",) * len(reading.contexts)
    passages = [
        lone_passage(text, title) for text, title in zip(reading.contexts, titles, strict=True)
    ]
    topics = [Topic(q.id, q.question, frozenset((q.context,))) for q in reading.questions]
    return Collection(name, tuple(passages), tuple(topics))


def cut_collection(name: str, reading: Reading) -> Collection:
    """All contexts cut as a library cuts documents.

    Relevant are the parts of the question's context that hold an answer, or
    all of them where an answer was cut in two.
    """
    passages: list[Passage] = []
    places: list[range] = []
    for text in reading.contexts:
        parts = chunk(lone_document(text), PASSAGE_CHARS)
        places.append(range(len(passages), len(passages) + len(parts)))
        passages.extend(parts)
    topics = []
    for question in reading.questions:
        own = places[question.context]
        holding = [at for at in own if any(a in passages[at].text for a in question.answers)]
        topics.append(Topic(question.id, question.question, frozenset(holding or own)))
    return Collection(name, tuple(passages), tuple(topics))


def _reading(content: str) -> Reading:
    titles: dict[str, str] = {}
    indexes: dict[str, int] = {}
    questions = []
    for article in json.loads(content)["data"]:
        for paragraph in article["paragraphs"]:
            context = str(paragraph["context"])
            index = indexes.setdefault(context, len(indexes))
            titles.setdefault(context, str(article.get("title", "")))
            qas = paragraph["qas"]
            if not isinstance(qas, list):
                raise TypeError("qas")
            for qa in qas:
                answers = dict.fromkeys(answer["text"] for answer in qa["answers"])
                start = next((answer.get("answer_start") for answer in qa["answers"]), None)
                questions.append(
                    ReadingQuestion(qa["id"], qa["question"], tuple(answers), index, start)
                )
    return Reading(tuple(indexes), tuple(questions), tuple(titles.values()))
