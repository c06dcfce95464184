"""Every way to ask, with a key: the audit log has who asked, what was shown, and who answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from answer.prompt import PROMPT_VERSION
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from index.sharing import Sharing
from server.app import create_app
from server.audit import NAME, Audit
from server.caller import Scope
from server.keys import Keys
from server.recorder import Recorder
from server.watch import WatchedAnswerer
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.server.test_conversations import QUESTION, TEXT

SAID = "完成管网改造120公里。[1]"
HIDDEN = "人事会议\n\n河口市完成管网改造之后，总指挥拟由方启航担任。\n"


@dataclass
class World:
    client: TestClient
    audit: Audit

    def records(self) -> list[dict[str, Any]]:
        return list(self.audit.records())


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    settings = settings.model_copy(update={"access": "keys"})
    with (
        Library(settings, HashEmbedder()) as library,
        Jobs(library, settings) as jobs,
        Audit(settings.store / NAME, 180) as audit,
        closing(Keys(settings)) as keys,
    ):
        library.add("会议.txt", TEXT.encode())
        library.add("人事.txt", HIDDEN.encode(), sharing=Sharing(frozenset({"办公室"})))
        model = ScriptedGenerator("完成管网改造120公里[1]。")
        answerer = WatchedAnswerer(library, model, settings, [Recorder(audit)])
        app = create_app(library, jobs, answerer, settings, audit=audit)
        _, secret = keys.add("政务门户", [Scope.ASK])
        headers = {"authorization": f"Bearer {secret}", "x-request-id": "portal-42"}
        with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
            yield World(client, audit)


def ask(world: World, way: str, stream: bool) -> tuple[str, str]:
    """The route's name in the log, and what it told."""
    body: dict[str, Any] = {"stream": stream}
    match way:
        case "native":
            path, body["question"] = "/api/ask", QUESTION
        case "openai":
            path = "/v1/chat/completions"
            body |= {"model": "huiwen", "messages": [{"role": "user", "content": QUESTION}]}
        case _:
            made = world.client.post("/api/conversations", json={}).json()
            path, body["question"] = f"/api/conversations/{made['id']}/ask", QUESTION
    response = world.client.post(path, json=body)
    assert response.status_code == 200, response.text
    return f"POST {path}", response.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("way", ["native", "openai", "conversation"])
def test_who_asked_what_was_shown_and_who_answered(world: World, way: str, stream: bool) -> None:
    route, told = ask(world, way, stream)
    question, answer = (r for r in world.records() if r["kind"] in {"question", "answer"})
    assert (question["who"], question["address"]) == ("政务门户", "testclient")
    assert (question["request"], question["route"]) == ("portal-42", route)
    assert question["question"] == QUESTION
    # What the key may not see was neither shown nor is it in the log as shown.
    assert [document["name"] for document in question["documents"]] == ["会议.txt"]
    assert question["passages"]
    for passage in question["passages"]:
        assert passage["id"] in told
        assert len(passage["sha256"]) == 64
    assert answer["id"] == question["id"]
    assert (answer["status"], answer["text"], answer["cited"]) == ("answered", SAID, [1])
    assert (answer["model"], answer["prompt"]) == ("scripted/test", PROMPT_VERSION)
    assert world.audit.verify().problems == ()


def test_who_is_not_let_in_leaves_no_question(world: World) -> None:
    del world.client.headers["authorization"]
    assert world.client.post("/api/ask", json={"question": QUESTION}).status_code == 401
    assert [r for r in world.records() if r["kind"] == "question"] == []
