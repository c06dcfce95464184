"""A real browser on a real server, for every test of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from answer.engine import Answerer
from huiwen.settings import Settings
from index.library import Library
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.ui.serve import ARGUMENTS, CHROMIUM, serving

TEXT = (
    "河口市会议\n\n2023年，河口市完成管网改造120公里。总投资3.5亿元。\n\n"
    '会上展示了<img src=x onerror="window.hacked=1">${window.hacked=1}照片。\n'
)
QUESTION = "河口市完成管网改造多少公里？"
REPLY = "河口市完成管网改造120公里[1]。"
WAIT_MS = 20_000


class Visit:
    """A page that remembers every request it made and every error it met."""

    def __init__(self, browser: Any, url: str, **context: Any) -> None:
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        self.url = url
        context.setdefault("viewport", {"width": 1440, "height": 900})
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.hosts.add(urlparse(request.url).netloc))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_default_timeout(WAIT_MS)
        self.page.goto(url)
        self.page.wait_for_selector("#hw-app[data-ready]")

    def ask(self, question: str = QUESTION) -> None:
        self.page.fill("#question", question)
        self.page.click("#ask")

    def answered(self, question: str = QUESTION) -> None:
        """Ask, and wait until the answer is checked and the page at rest."""
        turns = self.page.locator("#chat .hw-turn").count()
        self.ask(question)
        self.page.wait_for_selector(f"#chat .hw-turn:nth-child({turns + 1}) .hw-label")
        self.page.wait_for_selector("#ask:visible")

    def close(self) -> None:
        self.context.close()
        assert not self.errors


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Closed with this package: while it is open no test can run a loop of its own."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no {CHROMIUM}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library(settings, HashEmbedder()) as library:
        library.add("会议.txt", TEXT.encode())
        yield library


@pytest.fixture
def generator() -> ScriptedGenerator:
    return ScriptedGenerator(REPLY, pause_s=0.05)


@pytest.fixture
def address(library: Library, settings: Settings, generator: ScriptedGenerator) -> Iterator[str]:
    with serving(library, Answerer(library, generator, settings), settings) as url:
        yield url


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    visit = Visit(browser, address)
    yield visit
    visit.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever drives the browser is marked so; Gradio's warnings are not ours to mend."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.filterwarnings("ignore"))
