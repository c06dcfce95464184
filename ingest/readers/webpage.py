"""Reader of HTML pages, as portals publish papers: the article, not what stands around it."""

from __future__ import annotations

import codecs
import re

from lxml import etree, html

from huiwen.errors import InputError
from huiwen.types import ParagraphKind
from ingest.content import Content, Draft
from ingest.decode import decode
from ingest.heading import classify
from ingest.readers.table import table_texts
from ingest.readers.webpage_facts import metadata_of
from ingest.readers.webpage_style import Styles

MAX_ELEMENTS = 200_000
_DEPTH = 200
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.I)
_CHINESE = frozenset(("gb2312", "gbk", "gb18030", "hz", "x-gbk", "gb_2312-80"))
_NEVER = (
    "script", "style", "noscript", "template", "iframe", "frame", "object", "embed", "form", "nav",
    "footer", "button", "select", "textarea", "svg", "head", "aside", "map", "audio", "video",
)  # fmt: skip
_AROUND = re.compile(
    r"(?:^|[-_\s])(?:nav|menu|foot|footer|share|fenxiang|bread|crumb|breadcrumb|related|recommend|"
    r"sidebar|copyright|toolbar|search|login|qrcode|ewm|pagination|pager|xgyd|xglj|dqwz|position|"
    r"weizhi|print|bottom|topbar|banner|links?)(?:$|[-_\s\d])",
    re.I,
)
_ARTICLE = re.compile(
    r"(?:^|[-_\s])(?:ucapcontent|trs_editor|trs_uediter|view|zoom|zoomcon|article|articlecontent|"
    r"article-content|article_con|pages_content|news_content|conTxt|content|xl_content|zwnr|"
    r"bt_content|detail|main-content|txt_con|vsb_content)(?:$|[-_\s\d])",
    re.I,
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset((
    "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "li",
    "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
))  # fmt: skip
_CAPTIONS = frozenset(("figcaption", "caption"))
# An article's container holds nearly all of the page's own words.
_SHARE = 0.8
_CELL_CHARS = 200
_HEADING_CHARS = 120


def read_webpage(name: str, data: bytes) -> Content:
    """The article of an HTML page; raises InputError where there is none."""
    text, encoding = _decoded(name, data)
    return page_content(name, text, encoding)


def page_content(name: str, text: str, encoding: str) -> Content:
    """The article of a page already decoded."""
    root = _parsed(name, text)
    metadata, title = metadata_of(root)
    styles = Styles(root)
    hidden = styles.remove_hidden(root)
    for tag in _NEVER:
        for element in list(root.iter(tag)):
            _remove(element)
    draft = Draft()
    main = _main(root)
    heading = _first_heading(root) or title
    walk = _Walk(draft, heading)
    walk.titled(main)
    walk.element(main, 0)
    walk.flush()
    if not any(block.kind is not ParagraphKind.TITLE for block in draft.blocks):
        raise InputError(
            f"网页“{name}”里没有找到正文；请打开网页，把正文另存为 DOCX 或 TXT 后上传。"
        )
    warnings = []
    if hidden:
        warnings.append(f"网页“{name}”有 {hidden} 处看不见的文字（隐藏、白色或极小），没有收录。")
    return Content(
        draft.text,
        tuple(draft.blocks),
        encoding,
        hidden=hidden,
        title=heading,
        metadata=metadata,
        warnings=tuple(warnings),
    )


def _decoded(name: str, data: bytes) -> tuple[str, str]:
    declared = _CHARSET.search(data[:4096])
    marked = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if declared and not marked:
        charset = declared[1].decode("ascii").lower()
        charset = "gb18030" if charset in _CHINESE else charset
        try:
            text = data.decode(charset)
        except (LookupError, UnicodeError):
            pass  # declarations are often wrong: what the bytes are decides
        else:
            if text.strip():
                return text, charset
    return decode(name, data)


def _parsed(name: str, text: str) -> html.HtmlElement:
    # A declared encoding in a string that is decoded already would be an error.
    bare = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\0", "")
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(bare, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise InputError(f"网页“{name}”无法解析（{error}）；请在浏览器里另存后再上传。") from error
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise InputError(f"网页“{name}”的内容过多；请拆分后再上传。")
    return root


def _remove(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _own_chars(element: html.HtmlElement) -> int:
    """Characters of an element that are not a link's: menus are made of links."""
    whole = sum(len(part.strip()) for part in element.itertext())
    linked = sum(len(part.strip()) for a in element.iter("a") for part in a.itertext())
    return whole - linked


def _names(element: html.HtmlElement) -> str:
    return f"{element.get('id', '')} {element.get('class', '')}"


def _main(root: html.HtmlElement) -> html.HtmlElement:
    """The element that holds the article: by its customary name, else by its share of words."""
    whole = _own_chars(root)
    for element in list(root.iter()):
        if element is root or not isinstance(element.tag, str):
            continue
        small = _AROUND.search(_names(element)) and _own_chars(element) < 0.3 * whole
        if small and next(element.iter("h1"), None) is None:
            _remove(element)
    whole = _own_chars(root)
    named = [
        element
        for element in root.iter("div", "td", "article", "section", "main")
        if element.tag in ("article", "main") or _ARTICLE.search(_names(element))
    ]
    best = max(named, key=_own_chars, default=None)
    if best is not None and _own_chars(best) >= 0.5 * whole:
        return best
    current = root
    while True:
        child = max(current, key=_own_chars, default=None)
        if child is None or child.tag in ("table", "p") or _own_chars(child) < _SHARE * whole:
            return current
        current = child


def _first_heading(root: html.HtmlElement) -> str:
    first = next(root.iter("h1"), None)
    if first is None:
        return ""
    # Left open, it holds all that follows it; its own words come first.
    return _squeezed("".join(first.itertext()) if _is_line(first) else first.text or "")


def _is_line(heading: html.HtmlElement) -> bool:
    """Whether a heading holds a heading only, and not what should stand behind it."""
    return sum(len(part) for part in heading.itertext()) <= _HEADING_CHARS


def _squeezed(text: str) -> str:
    """Blanks as a browser shows them: one for many, none between Chinese characters' lines."""
    text = re.sub(r"[ \t\r\n\f]*\n[ \t\r\n\f]*", "\n", text)
    text = re.sub(r"(?<=[A-Za-z0-9,.;:])\n(?=[A-Za-z0-9])", " ", text).replace("\n", "")
    return re.sub(r"[ \t\r\f\u00a0]+", " ", text).strip(" \u3000")


class _Walk:
    """One pass over the article; text gathers until a block ends."""

    def __init__(self, draft: Draft, title: str) -> None:
        self._draft = draft
        self._title = title
        self._text: list[str] = []
        self._kind: tuple[ParagraphKind, int] | None = None

    def titled(self, main: html.HtmlElement) -> None:
        """Begin with the title where it stands outside the article."""
        if self._title and self._title not in _squeezed("".join(main.itertext()))[:500]:
            self._draft.add(self._title, ParagraphKind.TITLE)

    def element(self, element: html.HtmlElement, depth: int) -> None:
        tag = element.tag
        if not isinstance(tag, str) or depth > _DEPTH:
            return
        if tag == "br":
            self.flush()
        elif tag == "table" and (rows := _data_rows(element)):
            self.flush()
            for text in table_texts(rows):
                self._draft.add(text, ParagraphKind.TABLE)
        elif tag in _BLOCKS:
            self._block(element, tag, depth)
        else:
            self._inside(element, depth)

    def _block(self, element: html.HtmlElement, tag: str, depth: int) -> None:
        self.flush()
        if tag in _HEADINGS and _is_line(element):
            self._kind = (ParagraphKind.HEADING, _HEADINGS[tag])
        elif tag in _CAPTIONS:
            self._kind = (ParagraphKind.CAPTION, 0)
        self._inside(element, depth)
        self.flush()
        self._kind = None

    def _inside(self, element: html.HtmlElement, depth: int) -> None:
        self._text.append(element.text or "")
        for child in element:
            self.element(child, depth + 1)
            self._text.append(child.tail or "")

    def flush(self) -> None:
        text = _squeezed("".join(self._text))
        self._text.clear()
        if not text:
            return
        if text == self._title:
            if not any(block.kind is ParagraphKind.TITLE for block in self._draft.blocks):
                self._draft.add(text, ParagraphKind.TITLE)
            return
        kind, level = self._kind or classify(text, first=not self._draft.blocks)
        self._draft.add(text, kind, level)


def _data_rows(table: html.HtmlElement) -> list[list[str]]:
    """Rows of a table of data; none where the table only lays out the page."""
    rows = []
    for row in table.iter("tr"):
        if next(row.iterancestors("table"), None) is not table:
            return []
        cells = [_cell(cell) for cell in row if cell.tag in ("td", "th")]
        if any(len(cell) > _CELL_CHARS for cell in cells):
            return []
        if any(cells):
            rows.append(cells)
    return rows if len(rows) > 1 and max(map(len, rows)) > 1 else []


def _cell(cell: html.HtmlElement) -> str:
    return _squeezed(" ".join(part for part in cell.itertext()))
