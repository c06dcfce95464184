"""Serving until told to stop, and stopping without breaking answers off."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from answer.line import Line
from huiwen.settings import Settings

# Pages keep a connection open for as long as they are shown; nothing is lost with it.
_PAGES_S = 2
# Longer than gateways keep theirs (nginx: 60), so that it is never us who close a connection
# while a request is on its way over it.
_IDLE_S = 75


def run(app: ASGIApp, line: Line, settings: Settings) -> None:
    """Serve ``app`` until SIGINT or SIGTERM.

    Then no new question is let in, those in the line are answered for up to
    ``stop_within_s`` seconds, and the caller goes on to close what it opened:
    SIGINT raises KeyboardInterrupt there, SIGTERM SystemExit.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # The peer is who connects: what it says of others is for those to weigh who know it.
        proxy_headers=False,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_PAGES_S,
    )
    # uvicorn raises the signal again once it is done, which must not kill us then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        _Server(config, line, settings.stop_within_s).run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, line: Line, within_s: float) -> None:
        super().__init__(config)
        self._line = line
        self._within_s = within_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        self._line.close()
        until = time.monotonic() + self._within_s
        while self._line.answering and time.monotonic() < until and not self.force_exit:
            await asyncio.sleep(0.1)
        await super().shutdown(sockets)
