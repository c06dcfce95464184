"""Reading comprehension data for measuring; it stays outside the repository."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from huiwen.errors import InputError, NotFoundError

CMRC = Path("datasets") / "cmrc2018_trial.json"


@dataclass(frozen=True, slots=True)
class ReadingQuestion:
    """A question whose ``answers`` (all accepted) stand in the context of that index."""

    id: str
    question: str
    answers: tuple[str, ...]
    context: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Texts and questions about them."""

    contexts: tuple[str, ...]
    questions: tuple[ReadingQuestion, ...]


def load_cmrc(data: Path) -> Reading:
    """Load the trial part of CMRC 2018 from the folder ``settings.data``.

    Raises NotFoundError where the file is absent and InputError where it is
    not in the SQuAD layout.
    """
    path = data / CMRC
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(
            f"数据 {path} 不存在。请用环境变量 HUIWEN_DATA 指明公开数据目录。"
        ) from None
    try:
        articles = json.loads(content)["data"]
        paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
        return _reading(paragraphs)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(f"数据 {path} 不是 SQuAD 格式。请重新取得该文件。") from error


def _reading(paragraphs: list[dict[str, object]]) -> Reading:
    indexes: dict[str, int] = {}
    questions = []
    for paragraph in paragraphs:
        index = indexes.setdefault(str(paragraph["context"]), len(indexes))
        qas = paragraph["qas"]
        if not isinstance(qas, list):
            raise TypeError("qas")
        for qa in qas:
            answers = dict.fromkeys(answer["text"] for answer in qa["answers"])
            questions.append(ReadingQuestion(qa["id"], qa["question"], tuple(answers), index))
    return Reading(tuple(indexes), tuple(questions))
