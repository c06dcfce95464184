"""The label of generated content: in words, in JSON, in headers, and the same in the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from huiwen.settings import Settings
from huiwen.types import Answer, AnswerStatus, Statement, Timings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from server.audit import NAME, Audit
from server.label import AI_LABEL, content_number, metadata
from server.recorder import Recorder
from server.watch import WatchedAnswerer
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.server.service import QUESTION, TEXT

FIELDS = {
    "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID",
    "ReservedCode2",
}  # fmt: skip
PRODUCER = "河口市人民政府办公室"


def answer(text: str = "管网120公里。") -> Answer:
    statements = (Statement(text, ()),)
    times = Timings(0.1, 0.2, 0.3)
    return Answer("问", AnswerStatus.ANSWERED, statements, (), "", "m", times)


def test_all_fields_are_there_and_the_number_names_the_content() -> None:
    label = metadata(answer(), PRODUCER)
    assert set(label) == FIELDS
    assert (label["Label"], label["ContentProducer"]) == ("1", PRODUCER)
    assert label["ProduceID"] == content_number(answer()) == content_number(answer())
    assert content_number(answer("管网130公里。")) != label["ProduceID"]


@pytest.fixture
def client(settings: Settings) -> Iterator[tuple[TestClient, Audit]]:
    chosen = settings.model_copy(update={"producer": PRODUCER})
    with (
        Library(chosen, HashEmbedder()) as library,
        Jobs(library, chosen) as jobs,
        Audit(chosen.store / NAME, 180) as audit,
    ):
        library.add("会议.txt", TEXT.encode())
        model = ScriptedGenerator("完成管网改造120公里[1]。")
        answerer = WatchedAnswerer(library, model, chosen, [Recorder(audit)])
        with TestClient(create_app(library, jobs, answerer, chosen)) as client:
            yield client, audit


@pytest.mark.parametrize("stream", [False, True])
def test_answers_over_http_are_labelled(client: tuple[TestClient, Audit], stream: bool) -> None:
    http, audit = client
    response = http.post("/api/ask", json={"question": QUESTION, "stream": stream})
    header = json.loads(response.headers["aigc"])
    assert set(header) == FIELDS
    assert header["ContentProducer"] == PRODUCER
    body = json.loads(response.text.strip().split("data: ")[-1]) if stream else response.json()
    assert body["ai_generated"] is True
    assert body["ai_label"] == AI_LABEL
    assert body["aigc"]["ContentProducer"] == PRODUCER
    question, told = audit.records()
    # From a copy of the header or of the body the record of the answer is found.
    assert question["request"] == header["ProduceID"]
    assert told["content"] == body["aigc"]["ProduceID"]
