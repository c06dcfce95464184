"""Which parts of a portal's page are furniture, and which hold the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

# Containers of the text in the content systems that Chinese portals run on.
_STRONG = re.compile(
    r"(?:UCAPCONTENT|TRS_Editor|TRS_UEDITOR|zoom|zoomcon|pages_content|Custom_UnionStyle|"
    r"wp_articlecontent|v_news_content|vsb_content(?:_\d+)?|article[-_]?(?:con(?:tent)?|body|text)|"
    r"art_con|arti_content|news_?content|con_?text|content_?text|text_?content|xl_content|"
    r"xxgk_content|bt_content|ewb-article-info|main_?text|mainTextZoom|neirong|detail[-_]?con(?:tent)?|"
    r"easysite-news-text|js_content|rich_media_content)",
    re.I,
)
_FURNITURE = re.compile(
    r"(?:nav|menu|breadcrumb|crumbs?|position|location|dqwz|header|top|topbar|head|logo|banner|"
    r"footer|foot|bottom|copyright|sidebar|aside|side|related|relate|xgwz|xgxw|xgnr|xgzc|xgjd|"
    r"share|bdshare|fenxiang|sns|jiathis|social|qrcode|ewm|erweima|saoyisao|print|dayin|"
    r"toolbar|tools?|fontsize|pagination|pager|prevnext|pre-?next|search|login|comments?|"
    r"recommend|hot|friendlink|yqlj|links?|wza|toutu|floatbar|gotop|mobile-?nav)"
    r"(?:[-_]?(?:bar|box|wrap|wrapper|area|list|con|div|main|menu|nav|inner|left|right|left|top|"
    r"bottom|tools?|btn|news|article|links?|info|section|widget|\d{1,3}))*",
    re.I,
)
# What an author may call parts of a text as well as a designer those of a page.
_EDGE = re.compile(r"(?:header|top|head|footer|foot|bottom|links?|hot|tools?)(?:[-_]\w+)?", re.I)
_CELL_EDGE = re.compile(r"(?:header|top|head)", re.I)
_ARTICLE = re.compile(
    r"(?:article|content|detail|main-?content|con)(?:[-_]?(?:box|wrap|main|\d))?", re.I
)
# Inside the text itself only these are furniture: an author may call a part anything.
_SHARE = re.compile(
    r"(?:share|bdshare|fenxiang|sns|jiathis|social|qrcode|ewm|erweima|print|dayin|toolbar|"
    r"related|xgwz|xgxw|breadcrumb|crumbs?|pagination)(?:[-_]?(?:bar|box|wrap|area|list|btn|\d+))*",
    re.I,
)
_TAGS = frozenset({"nav", "footer", "aside", "menu", "form", "dialog"})
# Their text is no text of the page, whoever reads it.
CONTROLS = frozenset(
    {
        "script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "select",
        "option", "button", "input", "textarea", "datalist", "svg", "canvas", "audio", "video",
        "map", "head", "meta", "link", "base", "title",
    }
)  # fmt: skip
UNSEEN = frozenset({"template", "noscript"})
# More than this share of all text is no furniture, whatever it is called.
_MOST = 0.5
# Lines that content systems put around a text: the page's feet, and its tools.
_FOOT_LINE = re.compile(
    r"(?:.{0,40}(?:ICP备|公网安备|网站标识码|版权所有|Copyright|All Rights Reserved|技术支持[:：]|"
    r"网站地图)|(?:您?当前位置|您(?:现在)?(?:所在)?的?位置|所在位置)|(?:主办|承办|维护)(?:单位)?[:：]|"
    r"(?:责任编辑|责编|编辑)\s*[:：]|相关(?:链接|文章|新闻|解读)\s*[:：]?$)",
    re.I,
)
_TOOL_LINE = re.compile(
    r"(?:[【\[]?(?:打印|关闭|我要打印|打印本页|关闭窗口|关闭本页|收藏|分享到?|返回顶部|回到顶部|"
    r"字体|字号|扫一扫|上一篇|下一篇|上一条|下一条|浏览次数|阅读次数|点击数|点击率|访问量)"
    r"(?:[】\]：:\s大中小（(]|在手机|$|本页|窗口|到)|"
    r"[\[【]?\s*大\s*[\]】]?\s*[\[【]?\s*中\s*[\]】]?\s*[\[【]?\s*小\s*[\]】]?$)"
)
_NEAR = 2
_LINE_CHARS = 120
_FACT_LINE = re.compile(
    r"(?:(?:发布|公开|更新)(?:日期|时间)|(?:信息|文章|稿件)?来源|作者|时间|日期)\s*[:：]"
)
_TOOLS = re.compile(
    r"字体|字号|打印|浏览|阅读|点击|分享|来源\s*[:：].*(?:时间|日期)|(?:时间|日期)\s*[:：].*来源"
)


@dataclass(slots=True)
class Measures:
    """Characters of an element and everything in it; summed up from the leaves."""

    characters: int = 0
    linked: int = 0
    links: int = 0
    strong: bool = False
    tables: int = 0
    headings: int = 0

    @property
    def plain(self) -> int:
        """Characters outside links."""
        return self.characters - self.linked

    def add(self, inner: Measures) -> None:
        """Count a child's figures in."""
        self.characters += inner.characters
        self.linked += inner.linked
        self.links += inner.links
        self.strong |= inner.strong
        self.tables += inner.tables
        self.headings += inner.headings


