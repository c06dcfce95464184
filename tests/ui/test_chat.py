"""What people do in a conversation: come back, search, ask again, edit, copy, narrow, judge."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlparse

from answer.engine import Answerer
from huiwen.settings import Settings
from index.library import Library
from tests.fakes import ScriptedGenerator
from tests.ui.conftest import QUESTION, REPLY, Visit
from tests.ui.serve import serving

TITLES = "#hw-conversations .hw-title"


def test_a_conversation_is_there_after_the_page_is_loaded_again(visit: Visit) -> None:
    page = visit.page
    visit.answered()
    visit.answered("改造了多长的管网？")
    assert re.search(r"#c=[0-9a-f]{16}$", page.url)
    page.reload()
    page.wait_for_selector("#chat .hw-turn:nth-child(2) a.hw-cite")
    assert page.locator(TITLES).inner_text() == QUESTION
    assert page.locator(TITLES).get_attribute("aria-current") == "true"
    assert page.title().startswith(QUESTION)
    page.click("#chat a.hw-cite >> nth=0")
    page.frame_locator("#source-frame").locator("mark#hit").wait_for()


def test_a_citation_brings_the_evidence_of_its_own_answer(visit: Visit, library: Library) -> None:
    library.add("桥梁.txt", "桥梁会议\n\n会上展示了桥梁的照片。\n".encode())
    page = visit.page
    assert not page.is_visible("#evidence"), "nothing to show takes no room"
    visit.answered()
    first = page.inner_text("#evidence")
    visit.answered("桥梁的照片是哪里的？")
    assert page.inner_text("#evidence") != first
    page.click("#chat .hw-turn:nth-child(1) a.hw-cite")
    page.wait_for_selector("#evidence .hw-card.hw-cited")
    assert page.inner_text("#evidence") == first
    page.click("#hw-new")
    page.wait_for_selector("#evidence", state="hidden")


def test_new_open_search_rename_and_delete(visit: Visit) -> None:
    page = visit.page
    visit.answered()
    page.click("#hw-new")
    page.wait_for_selector("#hw-welcome")
    assert page.evaluate("document.activeElement.id") == "question"
    visit.answered("会上展示了什么照片？")
    page.wait_for_function(f"document.querySelectorAll('{TITLES}').length === 2")
    page.fill("#hw-find", "多少公里")
    page.wait_for_function(f"document.querySelectorAll('{TITLES}').length === 1")
    page.click(TITLES)
    page.wait_for_selector(f"#chat .hw-question:has-text('{QUESTION}')")
    page.go_back()
    page.wait_for_selector("#chat .hw-question:has-text('照片')")
    page.hover("#hw-conversations li")
    page.click(f"button[aria-label='改名：{QUESTION}']")
    page.fill("#hw-conversations li input", "管网的事")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{TITLES}:has-text('管网的事')")
    page.fill("#hw-find", "")
    page.wait_for_function(f"document.querySelectorAll('{TITLES}').length === 2")
    page.hover("#hw-conversations li:has-text('照片')")
    page.click("#hw-conversations li:has-text('照片') button[aria-label^='删除']")
    page.click("#hw-conversations .danger")
    page.wait_for_selector("#hw-welcome")
    page.wait_for_function(f"document.querySelectorAll('{TITLES}').length === 1")
    page.reload()
    page.wait_for_selector(f"{TITLES}:has-text('管网的事')")


def test_what_was_deleted_from_the_library_is_told_of(visit: Visit, library: Library) -> None:
    page = visit.page
    visit.answered()
    library.delete(library.documents()[0].id)
    page.reload()
    page.wait_for_selector("#chat .hw-notice:has-text('会议.txt')")
    assert "120" not in page.inner_text("#chat .hw-answer")


def test_regenerate_and_edit(visit: Visit) -> None:
    page = visit.page
    visit.answered()
    visit.answered("总投资是多少？")
    earlier = page.locator("#chat .hw-turn:nth-child(1) button[aria-label='重新回答']")
    assert not earlier.is_visible(), "it would take the later ones away unasked"
    last = (
        "fetch(`/api/conversations/${location.hash.slice(3)}`).then((r) => r.json())"
        ".then((told) => told.turns.at(-1).id)"
    )
    before = page.evaluate(last)
    page.click("#chat .hw-turn:nth-child(2) button[aria-label='重新回答']")
    page.wait_for_selector("#chat .hw-turn:nth-child(2) .hw-label")
    page.wait_for_selector("#ask:visible")
    assert page.evaluate(last) != before
    assert page.locator("#chat .hw-turn").count() == 2
    page.hover("#chat .hw-turn:nth-child(1)")
    page.click("#chat .hw-turn:nth-child(1) button[aria-label='修改问题']")
    assert page.input_value(".hw-edit") == QUESTION
    assert "一并取代" in page.inner_text(".hw-editing")
    page.keyboard.press("Escape")
    assert page.locator("#chat .hw-turn").count() == 2
    page.click("#chat .hw-turn:nth-child(1) button[aria-label='修改问题']")
    page.fill(".hw-edit", "2023年完成管网改造多少公里？")
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat .hw-question:has-text('2023年')")
    page.wait_for_selector("#chat a.hw-cite")
    assert page.locator("#chat .hw-turn").count() == 1
    page.reload()
    page.wait_for_selector("#chat .hw-question:has-text('2023年')")
    assert page.locator("#chat .hw-turn").count() == 1


def test_an_answer_goes_on_while_another_conversation_is_open(
    browser: Any, library: Library, settings: Settings
) -> None:
    slow = ScriptedGenerator(REPLY, pause_s=0.5)
    with serving(library, Answerer(library, slow, settings), settings) as url:
        visit = Visit(browser, url)
        page = visit.page
        visit.ask()
        page.wait_for_selector("#chat .hw-draft")
        page.click("#hw-new")
        page.wait_for_selector("#hw-welcome")
        assert not page.is_visible("#stop")
        visit.ask("会上展示了什么照片？")
        page.wait_for_selector("#chat .hw-question:has-text('照片')")
        page.click(f"{TITLES}:has-text('公里')")
        page.wait_for_selector(f"#chat .hw-question:has-text('{QUESTION}')")
        page.wait_for_selector("#chat a.hw-cite")
        page.click("#chat a.hw-cite")
        page.frame_locator("#source-frame").locator("mark#hit").wait_for()
        page.wait_for_selector("#hw-toast.shown:has-text('照片')")
        page.click(f"{TITLES}:has-text('照片')")
        page.wait_for_selector("#chat .hw-label")
        assert not slow.closed
        visit.close()


def test_copy_takes_the_sources_along(browser: Any, address: str) -> None:
    visit = Visit(browser, address, permissions=["clipboard-read", "clipboard-write"])
    visit.answered()
    visit.page.click("button[aria-label='复制回答与依据']")
    visit.page.wait_for_function("document.getElementById('hw-live').textContent === '已复制'")
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"问：{QUESTION}\n\n答：河口市完成管网改造120公里。[1]")
    assert "[1] 会议.txt：“2023年，河口市完成管网改造120公里。" in copied
    assert copied.endswith("本回答由人工智能生成，请以所引原文为准。")
    visit.close()


def test_a_follow_up_is_shown_as_it_was_understood(visit: Visit) -> None:
    page = visit.page
    visit.answered()
    visit.answered("那总投资呢？")
    meaning = page.locator("#chat .hw-turn:nth-child(2) .hw-meaning")
    assert re.search("理解为：.*河口市.*总投资", meaning.inner_text())
    page.reload()
    page.wait_for_selector("#chat .hw-turn:nth-child(2) .hw-meaning:has-text('河口市')")


def test_filters_narrow_show_and_go(visit: Visit, library: Library) -> None:
    library.add("纪要.txt", "管网会议纪要\n\n会议决定，河口市明年再改造管网80公里。\n".encode())
    page = visit.page
    page.click("#hw-filter")
    assert page.get_attribute("#hw-filter", "aria-expanded") == "true"
    page.wait_for_selector("#hw-documents option[value='纪要.txt']", state="attached")
    page.fill("#hw-filters [name=document]", "纪要.txt")
    page.keyboard.press("Tab")
    page.wait_for_selector("#hw-chips .chip:has-text('纪要.txt')")
    visit.answered()
    cards = page.locator("#evidence .hw-card")
    assert cards.count() > 0
    assert all("纪要.txt" in text for text in cards.all_inner_texts())
    page.click("#hw-chips .chip")
    assert page.locator("#hw-chips .chip").count() == 0
    page.click("#hw-filter")
    page.fill("#hw-filters [name=document]", "没有的.txt")
    visit.ask(QUESTION)
    page.wait_for_selector("#hw-toast.shown:has-text('没有的.txt')")
    assert page.input_value("#question") == QUESTION, "what cannot be asked stays"
    page.fill("#hw-filters [name=document]", "")
    page.fill("#hw-filters [name=since]", "2099-01-01")
    page.fill("#hw-filters [name=speaker]", "周立新")
    assert page.locator("#hw-chips .chip").all_inner_texts() == [
        "发言人：周立新",
        "不早于：2099-01-01",
    ]
    visit.answered()
    assert "没有资料" in page.inner_text("#chat .hw-turn:nth-child(2)")


def test_a_collection_narrows_the_question(visit: Visit, library: Library) -> None:
    library.add("upload/专题/纪要.txt", "管网会议纪要\n\n河口市再改造管网80公里。\n".encode())
    page = visit.page
    page.click("#hw-filter")
    page.wait_for_selector("#hw-collections option[value='专题']", state="attached")
    page.fill("#hw-filters [name=collection]", "专题")
    page.keyboard.press("Tab")
    page.wait_for_selector("#hw-chips .chip:has-text('资料集：专题')")
    visit.answered()
    cards = page.locator("#evidence .hw-card")
    assert cards.count() > 0
    assert all("纪要.txt" in text for text in cards.all_inner_texts())


def test_thumbs_with_a_reason(visit: Visit) -> None:
    page = visit.page
    visit.answered()
    page.click("button[aria-label='没有帮助']")
    page.click(".hw-reasons .chip:has-text('数字不对')")
    page.keyboard.type("，应为130")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hw-reasons", state="detached")
    (given,) = page.evaluate("fetch('/api/feedback').then((r) => r.json())")
    assert given["feedback"]["verdict"] == "down"
    assert given["feedback"]["reason"] == "数字不对，应为130"
    page.reload()
    page.wait_for_selector("button[aria-label='没有帮助'][aria-pressed=true]")
    page.click("button[aria-label='没有帮助']")
    page.wait_for_selector("button[aria-label='没有帮助'][aria-pressed=false]")
    assert page.evaluate("fetch('/api/feedback').then((r) => r.json())") == []


def test_the_keyboard_alone_does_it(visit: Visit) -> None:
    page = visit.page
    page.locator("#hw-find").focus()
    page.locator(".hw-scroll").focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    assert page.input_value("#question") == "第一行\n第二行"
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat .hw-draft")
    page.keyboard.press("Escape")
    page.wait_for_selector("#chat:has-text('已停止')")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.press("ArrowUp")
    assert page.input_value("#question") == QUESTION
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat a.hw-cite")
    page.locator("#hw-find").focus()
    page.keyboard.press("ArrowDown")
    assert "hw-title" in page.evaluate("document.activeElement.className")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "hw-find"


def test_enter_that_ends_a_word_of_an_input_method_asks_nothing(visit: Visit) -> None:
    page = visit.page
    page.fill("#question", "管网")
    page.evaluate(
        "document.getElementById('question').dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
    )
    assert page.input_value("#question") == "管网"
    assert page.locator("#chat .hw-turn").count() == 0


def test_a_stopped_answer_frees_the_model_and_stays_a_draft(
    visit: Visit, generator: ScriptedGenerator
) -> None:
    page = visit.page
    visit.ask()
    page.wait_for_selector("#chat .hw-draft")
    page.click("#stop")
    page.wait_for_selector("#chat:has-text('未经核对')")
    for _ in range(100):
        if generator.closed:
            break
        page.wait_for_timeout(50)
    assert generator.closed
    page.reload()
    page.wait_for_selector("#chat:has-text('未经核对')")
    assert page.locator("#chat .hw-draft").count() == 1


def test_a_service_that_is_gone_is_told(visit: Visit) -> None:
    page = visit.page
    page.route("**/api/conversations", lambda route: route.abort())
    visit.ask()
    page.wait_for_selector("#hw-toast.shown:has-text('连不上')")
    page.unroute("**/api/conversations")
    page.route("**/ask", lambda route: route.fulfill(status=503, body="{}"))
    visit.ask()
    page.wait_for_selector("#chat .hw-problem:has-text('503')")
    page.unroute("**/ask")
    page.click("button[aria-label='重新回答']")
    page.wait_for_selector("#chat a.hw-cite")


def test_nothing_is_loaded_from_elsewhere(visit: Visit) -> None:
    page = visit.page
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    response = page.reload()
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    page.wait_for_selector("#hw-app[data-ready]")
    visit.answered()
    for tab in page.locator("button[role=tab]").all():
        tab.click()
        page.wait_for_timeout(300)
    assert visit.hosts <= {urlparse(page.url).netloc, ""}, "blob: and data: alone have no host"
    assert not [text for text in refused if "Content Security Policy" in text]
