"""The official MCP client and our server, over stdio and HTTP, on a real service."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT
from tests.portal.meeting import ANSWER, QUESTION

mcp = pytest.importorskip("mcp")
stdio = pytest.importorskip("mcp.client.stdio")


def command(url: str, *more: str) -> list[str]:
    return ["-m", "huiwen", "mcp", "--url", url, *more]


def over_stdio(url: str) -> Any:
    return stdio.stdio_client(
        stdio.StdioServerParameters(
            command=sys.executable, args=command(url), cwd=ROOT,
            env={**os.environ, "HUIWEN_KEY": "hw-test"},
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def over_http(url: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, *command(url, "--transport", "http", "--port", port)], cwd=ROOT
    )
    address = f"http://127.0.0.1:{port}/mcp"
    while True:
        assert process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", int(port))).close()
            break
        except OSError:
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(20)


async def walk(target: Any) -> None:
    async with mcp.Client(target) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == {"ask", "search"}
        answered = await client.call_tool("ask", {"question": QUESTION})
        said = answered.structured_content
        assert said["text"] == ANSWER
        assert said["ai_label"]
        (citation,) = said["citations"]
        assert "120公里" in citation["quote"]
        assert '<mark id="hit">' in httpx.get(citation["url"]).text
        found = await client.call_tool("search", {"query": "管网改造", "k": 1})
        assert "120公里" in found.structured_content["hits"][0]["text"]
        wrong = await client.call_tool("ask", {"question": " "})
        assert wrong.is_error
        assert "问题是空的" in wrong.content[0].text


def test_over_stdio(url: str) -> None:
    asyncio.run(walk(over_stdio(url)))


def test_over_streamable_http(over_http: str) -> None:
    asyncio.run(walk(over_http))


async def refused(target: Any) -> str:
    async with mcp.Client(target) as client:
        result = await client.call_tool("search", {"query": "会议"})
        assert result.is_error
        return str(result.content[0].text)


def test_a_service_that_is_not_there_is_said_in_chinese() -> None:
    assert "连接不上会问" in asyncio.run(refused(over_stdio("http://127.0.0.1:9")))
