"""Telling photo captions from body text by wording and by where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import rjieba

from huiwen.types import ParagraphKind
from ingest.block import Block
from ingest.evidence import ORPHAN, word_across
from ingest.heading import HEADING_CHARS, numbering_level
from ingest.sentence import is_open, sentences

_CUE = re.compile(
    r"^(?:图为|这是|上图|下图)|图为|[（(][左右中前后](?:[一二三四五六七\d]|排)?[）)]"
    r"|摄[）)]?[。]?$|现场[。]?$|[（(]?资料(?:图|照)片?[）)]?。?$|拍摄的|(?:一角|外景)。?$"
)
_CAPTION_CHARS = 80
_SCENE_CHARS = 45
_SEPARATOR = re.compile(r"[，,、；;]")
_LABEL = re.compile(r"^[^，,。；;]{1,10}[：:]")
_SAID = re.compile(
    r"指出|强调|表示|介绍|认为|要求|说[，,：:]|获悉|了解|“|^(?:据|对此|此外|目前|同时)"
)
# What happens in a picture happens now; what shall be done is an instruction.
_NO_SCENE = frozenset(("了", "将", "是", "已", "和", "的", "要", "须", "应", "不得"))
_TITLED = (ParagraphKind.HEADING, ParagraphKind.TITLE)


def mark_captions(blocks: Sequence[Block]) -> list[Block]:
    """Captions show by their wording, as a scene, or as a lone clause in a broken sentence."""
    marked = list(blocks)
    interrupted = False
    before = ""
    for at, current in enumerate(marked):
        if _caption(current, interrupted=interrupted, before=before, first=at == 0):
            marked[at] = replace(current, kind=ParagraphKind.CAPTION, level=0)
            continue
        interrupted = (
            current.kind is ParagraphKind.BODY
            and len(current.text) > HEADING_CHARS
            and is_open(current.text)
        )
        before = current.text if current.kind is ParagraphKind.BODY else ""
    return marked


def _caption(current: Block, *, interrupted: bool, before: str, first: bool) -> bool:
    text = current.text
    if first or len(text) > _CAPTION_CHARS or numbering_level(text) or _LABEL.match(text):
        return False
    if current.kind is not ParagraphKind.BODY and current.kind not in _TITLED:
        return False
    if len(list(sentences(text))) != 1 and not text.rstrip("。）)").endswith("摄"):
        return False
    if _continues(before, text):
        return False
    if _CUE.search(text):
        return True
    if ORPHAN.match(text) or _SAID.search(text) or len(text) > _SCENE_CHARS:
        return interrupted and _lone_clause(current)
    return _scene(text) or (interrupted and _lone_clause(current))


def worded_as_caption(text: str) -> bool:
    """Whether its own words tell a caption, wherever it stands."""
    return bool(_CUE.search(text)) or _scene(text)


def _continues(before: str, text: str) -> bool:
    return bool(before) and is_open(before) and bool(word_across(before, text))


def _lone_clause(current: Block) -> bool:
    text = current.text
    return not (
        is_open(text)
        or current.kind is not ParagraphKind.BODY
        or _SEPARATOR.search(text)
        or ORPHAN.match(text)
    )


def _scene(text: str) -> bool:
    """Somebody somewhere doing something, in at most two clauses and nothing else."""
    parts = _SEPARATOR.split(text)
    if len(parts) > 2 or (len(parts) == 2 and len(parts[0]) > 14):
        return False
    words = rjieba.tag(text, False)
    place = next((at for at, (word, _) in enumerate(words) if word in ("在", "正在")), None)
    if place is None or any(word in _NO_SCENE for word, _ in words):
        return False
    return any(tag.startswith("v") for _, tag in words[place + 1 :])
