"""Fixtures shared by all tests: isolated settings, real data where it is, no stray network."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from huiwen.settings import Settings
from tests.postgres import server

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# No test fails for the machine being busy.
hypothesis.settings.register_profile("huiwen", deadline=None)
hypothesis.settings.load_profile("huiwen")
ROOT = Path(__file__).resolve().parent.parent
_LOCAL = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets of this process reach this machine only."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOCAL:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Default settings with a store of the test's own."""
    monkeypatch.delenv("HUIWEN_CONFIG", raising=False)
    return Settings(store=tmp_path / "store")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data; tests that need it skip where it is absent."""
    path = Path(os.environ.get("HUIWEN_DATA", ROOT / "../shared")).resolve()
    if not (path / "seed").is_dir():
        pytest.skip(f"no public data at {path} (HUIWEN_DATA)")
    return path


@pytest.fixture(scope="session")
def seed(shared: Path) -> Path:
    """The real meeting document."""
    return next((shared / "seed").glob("*.txt"))


@pytest.fixture(scope="session")
def real_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with the built-in models; skips where they have not been pulled."""
    from huiwen.errors import ModelError
    from huiwen.models.store import ModelStore, Role

    chosen = Settings(store=tmp_path_factory.mktemp("real") / "store")
    store = ModelStore(chosen)
    try:
        store.resolve(Role.EMBEDDER, chosen.embedder)
        store.resolve(Role.LLM, chosen.llm)
    except ModelError as error:
        pytest.skip(f"built-in models are not here: {error}")
    return chosen


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL database of the session's own; skips where there is none."""
    with server() as url:
        yield url
