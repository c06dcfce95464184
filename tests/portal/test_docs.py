"""What docs/portal.md tells a newcomer to type does what it says: every snippet is run.

The tag is tried in test_widget.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from huiwen.settings import Settings
from tests.conftest import ROOT
from tests.portal.meeting import ANSWER
from tests.portal.snippets import ADDRESS, SNIPPETS, of

SAID = {
    ("bash", 0): ['"status":"ok"'],
    ("bash", 1): [ANSWER, '"citations"'],
    ("bash", 2): ['"change"', 'rel="next"', "etag"],
    ("python", 0): [f"{ANSWER}\n", "1 会议.txt", ANSWER],
    ("python", 1): [ANSWER, "/source/", "泵站三座", "done", "通知.txt", "404 urn:huiwen:problem"],
}


def test_every_snippet_is_run_by_a_test_here() -> None:
    counts = {name: len(of(name)) for name, _ in SNIPPETS if name != "text"}
    assert counts == {"bash": 3, "python": 2, "toml": 1, "html": 1, "json": 1, "console": 1}


def test_what_the_administrator_types(tmp_path: Path) -> None:
    (code,) = of("console")
    for line in code.splitlines():
        command = shlex.split(line, comments=True)
        assert command[0] == "huiwen"
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "HUIWEN_STORE": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "hw_" in done.stdout


@pytest.mark.parametrize(("language", "number"), SAID)
def test_what_is_typed_says_what_is_promised(
    url: str, tmp_path: Path, language: str, number: int
) -> None:
    (tmp_path / "会议纪要.txt").write_text("防汛会议\n\n会议要求加固堤防。\n", "utf-8")
    program = ["bash", "-ec"] if language == "bash" else [sys.executable, "-c"]
    done = subprocess.run(
        [*program, of(language)[number].replace(ADDRESS, url)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for said in SAID[language, number]:
        assert said in done.stdout


def test_the_setting() -> None:
    (code,) = of("toml")
    told = tomllib.loads(code)
    assert Settings(**told).embed_origins == told["embed_origins"]


def test_the_agent_s_configuration(url: str) -> None:
    mcp = pytest.importorskip("mcp")
    stdio = pytest.importorskip("mcp.client.stdio")
    (code,) = of("json")
    told: dict[str, Any] = json.loads(code.replace(ADDRESS, url))["mcpServers"]["huiwen"]
    assert told["command"] == "huiwen"
    parameters = stdio.StdioServerParameters(
        command=sys.executable, args=["-m", "huiwen", *told["args"]],
        env={**os.environ, **told["env"]}, cwd=ROOT,
    )  # fmt: skip

    async def walk() -> set[str]:
        async with mcp.Client(stdio.stdio_client(parameters)) as client:
            found = await client.call_tool("search", {"query": "管网", "k": 1})
            assert not found.is_error
            return {tool.name for tool in (await client.list_tools()).tools}

    assert asyncio.run(walk()) == {"ask", "search"}
