"""Seconds since a question came."""

from __future__ import annotations

import time

from huiwen.types import Timings


class Clock:
    """Started when made; ``mark_`` what is reached, the first time counts."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._evidence = 0.0
        self._token: float | None = None

    def mark_evidence(self) -> None:
        self._evidence = time.perf_counter() - self._start

    def mark_token(self) -> None:
        if self._token is None:
            self._token = time.perf_counter() - self._start

    def timings(self) -> Timings:
        return Timings(self._evidence, self._token, time.perf_counter() - self._start)
