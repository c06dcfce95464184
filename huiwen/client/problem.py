"""What went wrong, as the service said it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any

import httpx

from huiwen.errors import HuiwenError


class ProblemError(HuiwenError):
    """Problem details (RFC 9457) of a refused request; ``str()`` is the detail.

    ``status`` is the HTTP status, ``type`` names the kind, ``retry_after_s``
    is when to come again, in seconds, None where the service did not say.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        type: str = "about:blank",  # noqa: A002 - the name RFC 9457 gives it
        instance: str = "",
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.type = type
        self.instance = instance
        self.retry_after_s = retry_after_s


class RejectedError(ProblemError):
    """The request itself cannot be used: 400, 413, 415, 422."""


class DeniedError(ProblemError):
    """The key is missing, wrong, or not good for this: 401, 403."""


class MissingError(ProblemError):
    """What was named is not there: 404."""


class ConflictError(ProblemError):
    """Somebody else was first: 409, 412."""


class BusyError(ProblemError):
    """Too much at once, or not now: 429, 503."""


class UnreachableError(HuiwenError):
    """The service does not answer."""

    title = "连接不上会问"


_KINDS: dict[int, type[ProblemError]] = {
    400: RejectedError, 401: DeniedError, 403: DeniedError, 404: MissingError,
    409: ConflictError, 412: ConflictError, 413: RejectedError, 415: RejectedError,
    422: RejectedError, 429: BusyError, 503: BusyError,
}  # fmt: skip


def problem_of(response: httpx.Response) -> ProblemError:
    """The error of a response that has been read."""
    try:
        told = json.loads(response.content)
    except ValueError:  # a gateway in between speaks for itself
        told = {}
    waits = retry_after_s(response.headers.get("retry-after", ""))
    return made(response.status_code, told if isinstance(told, dict) else {}, waits)


def made(status: int, told: dict[str, Any], waits: int | None = None) -> ProblemError:
    """The error that problem details tell of."""
    return _KINDS.get(status, ProblemError)(
        status,
        str(told.get("title", "出错了")),
        str(told.get("detail", f"服务返回 HTTP {status}，没有说明原因；请查看服务的日志。")),
        type=str(told.get("type", "about:blank")),
        instance=str(told.get("instance", "")),
        retry_after_s=waits,
    )


def retry_after_s(value: str) -> int | None:
    """Seconds that a Retry-After header asks for (RFC 9110 10.2.3: seconds or a date)."""
    if value.isdecimal():
        return int(value)
    try:
        return max(0, ceil((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()))
    except (ValueError, TypeError):  # absent, malformed, or a date without zone
        return None
