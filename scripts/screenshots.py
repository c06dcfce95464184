"""Take the screenshots of docs/ from a running service: scripts/screenshots.py http://127.0.0.1:7860"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.ui.serve import ARGUMENTS, CHROMIUM

OUT = Path(__file__).parent.parent / "docs" / "screenshots"
INPUT = "#question textarea, #question input"


def ask(page: Page, question: str) -> None:
    page.fill(INPUT, question)
    page.click("#ask")
    page.wait_for_selector("#chat .hw-label", timeout=300_000)


def main(url: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, size in (("chat-citation", (1440, 900)), ("phone", (390, 844))):
            page = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
            page.goto(url)
            page.wait_for_selector(INPUT)
            ask(page, "景区瞬时客流到什么程度要暂停售票？")
            page.click("#chat a.hw-cite")
            page.frame_locator("#source-frame").locator("mark#hit").wait_for()
            page.wait_for_timeout(800)
            page.evaluate("window.scrollTo(0, 0)")
            page.screenshot(path=OUT / f"{name}.png")
            if name == "chat-citation":
                page.fill(INPUT, "四川省的旅游总收入目标是多少？")
                page.click("#ask")
                page.wait_for_selector("#chat .hw-refused", timeout=300_000)
                page.wait_for_timeout(500)
                page.evaluate("window.scrollTo(0, 0)")
                page.screenshot(path=OUT / "refusal.png")
                page.click("button[role=tab]:has-text('资料库')")
                page.wait_for_selector("#library table")
                page.wait_for_timeout(500)
                page.screenshot(path=OUT / "library.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
