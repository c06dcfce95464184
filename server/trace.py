"""OpenTelemetry traces: a span for every question and one for each of its stages."""

from __future__ import annotations

from typing import Any

from huiwen.errors import ConfigError
from huiwen.settings import Settings
from huiwen.types import AnswerEvent, AnswerReady
from server.stages import Stages
from server.watch import Asked


class Tracer:
    """A watcher that sends spans to ``otlp_endpoint``. They hold times and names, no questions."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError where the packages of the extra ``otel`` are missing."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise ConfigError(
                f"配置了 otlp_endpoint，却没有安装 OpenTelemetry（{error.name}）；"
                "请运行 pip install 'huiwen[otel]'，或清空该配置。"
            ) from error
        exporter = OTLPSpanExporter(f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
        self._provider = TracerProvider(resource=Resource({"service.name": "huiwen"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("huiwen")

    def close(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()

    def course(self, asked: Asked) -> _Traced:
        return _Traced(self._tracer, asked)


class _Traced:
    def __init__(self, tracer: Any, asked: Asked) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = tracer
        self._stages = Stages()
        # The office's gateway may have begun the trace.
        begun = {"traceparent": asked.origin.traceparent}
        parent = TraceContextTextMapPropagator().extract(begun)
        facts = {"huiwen.request": asked.origin.request_id, "huiwen.route": asked.origin.route}
        self._span = tracer.start_span(
            "ask", context=parent, start_time=self._stages.began, attributes=facts
        )
        self._inside = trace.set_span_in_context(self._span)

    def saw(self, event: AnswerEvent) -> None:
        for stage in self._stages.saw(event):
            span = self._tracer.start_span(stage.name, context=self._inside, start_time=stage.start)
            span.end(stage.end)
        if isinstance(event, AnswerReady):
            answer = event.answer
            self._span.set_attribute("huiwen.status", answer.status.value)
            self._span.set_attribute("huiwen.model", answer.model)
            self._span.set_attribute("huiwen.passages", len(answer.evidence))

    def ended(self, error: BaseException | None) -> None:
        if error is not None:
            self._span.set_attribute("huiwen.error", type(error).__name__)
        self._span.end()
