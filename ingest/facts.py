"""What a document says of itself: its meeting, date, number, secrecy, issuer, place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise

from huiwen.types import Metadata, Paragraph, ParagraphKind
from ingest.date import dates, year_of
from ingest.normalise import fold, normalise
from ingest.sentence import is_open

# What a document says of itself stands at its head or at its very end.
_HEAD, _TAIL = 14, 6
_MARK_CHARS = 40
_LEVELS = "绝密|机密|秘密"
_SECRECY = re.compile(rf"(?:密级\s*[:：]?\s*)?({_LEVELS})\s*(?:★\s*(\S{{0,8}}))?(?=\s|$)")
_STARRED = re.compile(rf"({_LEVELS})\s*★\s*([\d一二三四五六七八九十]+\s*[年月]|长期)?")
_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{0,12}(?:[〔［\[【]\d{4}[〕］\]】]|(?<=[发函纪办字令])[（(]\d{4}[）)])\s*第?\s*\d+\s*号"
)
_GATHERING = (
    r"(?:会议|大会|(?:例|推进|座谈|现场|工作|动员|调度|专题|办公)会(?!议)|常委会(?!会议)|全会)"
)
_HELD = re.compile(
    rf"(?:召开|举行|举办)(?:了)?(?P<meeting>[^，。；、《》]{{2,40}}?{_GATHERING})(?!室|中心|纪要)"
)
_TITLED = re.compile(
    rf"(?P<meeting>[^，。；《》\s]{{2,40}}?{_GATHERING})"
    r"(?=会?纪要|记录|材料|会议材料|侧记|发言|综述|[（(]|$)"
)
_PLACE = re.compile(r"在(?P<place>[^，。；、在]{2,30}?)(?:主持)?(?:召开|举行|举办)")
_WHO_HELD = re.compile(r"(?:主持|组织)$")
_ORGANISATION = re.compile(
    r"[\u4e00-\u9fff]{2,24}(?:人民政府|办公室|办公厅|委员会|常委会|政府|党委|党组|[厅局院部]|集团|公司|学校|大学|医院|指挥部)"
)
_KINDS = frozenset(("会议纪要", "纪要", "文件", "通报", "简报", "情况通报", "会议记录"))
_LABELS = {
    "date": ("会议时间", "时间", "召开时间"),
    "place": ("会议地点", "地点", "召开地点"),
    "issuer": ("发文机关", "发布机构", "主办单位"),
    "number": ("发文字号", "文号"),
    "index_number": ("索引号",),
    "published": ("发布日期", "发布时间", "印发日期"),
    "meeting": ("会议名称",),
}
_DATED = re.compile(r"年\s*\S{1,3}\s*月|\d{4}\s*[-/.－／．]\s*\d")
_LABELLED = re.compile(r"^\**([\u4e00-\u9fff 　]{2,8})\**\s*[：:]\s*(.{2,80})$")


def facts(title: str, paragraphs: Sequence[Paragraph], told: Metadata) -> Metadata:
    """What the paragraphs tell; ``told`` by the format itself comes first."""
    apart = (ParagraphKind.TABLE, ParagraphKind.NOTE)
    texts = [p.text for p in paragraphs if p.kind not in apart]
    head, tail = texts[:_HEAD], texts[-_TAIL:]
    labelled = _labelled([*head, *tail])
    # Asked for last: its year may come from the number.
    found = {
        "meeting": labelled.get("meeting") or _meeting(title, head),
        "issuer": labelled.get("issuer") or _issuer(head, tail),
        "number": labelled.get("number") or _first(_NUMBER, head, _MARK_CHARS),
        "secrecy": _secrecy(head),
        "place": labelled.get("place") or _place(head),
        "index_number": labelled.get("index_number", ""),
        "published": _iso(labelled.get("published", ""), None),
        "date": _date(title, texts, labelled.get("date", ""), told),
    }
    values = {
        field.name: getattr(told, field.name) or found[field.name] for field in fields(Metadata)
    }
    return Metadata(**values)


def is_masthead(text: str) -> bool:
    """Whether a line at the head only tells who issues the paper, or of what kind it is."""
    bare = re.sub(r"\s", "", text)
    return bare in _KINDS or bool(_ORGANISATION.fullmatch(bare.removesuffix("文件")))


def classified(metadata: Metadata) -> bool:
    """Whether the document is marked a state secret."""
    return bool(re.match(_LEVELS, metadata.secrecy))


def _labelled(texts: Sequence[str]) -> dict[str, str]:
    """Values of lines such as ``地点：三楼会议室``."""
    names = {label: field for field, labels in _LABELS.items() for label in labels}
    found: dict[str, str] = {}
    for text in texts:
        for line in text.split("\n"):
            match = _LABELLED.match(line.strip())
            field = names.get(re.sub(r"\s", "", match[1])) if match else None
            if match and field:
                found.setdefault(field, match[2].strip().rstrip("。").strip("*"))
    return found


def _meeting(title: str, head: Sequence[str]) -> str:
    for text in (title, *head):
        if held := _HELD.search(text):
            return held["meeting"]
    for text in (title, *(text for text in head[:4] if len(text) <= _MARK_CHARS)):
        if titled := _TITLED.search(text):
            return titled["meeting"]
    return ""


def _place(head: Sequence[str]) -> str:
    match = next((m for text in head if (m := _PLACE.search(text))), None)
    return _WHO_HELD.sub("", match["place"]) if match else ""


def _issuer(head: Sequence[str], tail: Sequence[str]) -> str:
    """The letterhead, or the signature above the closing date."""
    for text in head[:4]:
        bare = re.sub(r"\s", "", text).removesuffix("文件")
        if _ORGANISATION.fullmatch(bare):
            return bare
    for text, after in pairwise(tail):
        if _ORGANISATION.fullmatch(text) and len(after) <= 14 and next(dates(fold(after)), None):
            return text
    return ""


def _first(pattern: re.Pattern[str], texts: Sequence[str], longest: int) -> str:
    for text in texts:
        if len(text) <= longest and (match := pattern.search(text)):
            return re.sub(r"\s", "", match[0])
    return ""


def _secrecy(head: Sequence[str]) -> str:
    """The mark of secrecy; in a sentence the same words are only words."""
    for text in head:
        if starred := _STARRED.search(text[:_MARK_CHARS]):
            return re.sub(r"\s", "", starred[0])
        for line in text.split("\n"):
            if len(line) <= 16 and (match := _SECRECY.match(line.strip())):
                return re.sub(r"\s", "", match[0]).removeprefix("密级").lstrip("：:")
    return ""


def _date(title: str, texts: Sequence[str], labelled: str, told: Metadata) -> str:
    """The meeting's day, else the day the paper is signed."""
    last = len(texts) - _TAIL
    # Normalising costs more than all else here; between head and tail only dates matter.
    plain = [
        normalise(text) if at < _HEAD or at >= last or _DATED.search(text) else ""
        for at, text in enumerate(texts)
    ]
    headlines = [title, *(t for t in texts[:4] if len(t) <= _MARK_CHARS and is_open(t))]
    year = year_of(normalise(" ".join(headlines)), plain)
    if year is None and told.published:
        year = int(told.published[:4])
    if labelled and (day := _iso(labelled, year)):
        return day
    for text in plain[:_HEAD]:
        held = re.search(rf"召开|举行|举办|主持|{_GATHERING}", text)
        if held and (day := _iso(text, year)):
            return day
    for text in reversed(plain[-_TAIL:]):
        if len(text) <= 30 and (day := _iso(text, None)):
            return day
    return ""


def _iso(text: str, year: int | None) -> str:
    return next((day for found in dates(normalise(text)) if (day := found.iso(year))), "")
