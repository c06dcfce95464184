"""From a request to its caller: by key, session, gateway or token, or because everybody may."""

from __future__ import annotations

import logging
from dataclasses import replace

from starlette.requests import HTTPConnection

from huiwen.errors import ConfigError
from huiwen.settings import Settings
from server.caller import EVERYBODY, Caller
from server.gateway import Gateway, Rights
from server.keys import KEY, Keys
from server.tokens import Tokens

log = logging.getLogger(__name__)
COOKIE = "huiwen_session"


class Identities:
    """Tells who sends a request, as the setting ``access`` says. Safe for threads.

    Raises ConfigError for settings that let nobody in.
    """

    def __init__(self, settings: Settings) -> None:
        self.keys: Keys | None = None
        self._gateway: Gateway | None = None
        self._tokens: Tokens | None = None
        self._own = settings.new_files_for == "groups"
        if settings.access == "open":
            return
        if settings.access == "gateway":
            rights = Rights.of(settings)
            self._gateway = Gateway(settings, rights)
            if settings.oidc_jwks:
                self._tokens = Tokens(settings, rights)
            elif not settings.trusted_proxies:
                raise ConfigError(
                    "access 是 gateway，但没有说明相信谁：请设置 trusted_proxies（网关的地址），"
                    "或 oidc_jwks、oidc_issuer 与 oidc_audience（统一认证）。"
                )
        self.keys = Keys(settings)
        if settings.access == "keys" and not self.keys.all():
            log.warning("还没有密钥，谁也进不来；请运行 huiwen keys add 名称 --scope ask。")

    def close(self) -> None:
        if self.keys:
            self.keys.close()

    def of(self, request: HTTPConnection) -> Caller | None:
        """The caller, None where nobody we know sent it.

        Raises StoreError where keys cannot be read.
        """
        caller = self._found(request)
        return replace(caller, shares=caller.groups) if caller and self._own else caller

    def named_by_bearer(self, request: HTTPConnection) -> bool:
        """Whether a key or token in the request alone says who its caller is, if anybody."""
        bearer = _bearer(request)
        return self.keys is not None and bool(KEY.fullmatch(bearer) or (bearer and self._tokens))

    def _found(self, request: HTTPConnection) -> Caller | None:
        if self.keys is None:
            return EVERYBODY
        bearer = _bearer(request)
        if KEY.fullmatch(bearer):
            key = self.keys.find(bearer)
            return key.caller if key else None
        if bearer and self._tokens:
            return self._tokens.of(bearer)
        if self._gateway and (caller := self._gateway.of(request)):
            return caller
        if not bearer and (token := request.cookies.get(COOKIE)):
            key = self.keys.in_session(token)
            return key.caller if key else None
        return None


def _bearer(request: HTTPConnection) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
