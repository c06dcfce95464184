"""What a portal's page says of its document: the table at its head and its meta elements."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from huiwen.types import Metadata

_SPACE = re.compile(r"\s+")
_LABELS = {
    "索引号": "index_number",
    "信息索引号": "index_number",
    "公开索引号": "index_number",
    "索引码": "index_number",
    "发文机关": "issuer",
    "发文机构": "issuer",
    "发文单位": "issuer",
    "制发机关": "issuer",
    "发布机构": "issuer",
    "发布机关": "issuer",
    "公开机构": "issuer",
    "发文字号": "number",
    "文号": "number",
    "文件编号": "number",
    "文件字号": "number",
    "发文文号": "number",
    "成文日期": "date",
    "成文时间": "date",
    "发文日期": "date",
    "发文时间": "date",
    "生成日期": "date",
    "发布日期": "published",
    "发布时间": "published",
    "公开日期": "published",
    "公开时间": "published",
    "标题": "title",
    "名称": "title",
    "信息名称": "title",
    "文件名称": "title",
    "文章标题": "title",
    "来源": "source",
    "信息来源": "source",
    "文章来源": "source",
    # Known so that a value ends before them.
    "主题分类": "",
    "主题词": "",
    "体裁分类": "",
    "组配分类": "",
    "服务对象": "",
    "有效性": "",
    "公开方式": "",
    "公开范围": "",
    "公开时限": "",
    "信息类别": "",
    "时间": "",
    "日期": "",
    "作者": "",
    "浏览次数": "",
    "点击数": "",
    "字体": "",
    "字号": "",
    "分享到": "",
}
_META = {
    "articletitle": "title",
    "pubdate": "published",
    "publishdate": "published",
    "contentsource": "source",
    "indexnumber": "index_number",
    "documentnumber": "number",
}
_LABELLED = re.compile(
    r"(?<![\u4e00-\u9fff])("
    + "|".join(r"\s*".join(label) for label in sorted(_LABELS, key=len, reverse=True))
    + r")\s*[】\]]?\s*[:：]"
)
_DATE = re.compile(r"((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_VALUE_CHARS = 200
_LINE_CHARS = 600
_EMPTY = frozenset({"", "无", "-", "—", "/", "暂无"})

Facts = dict[str, str]


def label_field(text: str) -> str | None:
    """The field a cell names ("发 文 机 关："), empty for other labels, None for no label."""
    return _LABELS.get(_SPACE.sub("", text).strip("：:[]【】*•·"))


def row_facts(cells: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Fields of a row, or of terms and descriptions: a label's value is the next cell."""
    field: str | None = None
    for cell in cells:
        found = label_field(cell) if len(cell) <= 30 else None
        if found is not None:
            field = found
        elif field is not None:
            if field:
                yield field, cell
            field = None
        else:
            yield from line_facts(cell)


def line_facts(text: str) -> Iterator[tuple[str, str]]:
    """Fields of a line of ``label：value`` that stand side by side."""
    if len(text) > _LINE_CHARS:
        return
    found = list(_LABELLED.finditer(text))
    if not found or found[0].start() > 2:
        return
    ends = [label.start() for label in found[1:]] + [len(text)]
    for label, end in zip(found, ends, strict=True):
        field = _LABELS[_SPACE.sub("", label[1])]
        if field:
            yield field, text[label.end() : end]


def meta_facts(root: etree._Element) -> Facts:
    """Fields of ``<meta>`` elements."""
    facts: Facts = {}
    for element in root.iter("meta"):
        field = _META.get(element.get("name", "").strip().lower())
        if field:
            put(facts, field, element.get("content", ""))
    return facts


def put(facts: Facts, field: str, value: str) -> None:
    """Keep a field's first sensible value; dates become ISO 8601."""
    value = _SPACE.sub(" ", value).strip(" ：:|【】[]　")
    if field in ("date", "published"):
        value = iso_date(value)
    if value not in _EMPTY and len(value) <= _VALUE_CHARS:
        facts.setdefault(field, value)


def iso_date(text: str) -> str:
    """The first date in the text, empty where there is none."""
    found = _DATE.search(text) or _COMPACT.match(text)
    if found is None:
        return ""
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""


def metadata(shown: Mapping[str, str], meta: Mapping[str, str]) -> Metadata:
    """What the page shows comes before what its meta elements say."""
    told = {**meta, **shown}
    return Metadata(
        date=told.get("date", ""),
        issuer=told.get("issuer") or told.get("source", ""),
        number=_SPACE.sub("", told.get("number", "")),
        published=told.get("published", ""),
        index_number=told.get("index_number", ""),
    )
