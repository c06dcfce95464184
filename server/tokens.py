"""Users of the office's single sign-on: bearer tokens that it has signed (OIDC, JWT)."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from huiwen.errors import ConfigError, StoreError
from huiwen.groups import listed
from huiwen.settings import Settings
from server.caller import Caller
from server.gateway import Rights

log = logging.getLogger(__name__)
# Signed with a private key: one whose key we too knew could be made by us, or with our file.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
# Clocks of two machines differ.
_LEEWAY_S = 30
# Keys change every few weeks; a token of an unknown key may ask for them this often.
_AGAIN_S = 60.0
# While there are none, requests wait for the next attempt no oftener than this.
_RETRY_S = 5.0
_TIMEOUT_S = 5.0
_MOST_CHARS = 16_384


class Tokens:
    """Checks tokens: signature, issuer, audience, time. Safe for threads.

    Keys come from a file or from the address that ``oidc_jwks`` names, and are
    read again when a token is signed with one that is not among them. Raises
    ConfigError where a setting is missing or joserfc is not installed.
    """

    def __init__(self, settings: Settings, rights: Rights) -> None:
        if not (settings.oidc_issuer and settings.oidc_audience):
            raise ConfigError(
                "设置了 oidc_jwks，还须设置 oidc_issuer 与 oidc_audience，"
                "否则别的系统的令牌也会被接受。"
            )
        try:
            from joserfc import errors, jwk, jwt
        except ImportError as error:
            raise ConfigError(
                "统一认证（oidc_jwks）需要 joserfc；请运行 pip install 'huiwen[oidc]'。"
            ) from error
        self._jwk, self._jwt = jwk, jwt
        self._failures = (errors.JoseError, ValueError, KeyError, TypeError)
        self._where = settings.oidc_jwks
        self._claim = settings.oidc_groups_claim
        self._rights = rights
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": settings.oidc_audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._lock = threading.Lock()
        self._keys: Any = None
        self._read_at = -_AGAIN_S

    def of(self, token: str) -> Caller | None:
        """The user the token is of, None where it does not hold.

        Raises StoreError where the keys cannot be read.
        """
        if len(token) > _MOST_CHARS:
            return None
        claims = self._checked(token, self._current())
        if claims is None and self._renewed():
            claims = self._checked(token, self._current())
        if claims is None:
            return None
        subject = str(claims["sub"])
        name = str(claims.get("name") or claims.get("preferred_username") or subject)
        return self._rights.caller("oidc", subject, name, _groups(claims.get(self._claim)))

    def _checked(self, token: str, keys: Any) -> dict[str, Any] | None:
        try:
            read = self._jwt.decode(token, keys, algorithms=_ALGORITHMS)
            self._claims.validate(read.claims)
        except self._failures as error:
            log.info("token refused: %s", type(error).__name__)
            return None
        return dict(read.claims)

    def _current(self) -> Any:
        if self._keys is None:
            self._renewed()
        if self._keys is None:
            raise StoreError(f"读不到统一认证的公钥 {self._where}；请稍后再试，或告诉管理员。")
        return self._keys

    def _renewed(self) -> bool:
        """Read the keys again unless that was done just now; whether there are new ones."""
        with self._lock:
            least = _AGAIN_S if self._keys is not None else _RETRY_S
            if time.monotonic() - self._read_at < least:
                return False
            self._read_at = time.monotonic()
            try:
                self._keys = self._jwk.KeySet.import_key_set(self._read())
            except (*self._failures, httpx.HTTPError, OSError) as error:
                log.warning(
                    "读不到统一认证的公钥 %s：%s。请检查配置 oidc_jwks 与认证服务。",
                    self._where, error,
                )  # fmt: skip
                return False
            return True

    def _read(self) -> Any:
        if self._where.startswith(("http://", "https://")):
            answer = httpx.get(self._where, timeout=_TIMEOUT_S, follow_redirects=False)
            return answer.raise_for_status().json()
        return json.loads(Path(self._where).read_text("utf-8"))


def _groups(claim: object) -> list[str]:
    if isinstance(claim, str):
        return listed(claim)
    return [str(name) for name in claim] if isinstance(claim, list) else []
