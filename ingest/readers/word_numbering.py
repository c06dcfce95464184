"""Automatic numbers of Word paragraphs, which are nowhere in the text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from lxml import etree

from ingest.readers.numeral import numeral
from ingest.readers.package import on, whole
from ingest.readers.word_styles import VAL, W, child_value

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_BULLET = "•"
# After these a number runs into its text; after a bare "1." it must not ("1." and "5月").
_CLOSED = "、）．。：〕】"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list definition."""

    start: int = 1
    style: str = "decimal"
    template: str = ""
    suffix: str = "tab"
    restart: int | None = None
    legal: bool = False


class Numbering:
    """Counts the numbered paragraphs of one file in their order."""

    def __init__(self, root: etree._Element | None) -> None:
        self._abstract: dict[str, dict[int, Level]] = {}
        self._of: dict[str, str] = {}
        self._own: dict[str, dict[int, Level]] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._counters: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._by_style: dict[tuple[str, str], int] = {}
        if root is not None:
            self._load(root)

    def label(self, number: str, indent: int, style: str = "") -> str:
        """The next number of list ``number`` at level ``indent``, with what parts it from its text.

        ``style`` is the paragraph style the numbering comes from, if it does:
        the list may tie its levels to styles.
        """
        abstract = self._of.get(number)
        if abstract is None:
            return ""
        indent = self._by_style.get((abstract, style), indent)
        levels = self._abstract.get(abstract, {}) | self._own.get(number, {})
        level = levels.get(indent)
        if level is None:
            return ""
        counters = self._counters[abstract]
        # A list that says where it starts begins anew, once.
        for at, start in self._starts.pop(number, {}).items():
            counters[at] = start - 1
        counters[indent] = counters.get(indent, level.start - 1) + 1
        for deeper in range(indent + 1, _LEVELS):
            below = levels.get(deeper)
            if below is None or below.restart is None or 0 < below.restart <= indent + 1:
                counters.pop(deeper, None)
        if level.style == "bullet":
            return f"{_BULLET} "
        return _spaced(self._filled(level, levels, counters), level.suffix)

    @staticmethod
    def _filled(level: Level, levels: dict[int, Level], counters: dict[int, int]) -> str:
        def place(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            shown = levels.get(at, Level())
            style = "decimal" if level.legal else shown.style
            return numeral(counters.get(at, shown.start), style)

        return _PLACE.sub(place, level.template)

    def _load(self, root: etree._Element) -> None:
        links: dict[str, str] = {}
        named: dict[str, str] = {}
        for definition in root.iter(f"{W}abstractNum"):
            identity = definition.get(f"{W}abstractNumId", "")
            self._abstract[identity] = self._levels(identity, definition)
            if link := child_value(definition, "numStyleLink"):
                links[identity] = link
            if name := child_value(definition, "styleLink"):
                named[name] = identity
        for instance in root.iter(f"{W}num"):
            number = instance.get(f"{W}numId", "")
            abstract = child_value(instance, "abstractNumId")
            self._of[number] = named.get(links.get(abstract, ""), abstract)
            for override in instance.iter(f"{W}lvlOverride"):
                indent = whole(override.get(f"{W}ilvl"))
                if start := child_value(override, "startOverride"):
                    self._starts.setdefault(number, {})[indent] = whole(start, 1)
                self._own.setdefault(number, {}).update(self._levels("", override))

    def _levels(self, identity: str, parent: etree._Element) -> dict[int, Level]:
        levels: dict[int, Level] = {}
        for child in parent.findall(f"{W}lvl")[:_LEVELS]:
            indent = whole(child.get(f"{W}ilvl"))
            legal = child.find(f"{W}isLgl")
            restart = child_value(child, "lvlRestart")
            levels[indent] = Level(
                whole(child_value(child, "start"), 1),
                _format(child),
                child_value(child, "lvlText")[:100],
                child_value(child, "suff") or "tab",
                whole(restart) if restart else None,
                legal is not None and on(legal.get(VAL)),
            )
            if style := child_value(child, "pStyle"):
                self._by_style[identity, style] = indent
        return levels


def _format(level: etree._Element) -> str:
    # Newer formats stand in a Choice this reader need not understand.
    found = next(level.iter(f"{W}numFmt"), None)
    return found.get(VAL, "decimal") if found is not None else "decimal"


def _spaced(label: str, suffix: str) -> str:
    if not label or suffix == "nothing" or label[-1] in _CLOSED:
        return label
    return f"{label} "
