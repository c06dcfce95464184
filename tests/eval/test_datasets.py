import json
from pathlib import Path

import pytest

from eval.datasets import CMRC, Reading, ReadingQuestion, load_cmrc
from huiwen.errors import InputError, NotFoundError
from huiwen.settings import load_settings


def write(data: Path, content: str) -> None:
    (data / CMRC).parent.mkdir(parents=True, exist_ok=True)
    (data / CMRC).write_text(content, encoding="utf-8")


def paragraph(context: str, *questions: tuple[str, list[str]]) -> dict[str, object]:
    return {
        "context": context,
        "qas": [
            {"id": name, "question": f"{name}？", "answers": [{"text": text} for text in texts]}
            for name, texts in questions
        ],
    }


def test_questions_point_to_their_context(tmp_path: Path) -> None:
    paragraphs = [
        paragraph("甲文", ("a", ["一", "一", "二"])),
        paragraph("乙文", ("b", ["三"])),
        paragraph("甲文", ("c", ["四"])),
    ]
    write(tmp_path, json.dumps({"data": [{"paragraphs": paragraphs}]}))
    assert load_cmrc(tmp_path) == Reading(
        ("甲文", "乙文"),
        (
            ReadingQuestion("a", "a？", ("一", "二"), 0),
            ReadingQuestion("b", "b？", ("三",), 1),
            ReadingQuestion("c", "c？", ("四",), 0),
        ),
        ("", ""),
    )


def test_an_absent_or_broken_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="HUIWEN_DATA"):
        load_cmrc(tmp_path)
    for content in ("{", "[]", '{"data": [{"paragraphs": [{"context": "甲", "qas": 1}]}]}'):
        write(tmp_path, content)
        with pytest.raises(InputError, match="SQuAD"):
            load_cmrc(tmp_path)


def test_the_shared_data_holds_its_answers() -> None:
    data = load_settings().data
    if not (data / CMRC).is_file():
        pytest.skip(f"no {data / CMRC}")
    reading = load_cmrc(data)
    assert len(reading.questions) > 900
    for question in reading.questions:
        assert any(answer in reading.contexts[question.context] for answer in question.answers)
