"""Metrics, logs and traces: what they tell, and what they must not."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from answer.line import Line
from huiwen.settings import Settings
from huiwen.types import AnswerReady, EvidenceFound, Queued, TextDelta
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from server.logs import JsonLines, Lines, QuestionLog, secrets
from server.metrics import Metrics
from server.origin import Origin, begin
from server.stages import Stages
from server.trace import Tracer
from server.watch import WatchedAnswerer, Watcher
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.server.service import QUESTION, TEXT

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Service:
    """A client, and what it is made of."""

    def __init__(self, settings: Settings, library: Library, jobs: Jobs, *more: Watcher) -> None:
        metrics = Metrics()
        model = ScriptedGenerator("完成管网改造120公里[1]。")
        self.answerer = WatchedAnswerer(library, model, settings, [metrics, *more])
        self.app = create_app(library, jobs, self.answerer, settings, metrics)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def ask(self, question: str = QUESTION) -> Any:
        return self.client.post("/api/ask", json={"question": question})

    def figures(self) -> Figures:
        response = self.client.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain")
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }


@pytest.fixture
def parts(settings: Settings) -> Iterator[tuple[Settings, Library, Jobs]]:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        library.add("会议.txt", TEXT.encode())
        yield settings, library, jobs


def figure(figures: Figures, name: str, **labels: str) -> float:
    return figures[f"huiwen_{name}", frozenset(labels.items())]


def test_figures_of_requests_questions_stages_and_store(
    parts: tuple[Settings, Library, Jobs],
) -> None:
    service = Service(*parts)
    service.ask()
    service.ask("2031年河口市完成管网改造多少公里？")
    service.ask("")
    service.client.get("/api/documents/0123456789abcdef")
    service.client.get("/api/nothing-of-ours")
    found = service.figures()
    ask = {"method": "POST", "route": "/api/ask"}
    assert figure(found, "http_requests_total", **ask, status="200") == 2
    assert figure(found, "http_requests_total", **ask, status="422") == 1
    assert figure(found, "http_request_seconds_count", **ask) == 3
    one = {"method": "GET", "route": "/api/documents/{identity}"}
    assert figure(found, "http_requests_total", **one, status="404") == 1
    other = {"method": "GET", "route": "other"}
    assert figure(found, "http_requests_total", **other, status="404") == 1
    assert figure(found, "questions_total", outcome="answered") == 1
    assert figure(found, "questions_total", outcome="refused") == 1
    assert figure(found, "questions_total", outcome="invalid") == 1
    for stage in ("evidence", "first_token", "generation", "check"):
        assert figure(found, "stage_seconds_count", stage=stage) >= 1
    assert figure(found, "answer_seconds_count") == 2
    assert figure(found, "draft_pieces_total") > 1
    assert figure(found, "store_documents") == 1
    assert figure(found, "store_passages") >= 1
    assert figure(found, "store_bytes") > 1000
    assert figure(found, "jobs_unfinished") == 0
    assert (figure(found, "queue_waiting"), figure(found, "queue_answering")) == (0, 0)


def test_figures_of_the_line(parts: tuple[Settings, Library, Jobs]) -> None:
    service = Service(*parts)
    service.answerer.line = Line(1, 1)
    events = service.answerer.ask(QUESTION)
    next(events)
    next(events)
    with service.answerer.line.turn():
        found = service.figures()
        assert (figure(found, "queue_answering"), figure(found, "queue_waiting")) == (1, 1)
        assert service.ask().status_code == 503
    events.close()  # type: ignore[attr-defined]
    found = service.figures()
    assert figure(found, "questions_total", outcome="busy") == 1
    assert figure(found, "questions_total", outcome="abandoned") == 1


def test_figures_hold_no_word_of_a_question(parts: tuple[Settings, Library, Jobs]) -> None:
    service = Service(*parts)
    service.ask()
    service.client.get("/api/search", params={"q": "管网"})
    assert not any(ord(c) > 0x2E80 for c in service.client.get("/metrics").text)


def test_stages_follow_each_other() -> None:
    times = iter(range(0, 1000, 10))
    stages = Stages(lambda: next(times))
    answer: Any = None
    events = [
        EvidenceFound(()), Queued(2), Queued(1), TextDelta(""), TextDelta("会"), TextDelta("议"),
        AnswerReady(answer),
    ]  # fmt: skip
    found = [stage for event in events for stage in stages.saw(event)]
    assert [(s.name, s.start, s.end) for s in found] == [
        ("evidence", 0, 10), ("queue", 10, 40), ("first_token", 40, 50), ("generation", 50, 60),
        ("check", 60, 70),
    ]  # fmt: skip


def said(form: logging.Formatter, caplog: pytest.LogCaptureFixture) -> list[str]:
    return [form.format(record) for record in caplog.records if record.name != "httpx"]


@pytest.mark.parametrize("questions", [False, True])
def test_logs_are_json_with_request_ids_and_questions_only_where_asked_for(
    parts: tuple[Settings, Library, Jobs], caplog: pytest.LogCaptureFixture, questions: bool
) -> None:
    caplog.set_level(logging.INFO)
    lines: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        form = JsonLines([])

        def emit(self, record: logging.LogRecord) -> None:
            if record.name.startswith("huiwen"):
                lines.append(json.loads(self.form.format(record)))

    handler = Kept()
    logging.getLogger().addHandler(handler)
    try:
        service = Service(*parts, QuestionLog(questions=questions))
        body = {"question": QUESTION}
        service.client.post("/api/ask", json=body, headers={"X-Request-ID": "abc-1"})
        service.client.get("/api/search", params={"q": "管网改造"})
    finally:
        logging.getLogger().removeHandler(handler)
    answered, access, search = lines
    assert answered["logger"] == "huiwen.ask"
    assert (answered["request"], answered["status"]) == ("abc-1", "answered")
    assert answered.get("question") == (QUESTION if questions else None)
    assert (access["request"], access["status"], access["route"]) == ("abc-1", 200, "/api/ask")
    assert search["route"] == "/api/search"
    assert "管网" not in json.dumps([access, search], ensure_ascii=False)


@pytest.mark.parametrize("form", [Lines, JsonLines])
def test_no_secret_is_logged(form: type[Lines]) -> None:
    settings = Settings(
        openai_api_key="geheim-1",
        milvus_token="root:geheim-2",
        catalog_url="postgresql://huiwen:geheim-3@db/huiwen",
    )
    begin(Origin("req-1"))
    try:
        raise ValueError("wrong key geheim-1")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "at %s: %s", ("geheim-3", "Authorization: Bearer abcdef"),
            (ValueError, error, error.__traceback__),
        )  # fmt: skip
    text = form(secrets(settings)).format(record)
    assert "geheim" not in text
    assert "abcdef" not in text
    assert "req-1" in text
    assert "ValueError" in text


def test_an_error_inside_tells_the_number_that_the_log_has(
    parts: tuple[Settings, Library, Jobs], caplog: pytest.LogCaptureFixture
) -> None:
    service = Service(*parts)

    def fail() -> None:
        raise RuntimeError("never meant to be seen")

    service.app.add_api_route("/api/fail", fail)
    response = service.client.get("/api/fail")
    assert response.status_code == 500
    assert response.headers["x-request-id"] in response.json()["detail"]
    assert "never meant" not in response.text
    (record,) = [r for r in caplog.records if "unhandled" in r.getMessage()]
    begin(Origin(response.headers["x-request-id"]))
    assert response.headers["x-request-id"] in Lines([]).format(record)


class _Collector(BaseHTTPRequestHandler):
    received: list[ExportTraceServiceRequest]

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    received: list[ExportTraceServiceRequest] = []
    handler = type("Handler", (_Collector,), {"received": received})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


def test_traces_of_each_stage_reach_the_collector(
    parts: tuple[Settings, Library, Jobs],
    collector: tuple[str, list[ExportTraceServiceRequest]],
) -> None:
    url, received = collector
    tracer = Tracer(parts[0].model_copy(update={"otlp_endpoint": url}))
    service = Service(*parts, tracer)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    service.client.post(
        "/api/ask",
        json={"question": QUESTION},
        headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
    )
    tracer.close()
    spans = [
        span
        for request in received
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    names = [span.name for span in spans]
    assert {"evidence", "first_token", "generation", "check", "ask"} == set(names)
    (root,) = [span for span in spans if span.name == "ask"]
    assert {span.trace_id.hex() for span in spans} == {trace}
    assert {span.parent_span_id for span in spans if span is not root} == {root.span_id}
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano for span in spans)
    assert not any(ord(c) > 0x2E80 for span in spans for c in str(span))
