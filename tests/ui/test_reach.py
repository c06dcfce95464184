"""Everybody can use it: phones, dark rooms, keyboards, screen readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index.library import Library
from tests.fakes import ScriptedGenerator
from tests.ui.conftest import QUESTION, Visit

AUDIT = Path(__file__).with_name("audit.js").read_text("utf-8")
PHONE = {"width": 360, "height": 740}
NAMED = (
    'navigation "对话列表"',
    'region "对话内容"',
    'complementary "原文与依据"',
    'textbox "问题"',
    'button "重新回答"',
    'link "依据 1，打开原文：会议.txt"',
)
# Announced are whole sentences, one after the other: all of them are kept here.
LISTEN = """() => {
  window.heard = [];
  new MutationObserver(() => {
    const text = document.getElementById('hw-live').textContent;
    if (text) window.heard.push(text);
  }).observe(document.getElementById('hw-live'), { childList: true, subtree: true });
}"""


@pytest.fixture
def generator() -> ScriptedGenerator:
    return ScriptedGenerator("河口市完成管网改造120公里[1]。", pause_s=0.12)


def test_the_audit_complains(visit: Visit) -> None:
    visit.page.evaluate(
        "() => { const bad = document.createElement('p'); bad.style.color = '#999999';"
        " const button = document.createElement('button');"
        " button.style.cssText = 'width: 9px; height: 20px';"
        " const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');"
        " bad.append('淡字', button, svg);"
        " document.getElementById('chat').append(bad); }"
    )
    complaints = visit.page.evaluate(AUDIT)
    kinds = {text.split(":")[0].split(" ")[0] for text in complaints}
    assert kinds == {"contrast", "no", "small"}, complaints


def audit(visit: Visit) -> list[str]:
    visit.page.wait_for_timeout(400)  # colours fade in
    return list(visit.page.evaluate(AUDIT))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE])
def test_names_contrast_and_size_of_everything(
    browser: Any, address: str, library: Library, scheme: str, size: dict[str, int]
) -> None:
    visit = Visit(browser, address, color_scheme=scheme, viewport=size, locale="zh-CN")
    page = visit.page
    assert audit(visit) == []
    page.click("#hw-filter")
    page.check("#decisions input")
    assert audit(visit) == []
    page.click("#hw-chips .chip")
    visit.answered()
    visit.answered("1987年开了什么会？")
    page.click("#chat .hw-turn:nth-child(1) button[aria-label='没有帮助']")
    page.click("#chat .hw-turn:nth-child(2) summary[aria-label='导出']")
    assert audit(visit) == []
    page.click("#chat .hw-turn:nth-child(1) a.hw-cite")
    assert audit(visit) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    library.delete(library.documents()[0].id)
    page.reload()
    page.wait_for_selector("#chat .hw-notice")
    if size == PHONE:
        page.click("#hw-drawer")
    page.hover("#hw-conversations li")
    assert audit(visit) == []
    for tab in ("资料库", "评测"):
        page.click(f"button[role=tab]:has-text('{tab}')")
        page.wait_for_timeout(500)
        assert [text for text in audit(visit) if "contrast" in text] == []
    visit.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_source_can_be_read(browser: Any, address: str, library: Library, scheme: str) -> None:
    visit = Visit(browser, address, color_scheme=scheme)
    passage = library.search(QUESTION, 1)[0].passage
    page = visit.page
    page.goto(f"{address}/source/{passage.document_id}?passage={passage.id}&start=0&end=9#hit")
    page.wait_for_selector("mark#hit")
    assert [text for text in audit(visit) if "live region" not in text] == []
    visit.close()


def test_a_screen_reader_is_told_what_happens(visit: Visit) -> None:
    page = visit.page
    page.evaluate(LISTEN)
    visit.answered()
    page.wait_for_function("window.heard.some((text) => text.includes('120公里'))")
    heard = page.evaluate("window.heard")
    assert "正在查找依据…" in heard
    assert any("段依据" in text for text in heard)
    assert "正在生成回答" in heard
    assert heard[-1].startswith("河口市完成管网改造120公里。[1]")
    assert "人工智能生成" in heard[-1]
    snapshot = page.locator("#hw-app").aria_snapshot()
    assert [named for named in NAMED if named not in snapshot] == []
    assert f'article "问：{QUESTION}"' in snapshot


def test_every_stop_of_the_tab_key_can_be_seen(visit: Visit) -> None:
    page = visit.page
    visit.answered()
    page.evaluate("document.activeElement.blur()")
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        name, ring, width = page.evaluate(
            "() => { const node = document.activeElement, style = getComputedStyle(node);"
            " return [node.id || node.getAttribute('aria-label') || node.tagName,"
            " style.outlineStyle !== 'none' || style.boxShadow !== 'none'"
            " || !!node.closest('#hw-composer'), node.getBoundingClientRect().width] }"
        )
        seen.add(name)
        if name in ("BODY", "HTML"):
            continue
        assert ring, name
        assert width > 0, name
    reached = {"hw-new", "hw-find", "question", "hw-filter", "ask", "hw-theme", "重新回答"}
    assert reached <= seen


def test_a_phone_has_room_for_everything(browser: Any, address: str) -> None:
    visit = Visit(browser, address, viewport=PHONE, has_touch=True, is_mobile=True)
    page = visit.page
    visit.answered()
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 360
    page.tap("#chat a.hw-cite")
    page.frame_locator("#source-frame").locator("mark#hit").wait_for()
    page.wait_for_timeout(400)
    mark = page.frame_locator("#source-frame").locator("mark#hit").bounding_box()
    assert mark is not None
    assert 0 <= mark["y"] <= 740
    assert page.evaluate("document.activeElement.id") == "hw-close-source"
    page.tap("#hw-close-source")
    page.wait_for_selector("#question:visible")
    assert "hw-cite" in page.evaluate("document.activeElement.className")
    page.tap("#hw-drawer")
    page.wait_for_selector("#hw-conversations .hw-title:visible")
    assert page.get_attribute("#hw-drawer", "aria-expanded") == "true"
    page.keyboard.press("Escape")
    page.wait_for_selector("#hw-conversations .hw-title", state="hidden")
    page.tap("#hw-new-small")
    page.wait_for_selector("#hw-welcome")
    page.tap("#hw-filter")
    page.tap("button[role=tab]:has-text('资料库')")
    page.wait_for_selector("#count:has-text('1 个文件')")
    assert page.evaluate(wide) <= 360
    visit.close()


def test_dark_follows_the_system_until_one_chooses(browser: Any, address: str) -> None:
    visit = Visit(browser, address, color_scheme="dark")
    page = visit.page
    paper = "getComputedStyle(document.body).backgroundColor"
    inside = (
        "getComputedStyle(document.getElementById('source-frame').contentDocument.body)"
        ".backgroundColor"
    )
    dark = page.evaluate(paper)
    assert dark == "rgb(18, 22, 31)"
    page.wait_for_function(f"{inside} === '{dark}'")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{paper} === 'rgb(255, 255, 255)'")
    page.click("#hw-theme")
    page.click("#hw-theme")
    assert page.inner_text("#hw-theme") == "深色"
    page.wait_for_function(f"{paper} === '{dark}'")
    page.wait_for_function(f"{inside} === '{dark}'")
    page.reload()
    page.wait_for_selector("#hw-app[data-ready]")
    page.wait_for_timeout(500)
    assert page.evaluate(paper) == dark
    assert page.evaluate("document.body.classList.contains('dark')"), "Gradio's parts as well"
    visit.close()


def test_answers_are_exported_from_their_menu(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.answered()
    for kind, magic in (("docx", b"PK"), ("pdf", b"%PDF")):
        page.click("#chat summary[aria-label='导出']")
        with page.expect_download() as download:
            page.click(f"#chat .hw-menu a[href*='{kind}']")
        assert download.value.suggested_filename == f"{QUESTION}.{kind}"
        target = tmp_path / kind
        download.value.save_as(target)
        assert target.read_bytes().startswith(magic)
        assert not page.query_selector("details.hw-menu[open]")
