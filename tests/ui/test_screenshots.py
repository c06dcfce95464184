"""The pictures in docs/screenshots: a walk over the sample documents, the model scripted.

``HUIWEN_SCREENSHOTS=1 pytest tests/ui/test_screenshots.py`` writes them to docs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from answer.engine import Answerer
from answer.generator import Message
from answer.stop import Stream
from eval.run import save_run
from huiwen.settings import Settings
from index.library import Library
from tests.conftest import ROOT
from tests.eval.test_report import RIGHT, WRONG, suite
from tests.fakes import HashEmbedder
from tests.ui.conftest import Visit
from tests.ui.serve import serving

# What the scripted model says to whichever question, and the words its passage has.
ANSWERS = {
    "暂停售票": ("瞬时客流达到最大承载量的80%时启动橙色预警，达到90%时暂停售票", "90%时暂停售票"),
    "管网漏损率": ("石浦区老城片区2024年管网漏损率为18.4%", "漏损率为18.4%"),
    "概算总投资": ("工程概算总投资12.86亿元，计划铺设供水管网1264公里", "概算总投资12.86亿元"),
    "网办率": ("全县政务服务事项全程网办率87.1%", "全程网办率 87.1%"),
    "月工资": ("人员工资标准由每月3,100元提高到3,600元", "3,600 元"),
    "夜间消费": ("夜间消费占旅游总消费的比重达到41%", "比重达到41%"),
}
PHONE = {"width": 360, "height": 780}
Save = Callable[[Visit, str], None]


class Secretary:
    """Answers from ANSWERS, citing the passage of the prompt that says so."""

    name = "scripted/screenshots"

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        sources, _, question = messages[-1].content.rpartition("【问题】")
        for key, (reply, words) in ANSWERS.items():
            if key in question and words in sources:
                number = re.findall(r"\[(\d+)\]", sources[: sources.index(words)])[-1]
                yield from (reply, f"[{number}]。")
                return
        yield "资料中没有提到"


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Takes the picture, where it was asked for into docs."""
    wanted = os.environ.get("HUIWEN_SCREENSHOTS")
    folder = ROOT / "docs" / "screenshots" if wanted else tmp_path

    def taking(visit: Visit, name: str) -> None:
        visit.page.wait_for_timeout(900)
        visit.page.screenshot(path=folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 20_000

    return taking


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    with Library(settings, HashEmbedder()) as library:
        for path in sorted((ROOT / "samples" / "documents").iterdir()):
            library.add(path.name, path.read_bytes())
        pdf = ROOT / "tests" / "data" / "formats" / "会议.pdf"
        library.add(pdf.name, pdf.read_bytes())
        runs = settings.store.parent / "runs"
        for day, right in enumerate([2, 1, 3, 5, 6], start=1):
            run = suite(*[RIGHT] * right, *[WRONG] * (7 - right))
            stamp = f"2026-03-{day:02}T08:00:00+08:00"
            save_run(replace(run, started_at=stamp, gold_path="示例.jsonl"), runs)
        with serving(library, Answerer(library, Secretary(), settings), settings) as url:
            yield url


def opened(browser: Any, address: str, **context: Any) -> Visit:
    return Visit(browser, address, locale="zh-CN", **context)


def cite(visit: Visit, turn: int = 1) -> None:
    visit.page.click(f"#chat .hw-turn:nth-child({turn}) a.hw-cite >> nth=0")
    visit.page.frame_locator("#source-frame").locator("mark#hit").wait_for()


def test_walk_and_take_pictures(browser: Any, address: str, save: Save) -> None:
    visit = opened(browser, address)
    page = visit.page
    save(visit, "welcome")
    for question in (
        "窗口人员的月工资从多少提高到多少？",
        "霁川市夜间消费占旅游总消费的比重是多少？",
    ):
        visit.answered(question)
        page.click("#hw-new")
    visit.answered("景区瞬时客流到什么程度要暂停售票？")
    visit.answered("四川省的旅游总收入目标是多少？")
    page.click("#chat .hw-turn:nth-child(1) button[aria-label='有帮助']")
    page.keyboard.press("Escape")
    page.wait_for_selector(".hw-reasons", state="detached")
    cite(visit)
    page.locator(".hw-scroll").evaluate("box => box.scrollTop = 0")
    save(visit, "chat-citation")
    page.click("#hw-new")
    visit.answered("望溪县政务服务全程网办率是多少？")
    visit.answered("那窗口人员的月工资呢？")
    page.click("#chat .hw-turn:nth-child(2) button[aria-label='没有帮助']")
    page.fill("#hw-find", "网办率")
    page.wait_for_function("document.querySelectorAll('.hw-title').length === 1")
    cite(visit, 2)
    save(visit, "conversations")
    page.click("button[role=tab]:has-text('资料库')")
    page.wait_for_selector("#library table")
    page.click("#library summary >> nth=0")
    save(visit, "library")
    page.click("button[role=tab]:has-text('评测')")
    page.wait_for_selector("#trend svg")
    page.frame_locator("#report-frame").locator("h1").wait_for()
    save(visit, "evaluation")
    visit.close()


def test_dark_with_filters(browser: Any, address: str, save: Save) -> None:
    visit = opened(browser, address, color_scheme="dark")
    visit.answered("供水一体化改造工程概算总投资是多少？要铺多少公里管网？")
    cite(visit)
    visit.page.click("#hw-filter")
    visit.page.check("#decisions input")
    visit.page.fill("#hw-filters [name=since]", "2025-01-01")
    save(visit, "dark")
    visit.close()


def test_on_a_phone(browser: Any, address: str, save: Save) -> None:
    visit = opened(browser, address, viewport=PHONE, has_touch=True, is_mobile=True)
    visit.answered("景区瞬时客流到什么程度要暂停售票？")
    save(visit, "phone")
    cite(visit)
    save(visit, "phone-source")
    visit.close()
