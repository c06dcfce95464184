"""Clients that are slow on purpose hold up nobody but themselves, on a real server."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server import body as bodies
from server import listen
from server.app import create_app
from server.run import configured
from tests.fakes import HashEmbedder, ScriptedGenerator

ADDRESS = tuple[str, int]


@contextmanager
def serving(settings: Settings) -> Iterator[ADDRESS]:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        library.add("会议.txt", "会议\n\n会议决定植树八千棵。\n".encode())
        answerer = Answerer(library, ScriptedGenerator("植树八千棵[1]。"), settings)
        app = create_app(library, jobs, answerer, settings)
        config = configured(app, settings.model_copy(update={"port": 0}))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        try:
            yield server.servers[0].sockets[0].getsockname()[:2]
        finally:
            server.should_exit = True
            thread.join()


def opened(address: ADDRESS, sent: bytes) -> socket.socket:
    connection = socket.create_connection(address)
    connection.sendall(sent)
    return connection


def answer(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    got = b""
    with connection:
        while piece := connection.recv(65_536):
            got += piece
    return got


HEADERS = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
STARTS = {
    "nothing": b"",
    "half a line": b"GET /api/hea",
    "half the headers": HEADERS,
    "half a body": HEADERS + b'Content-Length: 500\r\n\r\n{"question": "',
    "half a chunked body": HEADERS + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n',
    "half an upload": (
        b"POST /api/documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc'
    ),
    "after an answer": b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/hea",
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "HEADERS_S", 0.5)
    monkeypatch.setattr(bodies, "IDLE_S", 0.5)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("start", sorted(STARTS))
@pytest.mark.usefixtures("impatient")
def test_who_sends_no_more_is_not_waited_for(settings: Settings, start: str) -> None:
    with serving(settings) as address:
        got = answer(opened(address, STARTS[start]))
    if "body" in start or "upload" in start:
        assert got.startswith(b"HTTP/1.1 408 ")
        assert b"application/problem+json" in got
        assert b"connection: close" in got.lower()
    else:
        assert b" 408 " not in got
        assert got.count(b"HTTP/1.1 200") == (start == "after an answer")


@pytest.mark.timeout(120)
def test_others_are_served_meanwhile(settings: Settings) -> None:
    with serving(settings) as address:
        slow = [opened(address, start) for start in STARTS.values() for _ in range(40)]
        url = f"http://127.0.0.1:{address[1]}"
        with httpx.Client(base_url=url, timeout=60) as client:
            for _ in range(5):
                asked = client.post("/api/ask", json={"question": "会议决定植树多少棵？"})
                assert "八千棵" in asked.json()["text"]
                files = {"file": ("新.txt", "会议决定修路。".encode())}
                assert client.post("/api/documents", files=files).status_code in (200, 201)
        # Still open: they were served beside them, not after them.
        assert all(connection.fileno() > 0 for connection in slow)
        for connection in slow:
            connection.close()


@pytest.mark.timeout(60)
def test_a_drip_is_not_enough(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GRACE_S", 0.5)
    with serving(settings) as address:
        head = HEADERS + b"Content-Length: 60000\r\n\r\n"
        connection = opened(address, head)
        connection.settimeout(0.05)
        got = b""
        while b"408" not in got:
            connection.sendall(b" ")
            try:
                got += connection.recv(65_536)
            except TimeoutError:
                continue
        connection.close()
    assert got.startswith(b"HTTP/1.1 408 ")


@pytest.mark.timeout(60)
def test_a_body_in_many_pieces_is_taken(settings: Settings) -> None:
    def pieces() -> Iterator[bytes]:
        for piece in (b'{"question": "', "会议决定".encode(), "植树多少棵？".encode(), b'"}'):
            time.sleep(0.2)
            yield piece

    with serving(settings) as address:
        url = f"http://127.0.0.1:{address[1]}/api/ask"
        headers = {"content-type": "application/json"}
        asked = httpx.post(url, content=pieces(), headers=headers, timeout=60)
    assert "八千棵" in asked.json()["text"]


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("impatient")
def test_an_answer_may_take_its_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The patience is with requests: what we take to answer is another matter."""
    slow = ScriptedGenerator("植树八千棵[1]。", pause_s=0.6)
    monkeypatch.setattr("tests.server.test_patience.ScriptedGenerator", lambda _: slow)
    body = {"question": "会议决定植树多少棵？", "stream": True}
    with serving(settings) as address:
        url = f"http://127.0.0.1:{address[1]}/api/ask"
        assert "event: answer" in httpx.post(url, json=body, timeout=60).text


@pytest.mark.parametrize(
    ("host", "changes", "status"),
    [
        ("localhost", {}, 200),
        ("127.0.0.1:7860", {}, 200),
        ("[::1]:7860", {}, 200),
        ("evil.example", {}, 403),
        ("10.0.0.5", {}, 403),
        ("", {}, 403),
        ("huiwen.local", {"open_to_network": True}, 200),
        ("huiwen.local", {"access": "keys"}, 200),
    ],
)
def test_a_name_led_to_this_machine_is_none_of_it(
    settings: Settings, host: str, changes: dict[str, object], status: int
) -> None:
    chosen = settings.model_copy(update=changes)

    async def ask() -> int:
        app = create_app(None, None, None, chosen)  # type: ignore[arg-type]
        transport = httpx.ASGITransport(configured(app, chosen).app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return (await client.get("/api/health", headers={"host": host})).status_code

    assert asyncio.run(ask()) == status
