"""Users as the office's gateway names them, believed of the gateway alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.requests import HTTPConnection

from huiwen.errors import ConfigError
from huiwen.groups import listed
from huiwen.settings import Settings
from server.caller import Caller, Scope

_NAME_CHARS = 200
_MOST_GROUPS = 500
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Rights:
    """What users may that others vouch for: all may ask, members of some groups more."""

    upload: frozenset[str]
    admin: frozenset[str]
    per_minute: int

    @classmethod
    def of(cls, settings: Settings) -> Rights:
        return cls(
            frozenset(listed(settings.gateway_upload_groups)),
            frozenset(listed(settings.gateway_admin_groups)),
            settings.user_per_minute,
        )

    def caller(self, kind: str, identity: str, name: str, groups: Iterable[str]) -> Caller:
        theirs = frozenset(groups)
        scopes = {Scope.ASK}
        if theirs & self.upload:
            scopes.add(Scope.UPLOAD)
        if theirs & self.admin:
            scopes.add(Scope.ADMIN)
        return Caller(name, frozenset(scopes), theirs, f"{kind}:{identity}", self.per_minute)


class Gateway:
    """Reads the headers that name the user and the groups, of connections from the gateway.

    Raises ConfigError for ``trusted_proxies`` that are no addresses.
    """

    def __init__(self, settings: Settings, rights: Rights) -> None:
        self._trusted = [_network(text) for text in listed(settings.trusted_proxies)]
        self._user = settings.gateway_user_header
        self._groups = settings.gateway_groups_header
        self._rights = rights

    def of(self, request: HTTPConnection) -> Caller | None:
        """The user it names; None from elsewhere, and where none or more than one is named."""
        if not self._trusts(request):
            return None
        users, groups = request.headers.getlist(self._user), request.headers.getlist(self._groups)
        # A second one is what a client wrote and the gateway did not take away.
        if len(users) != 1 or len(groups) > 1:
            return None
        user = _text(users[0])
        if not 0 < len(user) <= _NAME_CHARS:
            return None
        named = listed(_text(groups[0]))[:_MOST_GROUPS] if groups else []
        return self._rights.caller("user", user, user, named)

    def _trusts(self, request: HTTPConnection) -> bool:
        try:
            peer = ipaddress.ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
            peer = peer.ipv4_mapped
        return any(peer in network for network in self._trusted)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"配置 trusted_proxies 里的“{text}”不是 IP 地址或网段；"
            "请写成 10.0.0.2 或 10.0.0.0/24，多个以逗号分隔。"
        ) from error


def _text(value: str) -> str:
    """A header's text: UTF-8 or percent-encoded, as gateways write Chinese."""
    raw = value.encode("latin-1")
    try:
        return unquote(raw.decode("utf-8"), errors="strict").strip()
    except UnicodeDecodeError:
        return ""
