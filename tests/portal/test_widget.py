"""The question box on an invented portal's page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import httpx
import pytest

from answer.engine import Answerer
from huiwen.settings import Settings
from index.library import Library
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.portal.meeting import ANSWER, QUESTION, REPLY, TEXT
from tests.portal.site import Portal, portal
from tests.portal.snippets import ADDRESS, of
from tests.ui.serve import ARGUMENTS, CHROMIUM, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no {CHROMIUM}"),
    # Gradio and websockets are not ours to mend.
    pytest.mark.filterwarnings("ignore"),
]
sync_api = pytest.importorskip("playwright.sync_api")
HOSTILE = '<img src=x onerror="window.hacked=1">'


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[Portal]:
    with portal() as site:
        yield site


@contextmanager
def served(
    settings: Settings, site: Portal, reply: str = REPLY, *, listed: bool = True
) -> Iterator[Portal]:
    chosen = settings.model_copy(update={"embed_origins": site.url if listed else ""})
    with Library(chosen, HashEmbedder()) as library:
        library.add("会议.txt", f"{TEXT}\n{HOSTILE}\n".encode())
        generator = ScriptedGenerator(reply, pause_s=0.1)
        with serving(library, Answerer(library, generator, chosen), chosen) as url:
            site.service = url
            yield site


class Visit:
    """A page, the hosts it talked to and what its console complained of."""

    def __init__(
        self, browser: sync_api.Browser, site: Portal, attributes: str | None = ""
    ) -> None:
        if attributes is not None:
            site.tag = f'<script src="{site.service}/widget.js" {attributes}></script>'
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.page = browser.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("request", lambda request: self.hosts.add(urlparse(request.url).netloc))
        self.page.on("console", self._heard)
        self.page.goto(site.url)

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "favicon" not in str(message.location):
            self.complaints.append(message.text)

    def ask(self, question: str) -> None:
        if self.page.is_visible("huiwen-widget .open"):
            self.page.click("huiwen-widget .open")
        self.page.fill("huiwen-widget input", question)
        self.page.press("huiwen-widget input", "Enter")


def test_one_tag_puts_a_box_on_a_strict_portal(
    browser: sync_api.Browser, settings: Settings, site: Portal
) -> None:
    with served(settings, site):
        visit = Visit(browser, site, 'data-title="问一问"')
        page = visit.page
        page.click("huiwen-widget .open")
        assert page.inner_text("huiwen-widget header span") == "问一问"
        visit.ask(QUESTION)
        page.wait_for_selector("huiwen-widget .draft:has-text('完成')")
        page.wait_for_selector("huiwen-widget .answer a")
        assert page.inner_text("huiwen-widget .answer") == ANSWER
        assert "人工智能" in page.inner_text("huiwen-widget footer")
        with page.expect_popup() as opened:
            page.click("huiwen-widget .answer a")
        assert "120公里" in opened.value.inner_text("mark#hit")
        assert opened.value.url.startswith(f"{site.service}/source/")
        opened.value.close()
        # Neither side's style reaches the other.
        colour = "element => getComputedStyle(element).color"
        answer = page.locator("huiwen-widget .answer")
        assert answer.evaluate(colour) != "rgb(255, 0, 0)"
        assert page.locator("h1").evaluate(colour) == "rgb(255, 0, 0)"
        assert visit.hosts == {urlparse(site.url).netloc, urlparse(site.service).netloc}
        assert visit.complaints == []
        page.press("huiwen-widget input", "Escape")
        assert page.is_visible("huiwen-widget .open")
        page.close()


def test_the_tag_of_the_documentation(
    browser: sync_api.Browser, settings: Settings, site: Portal
) -> None:
    (tag,) = of("html")
    with served(settings, site):
        site.tag = tag.replace(ADDRESS, site.service)
        visit = Visit(browser, site, None)
        visit.ask(QUESTION)
        visit.page.wait_for_selector("huiwen-widget .answer a")
        assert visit.page.inner_text("huiwen-widget header span") == "会议问答"
        assert visit.page.inner_text("huiwen-widget .answer") == ANSWER
        visit.page.close()


def test_with_a_key_the_original_is_shown_in_the_box(
    browser: sync_api.Browser, settings: Settings, site: Portal
) -> None:
    with served(settings, site):
        visit = Visit(browser, site, 'data-key="hw-public" data-target="#box"')
        page = visit.page
        sent: list[Any] = []
        page.on("request", lambda request: sent.append(request))
        assert page.locator("#box huiwen-widget").count() == 1
        visit.ask(QUESTION)
        page.click("huiwen-widget .answer a")
        assert "120公里" in page.inner_text("huiwen-widget .source mark")
        assert HOSTILE in page.inner_text("huiwen-widget .source")
        assert not page.evaluate("window.hacked")
        called = [one for one in sent if one.method == "POST" or "/api/documents/" in one.url]
        assert {one.method for one in called} == {"GET", "POST"}
        for one in called:
            assert one.headers["authorization"] == "Bearer hw-public"
        page.click("huiwen-widget .back")
        assert page.is_visible("huiwen-widget .log")
        assert visit.complaints == []
        page.close()


def test_an_answer_is_text_and_can_be_stopped(
    browser: sync_api.Browser, settings: Settings, site: Portal
) -> None:
    with served(settings, site, f"完成管网改造120公里[1]。{HOSTILE * 20}"):
        visit = Visit(browser, site)
        visit.ask(QUESTION)
        visit.page.wait_for_selector("huiwen-widget .draft:has-text('onerror')")
        visit.page.click("huiwen-widget .stop")
        visit.page.wait_for_selector("huiwen-widget .draft:has-text('已停止')")
        assert not visit.page.evaluate("window.hacked")
        visit.page.close()


def test_a_site_that_is_not_listed_gets_nothing(
    browser: sync_api.Browser, settings: Settings, site: Portal
) -> None:
    with served(settings, site, listed=False):
        visit = Visit(browser, site)
        visit.ask(QUESTION)
        visit.page.wait_for_selector("huiwen-widget .draft:has-text('embed_origins')")
        assert any("CORS" in complaint for complaint in visit.complaints)
        visit.page.close()


def test_headers_for_listed_origins_only(settings: Settings, site: Portal) -> None:
    with served(settings, site):
        asked = {"Access-Control-Request-Method": "POST", "Origin": site.url}
        allowed = httpx.options(f"{site.service}/api/ask", headers=asked)
        assert allowed.headers["access-control-allow-origin"] == site.url
        assert "access-control-allow-credentials" not in allowed.headers
        foreign = {**asked, "Origin": "http://elsewhere.test"}
        refused = httpx.options(f"{site.service}/api/ask", headers=foreign)
        assert "access-control-allow-origin" not in refused.headers
        deleting = {**asked, "Access-Control-Request-Method": "DELETE"}
        assert httpx.options(f"{site.service}/api/ask", headers=deleting).status_code == 400
        policy = httpx.get(f"{site.service}/source/").headers["content-security-policy"]
        assert f"frame-ancestors 'self' {site.url}" in policy
