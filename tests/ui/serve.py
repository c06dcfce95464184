"""A real server in a thread, for tests in a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from answer.engine import Answerer
from eval.stored import StoredRuns
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from server.audit import Audit
from ui.mount import mount

CHROMIUM = "/usr/bin/chromium"
# Without these Chromium talks to its makers at every start.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip


@contextmanager
def serving(
    library: Library, answerer: Answerer, settings: Settings, audit: Audit | None = None
) -> Iterator[str]:
    """The address of the whole application, up and running; runs are read beside its store."""
    jobs = Jobs(library, settings)
    api = create_app(library, jobs, answerer, settings)
    runs = StoredRuns(settings.store.parent / "runs")
    app = mount(api, library, jobs, settings, ["会议何时召开？"], runs, audit)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)
    jobs.close()
