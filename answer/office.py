"""Who holds an office: a name counts only where it stands beside the title asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.normalise import normalise
from ingest.surname import looks_like_name

_TITLE = (
    r"(?:副?[省市县区镇乡州旗厅局处科院校部会村行]长|副?书记|副?主任|副?主席|副?总?经理|副?秘书长)"
)
# 岚汀市的市长是谁, 教育局局长叫什么
_ASKS = re.compile(
    rf"(?P<office>[^，。；？,]*?)(?P<title>{_TITLE})(?:现在|目前)?"
    r"(?:(?:是|叫|定了?|定的?是|换成?了?|为|由)?谁(?!负责|牵头|主持|汇报|分管)|是哪[一]?[位名]|叫什么|叫啥|姓什么)"
)
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_UNNAMED = re.compile(rf"^[\u4e00-\u9fff]{{0,2}}{_TITLE}$|[局厅委办院部处科室]{_TITLE}$")
# 市公安局 of 市公安局局长: its own two characters stand, in this order, where its head is named.
_BODY = re.compile(r"(?P<own>[\u4e00-\u9fff]{2})(?:局|厅|委|办|部|医院|中心|集团|公司)的?$")
_LAST_NAME = re.compile(r"[局厅委办院部处科室股](?P<name>[\u4e00-\u9fff]{2,3})$")
_TITLES = re.compile(rf"{_TITLE}|同志|先生|女士|[是为由叫：:。，,、\s]")
_LEVEL = re.compile(r"([省市县区])(?=[\u4e00-\u9fff]{1,10}(?:局|厅|委|办|院|部|中心))")
_NEAR = 12
# What stands behind a name, where it ends.
_END = re.compile(
    r"[、，,。；;：:和与及等（(\s]|$|主演|主持|出席|参加|担任|领衔|获|演唱|分别|共同|一起|联合|介绍|发言"
)
_JOINTS = "、和与及"
# Names of a byline stand with blanks between; of three characters words are seldom names.
_BYLINE = re.compile(r"(?:^|(?<=[◆■▲●·\s:：]))[\u4e00-\u9fff]{3}(?:\s[\u4e00-\u9fff]{3})+(?!\S)")
_NAME_LENGTHS = (3, 2, 4)
_WHO = re.compile(r"谁|哪[一]?[位名]")
_OFFICE = re.compile(rf"(?:[局厅委办院部处科室股]|中心|{_TITLE})$")


def with_holder(question: str, sentence: str, clauses: Sequence[str]) -> str:
    """An office given for who was asked about, with the name that stands right behind it."""
    said = sentence.rstrip("。 ")
    if not _WHO.search(question) or not _OFFICE.search(said):
        return sentence
    for clause in clauses:
        match = re.search(
            rf"{re.escape(said)}\s*(?:[，,](?P<title>[\u4e00-\u9fff]{{0,4}}{_TITLE}))?"
            rf"(?P<name>{_NAME.pattern})(?=同志|[，,。；;、\s（(]|$)",
            clause,
        )
        if match and looks_like_name(match["name"]):
            return sentence.replace(said, f"{said}{match['title'] or ''}{match['name']}", 1)
    return sentence


def with_others(question: str, sentence: str, clauses: Sequence[str]) -> str:
    """A name given for who was asked about, with those that stand beside it: ``甲、乙``."""
    said = sentence.rstrip("。 ")
    if not _WHO.search(question) or not looks_like_name(said):
        return sentence
    for clause in clauses:
        text = normalise(clause)
        for line in _BYLINE.findall(text):
            names = line.split()
            if said in names and all(map(looks_like_name, names)):
                return sentence.replace(said, "、".join(names), 1)
        for match in re.finditer(re.escape(said), text):
            told = [*_before(text[: match.start()]), said, *_after(text[match.end() :])]
            if len(told) > 1:
                return sentence.replace(said, "、".join(told), 1)
    return sentence


def _before(text: str) -> list[str]:
    """The names that stand before the end of ``text``, each with a joint behind it."""
    found: list[str] = []
    while text and text[-1] in _JOINTS:
        ends = (text[-1 - length : -1] for length in _NAME_LENGTHS)
        name = next((end for end in ends if end[:1] not in _JOINTS and looks_like_name(end)), "")
        if not name:
            break
        found.insert(0, name)
        text = text[: -1 - len(name)]
    return found


def _after(text: str) -> list[str]:
    """The names at the beginning of ``text``, each with a joint before it and its end behind."""
    found: list[str] = []
    while text and text[0] in _JOINTS:
        starts = (text[1 : 1 + length] for length in _NAME_LENGTHS)
        name = next(
            (one for one in starts if looks_like_name(one) and _END.match(text, 1 + len(one))), ""
        )
        if not name:
            break
        found.append(name)
        text = text[1 + len(name) :]
    return found


def asked_title(question: str) -> str:
    """The title whose holder is asked for (``局长``), empty where none is."""
    asked = _ASKS.search(normalise(question))
    return asked["title"] if asked else ""


def names_holder(title: str, text: str) -> bool:
    """Whether a name stands right behind ``title``, and not a deputy's."""
    found = re.finditer(rf"(?<!副){title}(?:同志)?(?P<name>{_NAME.pattern})", normalise(text))
    return any(
        looks_like_name(match["name"][:length]) for match in found for length in _NAME_LENGTHS
    )


def holds_office(question: str, sentence: str, passages: Sequence[str]) -> bool:
    """Whether the person of ``sentence`` holds the office that the question asks about.

    True where it asks about none, or where no name can be read. A deputy is
    not the head, and the head of the city's bureau not that of the county's.
    """
    asked = _ASKS.search(normalise(question))
    if not asked:
        return True
    names = [
        name
        for part in _TITLES.split(normalise(sentence))
        for name in _NAME.findall(part)
        if looks_like_name(name)
    ]
    # 市民政局养老服务科冉晓梅 has her name at the end.
    if (last := _LAST_NAME.search(normalise(sentence).strip("。 "))) and looks_like_name(
        last["name"]
    ):
        names.append(last["name"])
    if not names:
        # 贺省长 is nobody's secretary, and tells no name of his own.
        return "·" in sentence or not _UNNAMED.search(sentence.strip("。 "))
    level = _LEVEL.search(f"{asked['office']}{asked['title']}")
    body = _BODY.search(asked["office"])
    own = re.compile(".{0,4}".join(body["own"]) if body else "")
    about = (asked["title"], level, own)
    texts = [normalise(text) for text in passages]
    return any(_beside(name, *about, text) for name in names for text in texts)


def _beside(
    name: str, title: str, level: re.Match[str] | None, own: re.Pattern[str], text: str
) -> bool:
    """Whether the title stands right before the name, or behind it in brackets.

    In the same sentence before the name or its title stands the body, ``own``.
    """
    found = re.finditer(
        rf"(?<!副){title}(?:[、,，][^，。；,、]{{1,12}}|[由为是][^，。；,、]{{0,14}}|同志)?{name}|{name}(?:同志)?[（(,，][^）)。]{{0,20}}(?<!副){title}",
        text,
    )
    for match in found:
        if not own.search(text[text.rfind("。", 0, match.start()) + 1 : match.end()]):
            continue
        before = _LEVEL.findall(text[max(0, match.start() - _NEAR) : match.end()])
        if not level or not before or level[1] in before:
            return True
    return False
