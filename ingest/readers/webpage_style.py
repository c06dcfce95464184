"""Which parts of a page nobody sees, by its inline styles and its simple style rules."""

from __future__ import annotations

import re

from lxml import html

_HIDES = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|"
    r"font-size\s*:\s*(?:0(?:\.\d+)?|1)\s*(?:px|pt|em|rem|%)?\s*(?:;|!|$)|"
    r"(?:text-indent|left|top|margin-left)\s*:\s*-\d{4,}|clip\s*:\s*rect\(\s*0",
    re.I,
)
_WHITE = re.compile(
    r"(?:^|[;\s])color\s*:\s*(?:#fff(?:fff)?\b|white\b|rgba?\(\s*255\s*,\s*255\s*,\s*255|"
    r"rgba\([^)]*,\s*0(?:\.0+)?\s*\)|transparent)",
    re.I,
)
_BACKGROUND = re.compile(
    r"background(?:-color|-image)?\s*:(?!\s*(?:none|transparent|#fff|white))", re.I
)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,5000})\}")
_SIMPLE = re.compile(r"^(?:[a-zA-Z]\w*)?([.#])([\w\u4e00-\u9fff-]+)$")
_MAX_CSS = 500_000


class Styles:
    """What the page's own rules say of classes and ids; complicated selectors are passed over."""

    def __init__(self, root: html.HtmlElement) -> None:
        css = "".join("".join(style.itertext()) for style in root.iter("style"))[:_MAX_CSS]
        self._classes: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        for selectors, rules in _RULE.findall(css):
            for selector in selectors.split(","):
                if simple := _SIMPLE.match(selector.strip()):
                    table = self._classes if simple[1] == "." else self._ids
                    table[simple[2]] = table.get(simple[2], "") + ";" + rules

    def remove_hidden(self, root: html.HtmlElement) -> int:
        """Remove what is not shown; how many stretches of text that were."""
        hidden = 0
        for element in list(root.iter()):
            if not isinstance(element.tag, str) or element.getparent() is None:
                continue
            if element.tag in ("script", "style", "head", "noscript", "template"):
                continue
            if self._unseen(element):
                hidden += bool("".join(element.itertext()).strip())
                element.drop_tree()
        return hidden

    def _unseen(self, element: html.HtmlElement) -> bool:
        if "hidden" in element.attrib:
            return True
        style = self._style(element)
        if not style:
            return element.tag == "font" and _pale(element.get("color", ""))
        if _HIDES.search(style):
            return True
        return bool(_WHITE.search(style)) and not self._on_colour(element)

    def _style(self, element: html.HtmlElement) -> str:
        names = (element.get("class") or "").split()
        parts = [self._classes.get(name, "") for name in names]
        parts += [self._ids.get(element.get("id") or "", ""), element.get("style") or ""]
        return ";".join(part for part in parts if part)

    def _on_colour(self, element: html.HtmlElement) -> bool:
        """Whether something coloured lies behind: white on a dark bar is a heading."""
        around = [element, *element.iterancestors()]
        return any(
            _BACKGROUND.search(self._style(one)) or one.get("bgcolor") or one.get("background")
            for one in around
        )


def _pale(colour: str) -> bool:
    return colour.strip().lower() in ("#fff", "#ffffff", "white")
