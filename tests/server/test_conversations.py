"""Conversations and feedback over HTTP, on a real library with scripted models."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from answer.engine import Answerer
from eval.gold import load_gold
from huiwen.settings import Settings
from huiwen.types import AnswerEvent, Filters, TextDelta
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from server.caller import Asker, Caller, Scope
from server.conversations import recorded
from server.feedback import gold_drafts
from server.history import History, TurnState
from tests.fakes import HashEmbedder, ScriptedGenerator

TEXT = (
    "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n\n会议由周立新主持召开。\n"
)
QUESTION = "河口市完成管网改造多少公里？"


@dataclass
class World:
    client: TestClient
    library: Library
    settings: Settings
    generator: ScriptedGenerator
    caller: str = ""
    groups: frozenset[str] = frozenset()

    def new(self) -> str:
        made = self.client.post("/api/conversations", json={})
        assert made.status_code == 201
        return str(made.json()["id"])

    def ask(self, conversation: str, question: str = QUESTION, **more: object) -> dict:
        path = f"/api/conversations/{conversation}/ask"
        response = self.client.post(path, json={"question": question, **more})
        assert response.status_code == 200, response.text
        return response.json()

    def turns(self, conversation: str) -> list[dict]:
        return self.client.get(f"/api/conversations/{conversation}").json()["turns"]


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    generator = ScriptedGenerator("完成管网改造120公里[1]。")
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        library.add("会议.txt", TEXT.encode())
        app = create_app(library, jobs, Answerer(library, generator, settings), settings)
        with TestClient(app, raise_server_exceptions=False) as client:
            world = World(client, library, settings, generator)
            (needed,) = Asker.__metadata__  # type: ignore[attr-defined]
            app.dependency_overrides[needed.dependency] = lambda: Caller(
                world.caller, frozenset({Scope.ASK}), world.groups, world.caller
            )
            yield world


def test_a_conversation_from_first_question_to_deletion(world: World) -> None:
    identity = world.new()
    answered = world.ask(identity)
    assert answered["state"] == "answered"
    assert answered["answer"]["text"] == "完成管网改造120公里。[1]"
    assert answered["notices"] == []
    (listed,) = world.client.get("/api/conversations").json()
    assert (listed["id"], listed["title"], listed["turns"]) == (identity, QUESTION, 1)
    path = f"/api/conversations/{identity}"
    assert world.client.patch(path, json={"title": " 管网 "}).json()["title"] == "管网"
    assert world.client.patch(path, json={"title": " "}).status_code == 422
    assert world.turns(identity) == [answered]
    assert world.client.delete(path).status_code == 204
    assert world.client.get(path).status_code == 404
    assert world.client.get("/api/conversations").json() == []


def test_events_begin_with_the_number_of_the_turn(world: World) -> None:
    identity = world.new()
    response = world.client.post(
        f"/api/conversations/{identity}/ask", json={"question": QUESTION, "stream": True}
    )
    blocks = [block.split("\n") for block in response.text.strip().split("\n\n")]
    names = [lines[0].removeprefix("event: ") for lines in blocks]
    assert names[:2] == ["turn", "evidence"]
    assert names[-1] == "answer"
    (turn,) = world.turns(identity)
    assert json.loads(blocks[0][1].removeprefix("data: "))["id"] == turn["id"]
    assert turn["answer"]["text"] == json.loads(blocks[-1][1].removeprefix("data: "))["text"]


def test_a_follow_up_leans_on_the_turn_before(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    followed = world.ask(identity, "那总投资呢？")
    assert "河口市" in followed["rewritten"]
    assert followed["question"] == "那总投资呢？"
    alone = world.ask(world.new(), "那总投资呢？")
    assert alone["rewritten"] == ""


def test_an_edit_replaces_the_turn_and_all_after_it(world: World) -> None:
    identity = world.new()
    first = world.ask(identity)
    second = world.ask(identity, "会议由谁主持？")
    third = world.ask(identity, "会议何时召开？")
    edited = world.ask(identity, "总投资是多少？", replaces=second["id"])
    assert [turn["id"] for turn in world.turns(identity)] == [first["id"], edited["id"]]
    path = f"/api/conversations/{identity}/ask"
    for gone in (third["id"], "0123456789abcdef"):
        again = world.client.post(path, json={"question": "问", "replaces": gone})
        assert again.status_code == 404
    assert len(world.turns(identity)) == 2


def test_search_finds_titles_questions_and_answers(world: World) -> None:
    one, other = world.new(), world.new()
    world.ask(one, "完成管网改造多少公里？")
    world.ask(other, "管网改造的长度是多少？")
    world.client.patch(f"/api/conversations/{other}", json={"title": "主持人_100%"})

    def found(query: str) -> list[str]:
        listed = world.client.get("/api/conversations", params={"q": query}).json()
        return [item["id"] for item in listed]

    assert found("多少公里") == [one]
    assert found("长度") == [other]
    assert found("n_100%") == []
    assert found("人_100%") == [other]
    assert found("120公里") == [other, one]
    assert found("没有的话") == []
    page = world.client.get("/api/conversations", params={"limit": 1, "offset": 1}).json()
    assert [item["id"] for item in page] == [one]


def test_each_owner_sees_and_changes_only_their_own(world: World) -> None:
    world.caller = "甲"
    identity = world.new()
    answer = world.ask(identity)["id"]
    world.caller = "乙"
    client, path = world.client, f"/api/conversations/{identity}"
    assert client.get("/api/conversations").json() == []
    refused = [
        client.get(path),
        client.patch(path, json={"title": "x"}),
        client.delete(path),
        client.post(f"{path}/ask", json={"question": "问"}),
        client.post("/api/feedback", json={"answer_id": answer, "verdict": "up"}),
        client.delete(f"/api/feedback/{answer}"),
    ]
    assert [response.status_code for response in refused] == [404] * len(refused)
    assert client.get("/api/feedback").json() == []
    world.caller = "甲"
    assert [turn["id"] for turn in world.turns(identity)] == [answer]


def test_what_is_hidden_from_its_owner_is_gone_from_earlier_answers(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    document = world.library.documents()[0].id
    world.library.set_groups(document, frozenset({"办公室"}))
    told = world.client.get(f"/api/conversations/{identity}").text
    assert "120公里" not in told
    assert "会议.txt" not in told
    assert "不再对您公开" in told
    assert world.client.get("/api/suggestions").json()["documents"] == []
    exported = world.client.get(f"/api/conversations/{identity}/export")
    assert exported.status_code == 200
    refused = world.ask(identity, "总投资是多少？")
    assert refused["answer"]["evidence"] == []
    world.groups = frozenset({"办公室"})
    assert "120公里" in world.client.get(f"/api/conversations/{identity}").text


def test_what_was_deleted_is_gone_from_earlier_answers(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    world.library.delete(world.library.documents()[0].id)
    (turn,) = world.turns(identity)
    assert "120公里" not in json.dumps(turn["answer"], ensure_ascii=False)
    assert "不再显示" in turn["text"]
    assert turn["answer"]["evidence"] == []
    (notice,) = turn["notices"]
    assert "会议.txt" in notice
    assert "删除" in notice
    world.generator.prompts.clear()
    world.ask(identity, "那总投资呢？")
    assert "120公里" not in json.dumps(
        [message["content"] for prompt in world.generator.prompts for message in prompt]
    )
    store = (world.settings.store / "conversations.sqlite").read_bytes()
    store += (world.settings.store / "conversations.sqlite-wal").read_bytes()
    assert "总投资3.5亿元".encode() not in store, "no text of a document is kept"


def test_a_changed_document_is_not_quoted_as_if_it_still_said_so(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    world.library.add("会议.txt", TEXT.replace("120", "150").encode())
    (turn,) = world.turns(identity)
    assert turn["answer"]["text"] == "完成管网改造120公里。"
    assert turn["answer"]["statements"][0]["citations"] == []
    (notice,) = turn["notices"]
    assert "更新过" in notice


def test_a_refusal_may_be_answered_by_what_came_later(world: World) -> None:
    identity = world.new()
    asked = world.ask(identity, "1987年的会议讨论了什么？")
    assert asked["answer"]["status"] == "refused"
    assert world.turns(identity)[0]["notices"] == []
    world.library.add("旧会议.txt", "1987年的会议\n\n讨论了桥梁。\n".encode())
    (notice,) = world.turns(identity)[0]["notices"]
    assert "重新提问" in notice


def test_feedback_is_kept_replaced_and_taken_back(world: World) -> None:
    identity = world.new()
    answer = world.ask(identity)["id"]
    body = {"answer_id": answer, "verdict": "down", "reason": " 数字不对 "}
    assert world.client.post("/api/feedback", json=body).json()["reason"] == "数字不对"
    assert world.turns(identity)[0]["feedback"]["verdict"] == "down"
    world.client.post("/api/feedback", json={"answer_id": answer, "verdict": "up"})
    (listed,) = world.client.get("/api/feedback").json()
    assert (listed["answer_id"], listed["feedback"]["verdict"]) == (answer, "up")
    assert world.client.delete(f"/api/feedback/{answer}").status_code == 204
    assert world.client.get("/api/feedback").json() == []
    assert world.turns(identity)[0]["feedback"] is None


def test_feedback_becomes_drafts_that_the_evaluation_reads(world: World, tmp_path: Path) -> None:
    identity = world.new()
    liked, disliked, refused = (
        world.ask(identity, question)["id"]
        for question in (QUESTION, "会议由谁主持？", "1987年开了什么会？")
    )
    for answer, verdict in ((liked, "up"), (disliked, "down"), (refused, "up")):
        body = {"answer_id": answer, "verdict": verdict, "reason": "因为"}
        world.client.post("/api/feedback", json=body)
    history = History(world.settings)
    rows = [json.loads(line) for line in gold_drafts(history, world.library)]
    history.close()
    by_id = {row["id"]: row for row in rows}
    good = by_id[f"feedback-{liked}"]
    assert good["answers"] == [["完成管网改造120公里。"]]
    assert [e["document"] for e in good["evidence"]] == ["会议.txt"]
    assert good["evidence"][0]["quote"] in TEXT
    assert by_id[f"feedback-{refused}"]["type"] == "unanswerable"
    bad = by_id[f"feedback-{disliked}"]
    assert (bad["answers"], bad["reason"]) == ([], "因为")
    assert bad["disliked"]
    path = tmp_path / "drafts.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    assert len(load_gold(path)) == 3


def test_what_a_crash_left_unanswered_is_told(settings: Settings) -> None:
    before = History(settings)
    conversation = before.create("甲")
    asked = before.begin("甲", conversation.id, QUESTION, Filters(decisions=True))
    after = History(settings)  # the first was never closed
    (turn,) = after.turns("甲", conversation.id)
    assert (turn.id, turn.state, turn.question) == (asked.id, TurnState.INTERRUPTED, QUESTION)
    assert turn.filters == Filters(decisions=True)
    assert after.get("甲", conversation.id).title == QUESTION
    before.close()
    after.close()


def test_a_reader_who_goes_away_leaves_a_draft(settings: Settings) -> None:
    history = History(settings)
    conversation = history.create("")
    turn = history.begin("", conversation.id, QUESTION, Filters())

    def events() -> Iterator[AnswerEvent]:
        yield TextDelta("说了一")
        yield TextDelta("半")

    stream = recorded(history, turn, events(), 1)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    (kept,) = history.turns("", conversation.id)
    assert (kept.state, kept.text) == (TurnState.STOPPED, "说了一")
    history.close()


def test_a_failure_is_kept_and_passed_on(settings: Settings) -> None:
    history = History(settings)
    conversation = history.create("")
    turn = history.begin("", conversation.id, QUESTION, Filters())

    def events() -> Iterator[AnswerEvent]:
        yield TextDelta("说")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(recorded(history, turn, events(), 1))
    (kept,) = history.turns("", conversation.id)
    assert kept.state is TurnState.FAILED
    assert "写入日志" in kept.text
    history.close()


def test_many_ask_at_once_in_one_conversation(world: World) -> None:
    identity = world.new()
    threads = [
        threading.Thread(target=world.ask, args=(identity, f"第{n}件事是什么？")) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = world.turns(identity)
    assert len({turn["question"] for turn in turns}) == 8
    assert {turn["state"] for turn in turns} == {"answered"}


@pytest.mark.parametrize("question", ["", " \n ", "问" * 501, "\ud800"])
def test_a_question_that_cannot_be_asked_leaves_no_trace(world: World, question: str) -> None:
    identity = world.new()
    body = json.dumps({"question": question}).encode()
    response = world.client.post(f"/api/conversations/{identity}/ask", content=body)
    assert response.status_code == 422
    assert world.turns(identity) == []


def test_suggestions_are_of_the_library(world: World) -> None:
    world.library.add("纪要.txt", "别的纪要\n\n没有人。\n".encode())
    told = world.client.get("/api/suggestions", params={"q": "纪要"}).json()
    assert [item["name"] for item in told["documents"]] == ["纪要.txt"]
    assert len(world.client.get("/api/suggestions").json()["documents"]) == 2
