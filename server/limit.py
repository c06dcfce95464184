"""How often a caller may ask: a token bucket for each."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

# Callers remembered; of one forgotten the bucket is full, as it would be after a minute.
_MOST = 10_000


class Limits:
    """Buckets that hold a minute's requests and fill evenly. Safe for threads.

    They are of this process: with several, each allows as much.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, identity: str, per_minute: int) -> int:
        """Count a request: 0 where it may go on, else after how many seconds the next may."""
        if per_minute <= 0:
            return 0
        now = self._clock()
        with self._lock:
            left, since = self._buckets.pop(identity, (float(per_minute), now))
            left = min(float(per_minute), left + (now - since) * per_minute / 60)
            allowed = left >= 1
            self._buckets[identity] = (left - 1 if allowed else left, now)
            if len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) * 60 / per_minute)
