"""A language model that fails, in every way services do: passages, marked as such."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from answer.engine import Answerer
from answer.openai_generator import OpenAIGenerator
from eval.openai_stub import Fault, Script, endpoint
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from tests.fakes import HashEmbedder
from tests.server.service import QUESTION, TEXT

REFUSED = "refused"
FAULTS = [REFUSED, *(fault for fault in Fault if fault not in (Fault.NONE, Fault.ONCE))]


@pytest.fixture
def ask(settings: Settings, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """A client of a service whose model fails as the parameter says."""
    fault = request.param
    script = Script("完成管网改造120公里[1]。", 0.02, Fault.NONE if fault == REFUSED else fault)
    with endpoint(script) as url, Library(settings, HashEmbedder()) as library:
        library.add("会议.txt", TEXT.encode())
        chosen = settings.model_copy(
            update={
                "llm_backend": "openai",
                "openai_base_url": "http://127.0.0.1:9/v1" if fault == REFUSED else url,
                "openai_retries": 0,
                "openai_api_key": "sk-geheim",
                "llm_timeout_s": 1.0,
            }
        )
        with Jobs(library, settings) as jobs:
            answerer = Answerer(library, OpenAIGenerator(chosen), chosen)
            app = create_app(library, jobs, answerer, chosen)
            with TestClient(app) as client:
                yield client
            assert (answerer.line.answering, answerer.line.waiting) == (0, 0)


@pytest.mark.parametrize("ask", FAULTS, indirect=True)
def test_every_fault_ends_in_passages_marked_as_such(ask: TestClient) -> None:
    response = ask.post("/api/ask", json={"question": QUESTION})
    assert response.status_code == 200
    answer = response.json()
    assert answer["status"] == "extractive"
    assert answer["reason"].startswith("模型不可用，仅列原文。")
    assert "120公里" in answer["text"]
    assert all(statement["citations"] for statement in answer["statements"])
    assert answer["evidence"]
    assert "sk-geheim" not in response.text


@pytest.mark.parametrize("ask", FAULTS, indirect=True)
def test_every_fault_ends_a_stream_in_passages(ask: TestClient) -> None:
    response = ask.post("/api/ask", json={"question": QUESTION, "stream": True})
    last = response.text.strip().split("\n\n")[-1]
    name, data = last.split("\n")
    assert name == "event: answer"
    assert json.loads(data.removeprefix("data: "))["status"] == "extractive"


@pytest.mark.parametrize("ask", [Fault.NONE], indirect=True)
def test_without_a_fault_the_same_model_answers(ask: TestClient) -> None:
    answer = ask.post("/api/ask", json={"question": QUESTION}).json()
    assert (answer["status"], answer["text"]) == ("answered", "完成管网改造120公里。[1]")
