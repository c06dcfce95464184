"""Listening for requests: where it is allowed to, and with what patience."""

from __future__ import annotations

import ipaddress

import uvicorn
from fastapi import FastAPI

from huiwen.errors import ConfigError
from huiwen.settings import Settings


def require_safe(settings: Settings) -> None:
    """Raises ConfigError where everybody in the network could read and delete everything."""
    if settings.access == "open" and not settings.open_to_network and not _is_local(settings.host):
        raise ConfigError(
            f"监听地址 {settings.host} 对网络开放，而 access 是 open：网络里的任何人都能读取和删除"
            '全部资料。请设置 access = "keys" 或 "gateway"（见 docs/access.md）；'
            "确要不分用户地开放，设置 open_to_network = true。"
        )


def listen(app: FastAPI, settings: Settings) -> None:
    """Serve until interrupted. Raises ConfigError as ``require_safe``."""
    require_safe(settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        # The peer is who connects: what it says of others is weighed in server.identity.
        proxy_headers=False,
        server_header=False,
    )


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
