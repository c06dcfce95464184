"""The whole service put together: pages, API, and what watches them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from threading import Thread

from answer.generator import Generator
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server import logs
from server.app import create_app
from server.audit import NAME, Audit
from server.evaluations import Runs
from server.metrics import Metrics
from server.recorder import Recorder
from server.run import run
from server.trace import Tracer
from server.watch import WatchedAnswerer, Watcher
from ui.mount import mount


def serve(
    library: Library,
    jobs: Jobs,
    generator: Generator | None,
    settings: Settings,
    examples: Sequence[str],
    ready: Callable[[WatchedAnswerer], None],
    runs: Runs,
) -> None:
    """Serve until told to stop; ``ready`` is called just before."""
    with ExitStack() as opened:
        metrics = Metrics()
        audit = opened.enter_context(Audit(settings.store / NAME, settings.audit_days))
        # The audit log first: what it cannot hold is seen by nobody.
        watchers: list[Watcher] = [
            Recorder(audit),
            metrics,
            logs.QuestionLog(questions=settings.log_questions),
        ]
        if settings.otlp_endpoint:
            watchers.append(opened.enter_context(closing(Tracer(settings))))
        answerer = WatchedAnswerer(library, generator, settings, watchers)
        api = create_app(library, jobs, answerer, settings, metrics, audit)
        app = mount(api, library, jobs, settings, examples, runs, audit)
        ready(answerer)
        logs.configure(settings)
        Thread(target=answerer.warm, name="warm", daemon=True).start()
        run(app, answerer.line, settings)
