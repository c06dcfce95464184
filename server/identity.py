"""From a request to its caller: by a key, by a session, or because everybody may."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from huiwen.settings import Settings
from server.caller import EVERYBODY, Caller
from server.keys import KEY, Keys

COOKIE = "huiwen_session"


class Identities:
    """Tells who sends a request, as the setting ``access`` says. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._open = settings.access == "open"
        self.keys = None if self._open else Keys(settings)

    def close(self) -> None:
        if self.keys:
            self.keys.close()

    def of(self, request: HTTPConnection) -> Caller | None:
        """The caller, None where nobody we know sent it.

        Raises StoreError where the keys cannot be read.
        """
        if self.keys is None:
            return EVERYBODY
        bearer = _bearer(request)
        if KEY.fullmatch(bearer):
            key = self.keys.find(bearer)
            return key.caller if key else None
        if not bearer and (token := request.cookies.get(COOKIE)):
            key = self.keys.in_session(token)
            return key.caller if key else None
        return None


def _bearer(request: HTTPConnection) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
