"""The list of documents as the library tab shows it: found, ordered, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from huiwen.types import DocumentInfo
from ingest.source import collection_of
from ui.audience import shown

PAGE = 50
# What the list can be ordered by, and whether the greatest comes first.
ORDERS: dict[str, tuple[Callable[[DocumentInfo], Any], bool]] = {
    "新收录的在前": (lambda info: info.added_at, True),
    "文件日期": (lambda info: info.metadata.date, True),
    "文件名": (lambda info: info.name, False),
    "字数": (lambda info: info.characters, True),
}
_COLUMNS = ("文件", "标题", "日期", "段落", "片段", "字数", "收录时间", "")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Page ``page`` (from 1) of ``pages``; ``found`` documents of ``all`` in the library."""

    documents: tuple[DocumentInfo, ...]
    page: int
    pages: int
    found: int
    all: int


def shelf(documents: Sequence[DocumentInfo], query: str, order: str, page: int) -> Shelf:
    """The documents that have every word of ``query`` in what is known of them."""
    words = query.casefold().split()
    found = [info for info in documents if _has(info, words)]
    key, greatest_first = ORDERS[order]
    found.sort(key=key, reverse=greatest_first)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, page), pages)
    shown = tuple(found[(page - 1) * PAGE : page * PAGE])
    return Shelf(shown, page, pages, len(found), len(documents))


def table(now: Shelf) -> str:
    """The page as an HTML table; each file opens its own report."""
    if not now.documents:
        text = "没有找到符合的文件。" if now.all else "资料库还是空的；请在这里上传会议资料。"
        return f'<p class="hw-status">{text}</p>'
    rows = "".join(map(_row, now.documents))
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    return f'<table class="hw-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def summary(now: Shelf) -> str:
    """How much there is, and where in it one is."""
    of = f"，共 {now.all} 个" if now.found != now.all else ""
    return (
        f'<p class="hw-count" role="status">{now.found} 个文件{of} · '
        f"第 {now.page} / {now.pages} 页</p>"
    )


def collections(documents: Sequence[DocumentInfo]) -> list[str]:
    """The folders that documents are kept in, by name."""
    return sorted({collection_of(info.source) for info in documents} - {""})


def _has(info: DocumentInfo, words: Sequence[str]) -> bool:
    facts = info.metadata
    known = (
        f"{info.name} {info.title} {facts.meeting} {facts.date} {facts.issuer} {facts.number} "
        f"{collection_of(info.source)}"
    )
    text = known.casefold()
    return all(word in text for word in words)


def _row(info: DocumentInfo) -> str:
    warnings = "".join(f"<li>⚠ {escape(text)}</li>" for text in info.report.warnings)
    facts = info.metadata
    known = "".join(
        f"<li>{name}：{escape(value)}</li>"
        for name, value in (
            ("会议", facts.meeting),
            ("发文机关", facts.issuer),
            ("发文字号", facts.number),
            ("密级", facts.secrecy),
            ("地点", facts.place),
            ("资料集", collection_of(info.source)),
            ("给谁看", shown(info.groups)),
        )
        if value
    )
    report = (
        f"<details><summary>{escape(info.name)}</summary><ul>"
        f"<li>{escape(info.report.summary)}</li>{warnings}{known}</ul></details>"
    )
    flag = ' <span class="hw-warned" title="有警告">⚠</span>' if warnings else ""
    if collection := collection_of(info.source):
        flag += f' <span class="hw-groups" title="资料集">{escape(collection)}</span>'
    if info.groups:
        flag += f' <span class="hw-groups" title="只给这些组看">{escape(shown(info.groups))}</span>'
    return (
        f"<tr><td>{report}{flag}</td><td>{escape(info.title)}</td>"
        f"<td>{escape(facts.date)}</td><td>{info.report.paragraphs}</td>"
        f"<td>{info.report.passages}</td><td>{info.characters:,}</td>"
        f'<td>{_local(info.added_at)}</td><td><a href="/source/{info.id}" target="_blank" '
        f'rel="noopener" aria-label="查看 {escape(info.name)}">查看</a></td></tr>'
    )


def _local(moment: str) -> str:
    """An ISO 8601 moment on the server's own clock."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
