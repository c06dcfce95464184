"""The page in a real browser, on a real server and a real library."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from answer.engine import Answerer
from answer.generator import Generator, load_generator
from huiwen.settings import Settings
from index.embedder import load_embedder
from index.library import Library
from tests.fakes import ScriptedGenerator
from tests.ui.conftest import QUESTION, TEXT, Visit
from tests.ui.serve import serving


@pytest.fixture
def generator() -> ScriptedGenerator:
    return ScriptedGenerator("河口市完成管网改造120公里[1]。", pause_s=0.25)


def test_evidence_then_answer_then_the_highlighted_sentence(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION)
    page.wait_for_selector("#evidence .hw-card mark")
    assert not page.query_selector("a.hw-cite"), "evidence must come before the answer"
    page.wait_for_selector("#chat .hw-draft")
    page.wait_for_selector("#chat a.hw-cite")
    answer = page.inner_text("#chat .hw-answer")
    assert "完成管网改造120公里。" in answer
    assert "人工智能生成" in answer
    page.click("#chat a.hw-cite")
    frame = page.frame_locator("#source-frame")
    assert frame.locator("mark#hit").inner_text() == "2023年，河口市完成管网改造120公里。"
    page.wait_for_timeout(800)
    visit.ask("总投资多少？")
    page.wait_for_selector("#chat .hw-turn:nth-of-type(2)")
    assert visit.hosts == {urlparse(page.url).netloc}, "no request may leave the machine"


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080)])
def test_the_page_does_not_jump_to_a_citation(
    visit: Visit, library: Library, size: tuple[int, int]
) -> None:
    filler = [f"与会人员参观了{n}号现场，并交换了意见。" for n in range(80)]
    library.add("会议.txt", "\n\n".join([*filler[:40], TEXT, *filler[40:]]).encode())
    page = visit.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit.ask(QUESTION)
    page.wait_for_selector("#chat a.hw-cite")
    head = "document.getElementById('hw-head').getBoundingClientRect().top"
    before = page.evaluate(head)
    page.click("#chat a.hw-cite")
    mark = page.frame_locator("#source-frame").locator("mark#hit")
    mark.wait_for()
    page.wait_for_timeout(800)
    assert abs(page.evaluate(head) - before) <= 1
    assert mark.evaluate("mark => { const box = mark.getBoundingClientRect();"
                         " return box.top >= 0 && box.bottom <= innerHeight }")  # fmt: skip
    visit.page.click("#chat a.hw-cite")  # the same sentence again: no document is loaded
    page.wait_for_timeout(800)
    assert abs(page.evaluate(head) - before) <= 1


def test_a_question_is_asked_of_decisions_only(visit: Visit, library: Library) -> None:
    library.add("纪要.txt", "管网会议纪要\n\n会议决定，河口市明年再改造管网80公里。\n".encode())
    page = visit.page
    page.click("#hw-filter")
    page.check("#decisions input")
    visit.ask(QUESTION)
    page.wait_for_selector("#evidence .hw-card mark")
    cards = page.locator("#evidence .hw-card")
    assert cards.count() == 1
    assert "80公里" in cards.inner_text()
    assert "议定事项" in cards.locator(".hw-where").inner_text()


@pytest.mark.parametrize("name", ["会议.pdf", "会议.ofd"])
def test_the_cited_page_is_shown_beside_its_text(visit: Visit, library: Library, name: str) -> None:
    file = Path(__file__).parent.parent / "data" / "formats" / name
    identity = library.add(name, file.read_bytes()).info.id
    sentence = "会议议定，汛期实行24小时值班"
    passage = next(h.passage for h in library.search(sentence, 5) if sentence in h.passage.text)
    start = passage.text.index(sentence)
    page = visit.page
    page.goto(f"{page.url}source/{identity}?passage={passage.id}&start={start}&end={start + 5}#hit")
    assert page.inner_text("mark#hit").startswith("会议议定")
    with page.expect_response(lambda response: response.url.find("/page/") > 0) as fetched:
        page.click(".picture summary")
    assert fetched.value.ok
    page.wait_for_timeout(500)
    assert page.locator(".picture img").evaluate("image => image.naturalWidth") > 500
    assert page.locator(".picture img").bounding_box()["width"] <= 46 * 16


def test_stop_ends_the_draft(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION)
    page.wait_for_selector("#chat .hw-draft")
    page.click("#stop")
    page.wait_for_selector("text=已停止")
    page.wait_for_timeout(2500)
    assert not page.query_selector("#chat a.hw-cite")


def test_documents_are_only_text(visit: Visit, library: Library) -> None:
    name = "${window.hacked=1}<img src=x onerror=window.hacked=1>.txt"
    library.add(name, f"{name}\n\n照片墙的照片。\n".encode())
    page = visit.page
    visit.ask("会上展示了什么照片？<img src=x onerror='window.hacked=1'>")
    page.wait_for_selector("#chat .hw-label")
    page.wait_for_selector("#evidence .hw-card")
    assert "<img src=x" in page.inner_text("#evidence")
    assert "<img src=x" in page.inner_text("#hw-conversations")
    page.reload()
    page.click("button[role=tab]:has-text('资料库')")
    page.wait_for_selector("#library :text('${window.hacked=1}<img')")
    page.click("#hw-delete button")
    page.click("#chosen input")
    page.wait_for_selector("[role=option]:has-text('hacked')")
    assert page.evaluate("window.hacked") is None
    assert not page.query_selector("hw-app img, #library img")


def test_an_example_is_one_click_away(visit: Visit) -> None:
    page = visit.page
    page.click("text=会议何时召开？")
    assert page.input_value("#question") == "会议何时召开？"


def test_upload_report_and_delete(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    page.click("button[role=tab]:has-text('资料库')")
    good, bad = tmp_path / "新文件.txt", tmp_path / "坏文件.txt"
    good.write_text("新的会议\n\n会议研究了植树工作，计划植树8600棵。\n", "utf-8")
    bad.write_bytes(b"{\\rtf1 not text}")
    page.set_input_files("#upload input[type=file]", [str(good), str(bad)])
    page.wait_for_selector("#upload :text('新文件')")
    page.click("#add")
    page.wait_for_selector("#report:has-text('已收录')")
    page.wait_for_selector("#report:has-text('RTF')")
    report = page.inner_text("#report")
    assert "已收录" in report
    assert re.search(r"坏文件\.txt.*RTF", report)
    page.wait_for_selector("#library :text('新文件.txt')")
    page.click("#hw-delete button")
    page.click("#chosen input")
    page.click("[role=option]:has-text('新文件.txt')")
    page.click("#delete")
    page.click("#confirm")
    page.wait_for_selector("#report:has-text('已删除')")
    page.wait_for_function("!document.querySelector('#library').innerText.includes('新文件.txt')")


@pytest.mark.real
@pytest.mark.timeout(900)
def test_the_real_models_answer_and_the_citation_opens(
    browser: Any, real_settings: Settings, settings: Settings
) -> None:
    chosen = settings.model_copy(update={"llm_timeout_s": 600.0})
    samples = Path(__file__).parent.parent.parent / "samples" / "documents"
    with Library(chosen, load_embedder(chosen)) as library:
        for path in samples.iterdir():
            library.add(path.name, path.read_bytes())
        generator: Generator | None = load_generator(chosen)
        with serving(library, Answerer(library, generator, chosen), chosen) as url:
            visit = Visit(browser, url)
            visit.ask("竹岭村2024年村集体收入有多少？")
            visit.page.wait_for_selector("#evidence .hw-card")
            visit.page.wait_for_selector("#chat a.hw-cite", timeout=600_000)
            assert "780" in visit.page.inner_text("#chat .hw-answer")
            visit.page.click("#chat a.hw-cite")
            hit = visit.page.frame_locator("#source-frame").locator("mark#hit")
            assert "780万元" in hit.inner_text()
            assert visit.hosts == {urlparse(url).netloc}
            visit.close()
