"""The list of a thousand documents: found, ordered, turned over; names are never markup."""

from __future__ import annotations

from typing import Any

import pytest

from huiwen.types import DocumentInfo, IngestReport, Metadata
from index.library import Library
from tests.ui.conftest import Visit
from ui.shelf import PAGE, shelf, summary, table


def info(number: int, name: str = "", /, **facts: Any) -> DocumentInfo:
    return DocumentInfo(
        f"{number:016x}", f"s{number}", name or f"第{number}次会议.txt", f"第{number}次会议纪要",
        "h", "txt", "utf-8", number, f"2026-01-01T00:{number % 60:02}:00+00:00",
        IngestReport(passages=1, warnings=facts.pop("warnings", ())), Metadata(**facts),
    )  # fmt: skip


THOUSAND = [info(number) for number in range(1000)]


def test_a_thousand_documents_are_pages() -> None:
    first = shelf(THOUSAND, "", "字数", 1)
    assert (first.pages, first.found, first.all) == (1000 // PAGE, 1000, 1000)
    assert [d.characters for d in first.documents] == list(range(999, 999 - PAGE, -1))
    seen = [
        d.id for n in range(1, first.pages + 1) for d in shelf(THOUSAND, "", "字数", n).documents
    ]
    assert len(set(seen)) == 1000


@pytest.mark.parametrize(("page", "shown"), [(0, 1), (-3, 1), (21, 20), (10**9, 20)])
def test_no_page_is_past_the_end(page: int, shown: int) -> None:
    assert shelf(THOUSAND, "", "文件名", page).page == shown


def test_every_word_must_be_known_of_a_document() -> None:
    documents = [
        info(1, "a.txt", date="2025-03-01", number="〔2025〕17号"),
        info(2, "b.txt", date="2025-04-01", meeting="常务会议"),
    ]
    assert [d.name for d in shelf(documents, "〔2025〕17", "文件名", 1).documents] == ["a.txt"]
    assert [d.name for d in shelf(documents, "常务 2025-04", "文件名", 1).documents] == ["b.txt"]
    assert [d.name for d in shelf(documents, "A.TXT", "文件名", 1).documents] == ["a.txt"]
    assert shelf(documents, "常务 17号", "文件名", 1).documents == ()
    assert [d.name for d in shelf(documents, "", "文件日期", 1).documents] == ["b.txt", "a.txt"]


def test_what_documents_say_is_never_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'"
    html = table(shelf([info(1, hostile, meeting=hostile, warnings=(hostile,))], "", "文件名", 1))
    assert "<img" not in html
    assert 'aria-label="查看 &lt;img' in html
    assert "⚠" in html


def test_an_empty_shelf_says_why() -> None:
    assert "还是空的" in table(shelf([], "", "文件名", 1))
    assert "没有找到" in table(shelf(THOUSAND, "没有的", "文件名", 1))
    assert "0 个文件，共 1000 个" in summary(shelf(THOUSAND, "没有的", "文件名", 1))


def test_find_and_turn_over_in_the_page(visit: Visit, library: Library) -> None:
    for number in range(60):
        library.add(f"第{number}次.txt", f"第{number}次会议\n\n讨论了第{number}件事。\n".encode())
    page = visit.page
    page.reload()
    page.click("button[role=tab]:has-text('资料库')")
    page.wait_for_selector("#count:has-text('61 个文件')")
    assert page.locator("#library tbody tr").count() == PAGE
    assert page.is_disabled("#back")
    page.click("#forth")
    page.wait_for_selector("#count:has-text('第 2 / 2 页')")
    assert page.locator("#library tbody tr").count() == 11
    page.fill("#find-document textarea, #find-document input", "第7次")
    page.wait_for_selector("#count:has-text('1 个文件，共 61 个')")
    page.click("#library summary")
    assert "个片段" in page.inner_text("#library details ul")
