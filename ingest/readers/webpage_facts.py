"""What a portal says of a paper beside it: the table at the head, and the meta elements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html

from huiwen.types import Metadata
from ingest.date import dates
from ingest.normalise import normalise

_LABELS = {
    "索引号": "index_number", "索引": "index_number", "信息索引": "index_number",
    "发文机关": "issuer", "发布机构": "issuer", "发文机构": "issuer", "制发机关": "issuer",
    "公开主体": "issuer", "发文字号": "number", "文号": "number", "发文号": "number",
    "成文日期": "date", "成文时间": "date", "生成日期": "date",
    "发布日期": "published", "发布时间": "published", "公开日期": "published",
    "标题": "title", "名称": "title", "文件名称": "title", "信息名称": "title",
}  # fmt: skip
_META = {
    "articletitle": "title", "pubdate": "published", "publishdate": "published",
    "contentsource": "issuer", "indexno": "index_number", "documentno": "number",
}  # fmt: skip
_DATES = ("date", "published")
_LABEL_CHARS, _VALUE_CHARS = 10, 200
_CARRIERS = ("td", "th", "dt", "span", "label", "strong", "b", "em", "i", "li", "p", "div", "font")


def metadata_of(root: html.HtmlElement) -> tuple[Metadata, str]:
    """The metadata, and the title it names (empty where it names none)."""
    found: dict[str, str] = {}
    for field, value in (*_meta(root), *_pairs(root)):
        value = _value(field, value)
        if value:
            found.setdefault(field, value)
    title = found.pop("title", "")
    return Metadata(**found), title


def _value(field: str, value: str) -> str:
    value = re.sub(r"\s+", " ", value).strip(" ：:\u00a0\u3000")[:_VALUE_CHARS]
    if field in _DATES:
        return next((d.iso(None) for d in dates(normalise(value)) if d.iso(None)), "")
    return "" if value in ("无", "—", "-", "/") else value


def _meta(root: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for element in root.iter("meta"):
        field = _META.get((element.get("name") or "").lower())
        if field:
            yield field, element.get("content") or ""


def _pairs(root: html.HtmlElement) -> Iterator[tuple[str, str]]:
    """Labels with what stands beside or behind them."""
    for element in root.iter(*_CARRIERS):
        own = element.text or ""
        if len(element) == 0 or own.strip():
            label, mark, rest = _split(own)
            field = _LABELS.get(label)
            if field and rest:
                yield field, rest
            elif field:
                yield field, _beside(element)
                if mark:
                    yield field, "".join(element.itertext()).partition(mark)[2]


def _split(text: str) -> tuple[str, str, str]:
    """A label without its blanks, the colon, and what follows it."""
    mark = next((char for char in text[: 3 * _LABEL_CHARS] if char in "：:"), "")
    label, _, rest = text.partition(mark) if mark else (text, "", "")
    return re.sub(r"[\s\u00a0\u3000【】\[\]]", "", label)[: _LABEL_CHARS + 1], mark, rest.strip()


def _beside(element: html.HtmlElement) -> str:
    tail = (element.tail or "").strip(" ：:\u00a0\u3000\r\n\t")
    if tail:
        return tail
    following = element.getnext()
    if following is None and (parent := element.getparent()) is not None:
        following = parent.getnext() if len(parent) == 1 else None
    return "".join(following.itertext()) if following is not None else ""
