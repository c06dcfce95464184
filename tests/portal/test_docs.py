"""What docs/portal.md tells a newcomer to type does what it says: every snippet is run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from huiwen.settings import Settings
from tests.conftest import ROOT
from tests.portal.meeting import ANSWER

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS = _FENCE.findall((ROOT / "docs/portal.md").read_text("utf-8"))
_ADDRESS = "http://127.0.0.1:7860"
SAID = {
    ("bash", 0): ['"status":"ok"'],
    ("bash", 1): [ANSWER, '"citations"'],
    ("bash", 2): ['"change"', 'rel="next"', "etag"],
    ("python", 0): [f"{ANSWER}\n", "1 会议.txt", ANSWER],
    ("python", 1): [ANSWER, "/source/", "泵站三座", "done", "通知.txt", "404 urn:huiwen:problem"],
}


def of(language: str) -> list[str]:
    return [code for name, code in SNIPPETS if name == language]


def test_every_snippet_is_run_by_a_test_here() -> None:
    counts = {name: len(of(name)) for name, _ in SNIPPETS}
    assert counts == {"bash": 3, "python": 2, "toml": 1, "html": 1, "json": 1}


@pytest.mark.parametrize(("language", "number"), SAID)
def test_what_is_typed_says_what_is_promised(
    url: str, tmp_path: Path, language: str, number: int
) -> None:
    (tmp_path / "会议纪要.txt").write_text("防汛会议\n\n会议要求加固堤防。\n", "utf-8")
    program = ["bash", "-ec"] if language == "bash" else [sys.executable, "-c"]
    done = subprocess.run(
        [*program, of(language)[number].replace(_ADDRESS, url)],
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


@pytest.mark.filterwarnings("ignore")
@pytest.mark.browser
def test_the_tag(settings: Settings) -> None:
    from tests.portal.site import portal
    from tests.portal.test_widget import QUESTION, Path, served, sync_api
    from tests.ui.serve import ARGUMENTS, CHROMIUM

    if not Path(CHROMIUM).exists():
        pytest.skip(f"no {CHROMIUM}")
    (tag,) = of("html")
    with portal() as site, served(settings, site), sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        site.tag = tag.replace(_ADDRESS, site.service)
        page = browser.new_page()
        page.goto(site.url)
        page.click("huiwen-widget .open")
        assert page.inner_text("huiwen-widget header span") == "会议问答"
        page.fill("huiwen-widget input", QUESTION)
        page.press("huiwen-widget input", "Enter")
        page.wait_for_selector("huiwen-widget .answer a")
        assert page.inner_text("huiwen-widget .answer") == ANSWER
        browser.close()


def test_the_agent_s_configuration(url: str) -> None:
    mcp = pytest.importorskip("mcp")
    stdio = pytest.importorskip("mcp.client.stdio")
    (code,) = of("json")
    told: dict[str, Any] = json.loads(code.replace(_ADDRESS, url))["mcpServers"]["huiwen"]
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
