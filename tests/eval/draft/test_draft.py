import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from eval import cli as eval_cli
from eval.draft.model import draft_with
from eval.draft.sheet import read_answers, told
from eval.gold import load_gold
from huiwen import cli
from huiwen.errors import InputError, NotFoundError
from huiwen.settings import Settings
from index.library import Library
from ingest.parse import parse
from tests.eval.draft.test_rules import MINUTES, SPEECH
from tests.fakes import HashEmbedder, ScriptedGenerator


@pytest.fixture
def library(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(eval_cli, "load_settings", lambda: settings)
    monkeypatch.setattr("index.embedder.load_embedder", lambda _: HashEmbedder())
    with Library(settings, HashEmbedder()) as made:
        made.add("纪要.txt", MINUTES.encode())
        made.add("发言.txt", SPEECH.encode())
    return settings


def invoke(*arguments: object, said: str = "") -> Result:
    return CliRunner().invoke(cli.app, ["eval", *map(str, arguments)], input=said)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_drafts_are_gold_and_wait_for_a_person(library: Settings, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    result = invoke("draft", gold, "--count", 5, "--refused", 2)
    assert result.exit_code == 0, result.output
    questions = load_gold(gold)
    assert len(questions) == 7
    assert not any(question.confirmed for question in questions)
    assert [question.answerable for question in questions] == [True] * 5 + [False] * 2
    assert {row["evidence"][0]["document"] for row in rows(gold)[:5]} == {"纪要.txt", "发言.txt"}
    again = invoke("draft", gold, "--count", 99, "--refused", 0)
    assert again.exit_code == 0
    asked = [row["question"] for row in rows(gold)]
    assert len(set(asked)) == len(asked) > 7


def test_nothing_to_draft_from_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(eval_cli, "load_settings", lambda: settings)
    monkeypatch.setattr("index.embedder.load_embedder", lambda _: HashEmbedder())
    assert "huiwen ingest" in str(invoke("draft", tmp_path / "a.jsonl").exception)
    with Library(settings, HashEmbedder()) as made:
        made.add("空.txt", "大家都来了。".encode())
    assert "没有可以出题的句子" in str(invoke("draft", tmp_path / "a.jsonl").exception)


def sheet(path: Path) -> Path:
    lines = [
        {"id": f"d{n}", "question": f"第{n}问？", "type": "fact", "answers": [["甲", "乙"]],
         "evidence": [{"quote": "甲", "document": "纪要.txt"}], "confirmed": False, "own": n}
        for n in range(5)
    ]  # fmt: skip
    lines.append({"id": "old", "question": "旧问？", "answers": []})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_questions_are_confirmed_one_by_one(tmp_path: Path) -> None:
    gold = sheet(tmp_path / "gold.jsonl")
    result = invoke("confirm", gold, said="y\ne\n新的问题？\n丙｜丁；戊\nd\ns\nq\n")
    assert result.exit_code == 0, result.output
    assert "还有 2 题没有确认" in result.output
    by_id = {row["id"]: row for row in rows(gold)}
    assert by_id["d0"]["confirmed"] is True
    assert by_id["d1"]["question"] == "新的问题？"
    assert by_id["d1"]["answers"] == [["丙", "丁"], ["戊"]]
    assert by_id["d1"]["own"] == 1, "fields of others are kept"
    assert "d2" not in by_id
    assert not by_id["d3"]["confirmed"]
    assert not by_id["d4"]["confirmed"]
    assert by_id["old"] == {"id": "old", "question": "旧问？", "answers": []}
    assert "全部确认了" in invoke("confirm", gold, said="y\ny\n").output
    assert all(question.confirmed for question in load_gold(gold))


def test_a_sheet_that_is_none_is_refused(tmp_path: Path) -> None:
    assert isinstance(invoke("confirm", tmp_path / "no.jsonl").exception, NotFoundError)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"id": "a"}\n', "utf-8")
    assert isinstance(invoke("confirm", broken).exception, InputError)


@pytest.mark.parametrize("answers", [[["甲", "乙"], ["丙"]], [["甲"]], []])
def test_answers_are_read_as_they_are_told(answers: list[list[str]]) -> None:
    assert read_answers(told(answers)) == answers


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("问题：城乡管网改造工程概算总投资是多少？\n答案：12.86亿元", "12.86亿元"),
        ("问题: 城乡管网改造的概算是多少？\n\n答案: “12.86亿元”。", "12.86亿元"),
        ("问题：城乡管网改造工程概算总投资是多少？\n答案：13亿元", None),
        ("问题：2029年城乡管网改造概算总投资是多少？\n答案：12.86亿元", None),
        ("问题：总投资12.86亿元的是什么工程，概算多少？\n答案：12.86亿元", None),
        ("问题：多少？\n答案：12.86亿元", None),
        ("问题：会议研究了城乡管网改造工程。\n答案：12.86亿元", None),
        ("我不知道。", None),
    ],
)
def test_what_the_model_writes_is_held_to_the_paragraph(reply: str, answer: str | None) -> None:
    text = next(part for part in MINUTES.split("\n\n") if "12.86" in part)
    document = parse("纪要.txt", f"纪要\n\n{text}\n".encode())
    found = list(draft_with(ScriptedGenerator(reply), document))
    assert [one.answers for one in found] == ([((answer,),)] if answer else [])
    assert all(answer and answer in one.quote for one in found)
