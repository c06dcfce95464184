"""Figures for Prometheus: counts, times and sizes, and no word of any question."""

from __future__ import annotations

import time
from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from answer.engine import Answerer
from huiwen.errors import BusyError, HuiwenError, InputError
from huiwen.models.manifest import sizes
from huiwen.settings import Settings
from huiwen.types import AnswerEvent, AnswerReady, TextDelta
from index.jobs import Jobs
from index.library import Library
from server.stages import FIRST_TOKEN, Stages
from server.watch import Asked

# Retrieval takes milliseconds, a small model on a CPU half a minute.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300)
# What is asked of disk and catalogue is not asked anew at every scrape.
_FRESH_S = 30.0


class Metrics:
    """The figures of one service, in a registry of their own. A watcher of questions."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "huiwen_http_requests",
            "HTTP requests",
            ["method", "route", "status"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "huiwen_http_request_seconds", "until the last byte", ["method", "route"],
            buckets=_BUCKETS, registry=registry,
        )  # fmt: skip
        self.questions = Counter(
            "huiwen_questions", "questions by outcome", ["outcome"], registry=registry
        )
        self.stage_seconds = Histogram(
            "huiwen_stage_seconds",
            "stages of an answer",
            ["stage"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.first_token_seconds = Histogram(
            "huiwen_first_token_seconds",
            "question to first word",
            buckets=_BUCKETS,
            registry=registry,
        )
        self.answer_seconds = Histogram(
            "huiwen_answer_seconds",
            "question to checked answer",
            buckets=_BUCKETS,
            registry=registry,
        )
        self.pieces = Counter(
            "huiwen_draft_pieces",
            "pieces of text from the model, about a token each",
            registry=registry,
        )
        ProcessCollector(registry=self.registry)

    def watch_state(
        self, library: Library, jobs: Jobs, answerer: Answerer, settings: Settings
    ) -> None:
        """Also tell how long the line is and how large the store."""
        self.registry.register(_State(library, jobs, answerer, settings))

    def course(self, asked: Asked) -> _Course:
        return _Course(self)


class _Course:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._stages = Stages()
        self._outcome = ""

    def saw(self, event: AnswerEvent) -> None:
        for stage in self._stages.saw(event):
            self._metrics.stage_seconds.labels(stage.name).observe(stage.seconds)
            if stage.name == FIRST_TOKEN:
                since = (stage.end - self._stages.began) / 1e9
                self._metrics.first_token_seconds.observe(since)
        match event:
            case TextDelta(text) if text:
                self._metrics.pieces.inc()
            case AnswerReady(answer):
                self._outcome = answer.status.value
                self._metrics.answer_seconds.observe(answer.timings.total)
            case _:
                pass

    def ended(self, error: BaseException | None) -> None:
        self._metrics.questions.labels(self._outcome or _outcome(error)).inc()


def _outcome(error: BaseException | None) -> str:
    match error:
        case BusyError():
            return "busy"
        case InputError():
            return "invalid"
        case GeneratorExit():
            return "abandoned"
        case HuiwenError():
            return error.slug
        case _:
            return "failed"


class _State(Collector):
    def __init__(
        self, library: Library, jobs: Jobs, answerer: Answerer, settings: Settings
    ) -> None:
        self._answerer = answerer
        self._library = library
        self._jobs = jobs
        self._store = settings.store
        self._kept: dict[str, float] = {}
        self._until = 0.0

    def collect(self) -> Iterator[GaugeMetricFamily]:
        line = self._answerer.line
        yield _gauge("huiwen_queue_waiting", "questions waiting for the model", line.waiting)
        yield _gauge("huiwen_queue_answering", "questions at the model", line.answering)
        if time.monotonic() >= self._until:
            self._kept, self._until = self._measured(), time.monotonic() + _FRESH_S
        for name, value in self._kept.items():
            yield _gauge(f"huiwen_{name}", name.replace("_", " "), value)

    def _measured(self) -> dict[str, float]:
        documents = self._library.documents()
        unfinished = [job for job in self._jobs.all(1000) if not job.over]
        return {
            "store_documents": len(documents),
            "store_passages": sum(info.report.passages for info in documents),
            "store_bytes": sum(sizes(self._store)),
            "jobs_unfinished": len(unfinished),
        }


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value)


def metrics_router(metrics: Metrics) -> APIRouter:
    """The route that Prometheus reads."""
    router = APIRouter(tags=["状态"])

    @router.get(
        "/metrics",
        summary="供 Prometheus 读取的指标",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    def read() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