def measured(
    root: etree._Element, elements: list[etree._Element]
) -> dict[etree._Element, Measures]:
    """Figures of every element; ``elements`` are all there are, in document order."""
    found = {element: Measures() for element in elements}
    # Parents stand before their children, so backwards every child is summed up in time.
    for element in reversed(elements):
        own = found[element]
        tag = element.tag
        if tag not in CONTROLS:
            own.characters += _length(element.text)
        if tag == "a" and element.get("href"):
            own.linked = own.characters
            own.links += 1
        inner = Measures(
            own.characters,
            own.linked,
            own.links,
            own.strong or is_strong(element),
            own.tables + (tag == "table"),
            own.headings + (tag == "h1"),
        )
        parent = element.getparent()
        if element is not root and parent is not None and parent in found:
            if tag not in CONTROLS:
                found[parent].add(inner)
            found[parent].characters += _length(element.tail)
    return found


def _length(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def names(element: etree._Element) -> list[str]:
    """Identity and classes."""
    return [element.get("id", "").strip(), *element.get("class", "").split()[:20]]


def is_strong(element: etree._Element) -> bool:
    """Whether the element is a known container of a text."""
    return any(_STRONG.fullmatch(name) for name in names(element) if name)


def in_article(element: etree._Element | None) -> bool:
    """Whether the element or one close around it is called an article or content."""
    for _ in range(_NEAR):
        if element is None:
            return False
        if element.tag == "article" or any(map(_ARTICLE.fullmatch, names(element))):
            return True
        element = element.getparent()
    return False


def is_furniture(
    element: etree._Element, measures: Measures, whole: Measures, *, inside: bool
) -> bool:
    """Whether the element with its contents is no part of the text.

    ``inside`` tells that it stands in a known container of the text.
    """
    tag = str(element.tag)
    if tag in CONTROLS:
        return True
    if tag in ("body", "html", "tr", "tbody") or measures.strong:
        return False
    large = measures.plain > _MOST * whole.plain
    if tag in _TAGS:
        return not large
    pattern = _SHARE if inside else _FURNITURE
    found = [name for name in names(element) if name and pattern.fullmatch(name)]
    if found and not inside and in_article(element.getparent()):
        found = [name for name in found if not _EDGE.fullmatch(name)]
    elif tag == "td":
        # "top" is how a cell's text is aligned.
        found = [name for name in found if not _CELL_EDGE.fullmatch(name)]
    named = bool(found)
    if tag == "header" and not inside:
        named = named or not measures.headings
    return named and not large


def is_link_list(measures: Measures) -> bool:
    """Whether an element is a bundle of links: a menu, related pages, neighbours."""
    return measures.links >= 3 and measures.linked > 0.8 * measures.characters


def is_tool_line(text: str, *, inside: bool) -> bool:
    """Whether a paragraph is one that content systems put around every text.

    What stands ``inside`` a known container, or is a sentence, is the author's in doubt.
    """
    if text.endswith("。") or len(text) > _LINE_CHARS:
        return False
    if _TOOL_LINE.match(text) or (_FACT_LINE.match(text) and _TOOLS.search(text)):
        return True
    return not inside and bool(_FOOT_LINE.match(text))
