"""Reader of HTML: the text of a portal's page without what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lxml import etree

from huiwen.errors import InputError
from huiwen.types import Metadata, ParagraphKind
from ingest.content import Content, Draft
from ingest.readers.charset import declared_text, fit
from ingest.readers.outline import Item, settled
from ingest.readers.page_facts import Facts, meta_facts, metadata, put, row_facts
from ingest.readers.page_lines import Line, Lines
from ingest.readers.page_main import main_element
from ingest.readers.page_style import Styles

MAX_BYTES = 32 * 2**20
MAX_ELEMENTS = 200_000
# Python's own stack bounds the walk; no page is nested half as deep.
MAX_DEPTH = 200
_CHARSET = re.compile(rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
_XML_ENCODING = re.compile(rb"^\s*<\?xml\b[^>]{0,200}encoding\s*=\s*[\"']([\w.:-]{1,40})")
_HEAD_BYTES = 8192
_SPACE = re.compile(r"\s+")
_PROSE_CHARS = 80
_TITLE_LINES = 12
_TITLE_CHARS = 120
_HEAD_FACTS = 3


def read_webpage(name: str, data: bytes) -> Content:
    """A page saved from a browser or fetched from a portal."""
    if len(data) > MAX_BYTES:
        raise InputError(f"文件“{name}”有 {len(data) >> 20} MB，作为网页过大；请拆分后再上传。")
    head = data[:_HEAD_BYTES]
    declared = _XML_ENCODING.search(head) or _CHARSET.search(head)
    charset = declared[1].decode("ascii", "replace") if declared else ""
    found = declared_text(name, data, charset)
    content = page_content(name, found.text, found.encoding)
    if not found.damaged:
        return content
    warning = f"网页“{name}”有 {found.damaged} 处无法解码，以“�”显示；请核对原件。"
    return replace(content, warnings=(*content.warnings, warning))


def page_content(name: str, text: str, encoding: str, *, whole: bool = False) -> Content:
    """Content of a page's source; ``whole`` where there is no furniture, as in a mail.

    Raises InputError for a page without text or beyond the limits.
    """
    root = _parsed(name, text)
    elements = _elements(name, root)
    body = next((element for element in elements if element.tag == "body"), root)
    inside = [element for element in body.iter() if isinstance(element.tag, str)]
    sheets = [style.text or "" for style in elements if style.tag == "style"]
    walk = Lines(body, inside, Styles(sheets), whole=whole)
    main = body if whole else main_element(body, inside, walk.lines)
    within = set(main.iter())
    chosen = [line for line in walk.lines if line.kept and line.owner in within]
    if not chosen:
        raise InputError(
            f"网页“{name}”里没有正文；若正文由脚本载入，"
            "请在浏览器里打开后复制成 TXT 或 DOCX 再上传。"
        )
    meta, facts = meta_facts(root), _facts(walk.lines, chosen)
    labels = {line.owner for line in chosen if len(_row_facts(line)) >= _HEAD_FACTS}
    if not whole:
        # The head's table is metadata; a page that is nothing else keeps it.
        chosen = [line for line in chosen if line.owner not in labels] or chosen
    title = "" if whole else _title(root, walk.lines, chosen, meta, facts)
    draft = Draft()
    for item in settled(list(_items(chosen, title))):
        draft.add(item.text, item.kind or ParagraphKind.BODY, item.level)
    hidden = sum(owner in within for owner in walk.hidden)
    if walk.lost > len(draft.text):
        # More is hidden than shown: the text itself may be, wherever it stands.
        hidden = len(walk.hidden)
    return Content(
        draft.text,
        tuple(draft.blocks),
        encoding=encoding,
        dropped=len(walk.lines) - len(chosen),
        hidden=hidden,
        title=title,
        metadata=Metadata() if whole else metadata(facts, meta),
        warnings=tuple(_warnings(name, hidden)),
    )


def _warnings(name: str, hidden: int) -> Iterator[str]:
    if hidden:
        yield (
            f"网页“{name}”有 {hidden} 处看不见的文字（设为隐藏、白色、极小字号、移出屏幕或注释），"
            "没有收录；若属正文，请复制成 TXT 或 DOCX 后上传。"
        )


def _parsed(name: str, text: str) -> etree._Element:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(fit(text).encode(), parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise InputError(
            f"文件“{name}”不是能读的网页（{error}）；请在浏览器里打开并重新保存。"
        ) from error
    # lxml gives None where there is not a single element, whatever its stubs say.
    found: etree._Element | None = root
    if found is None:
        raise InputError(f"网页“{name}”是空的；请检查是否选错了文件。")
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise _nested(name)
    return found


def _elements(name: str, root: etree._Element) -> list[etree._Element]:
    """All elements in document order, within the limits."""
    elements: list[etree._Element] = []
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements.append(element)
        if depth > MAX_DEPTH:
            raise _nested(name)
        if len(elements) > MAX_ELEMENTS:
            raise InputError(
                f"网页“{name}”有 {MAX_ELEMENTS} 个以上的元素；请把正文复制成 TXT 或 DOCX 后上传。"
            )
    return elements


def _nested(name: str) -> InputError:
    return InputError(f"网页“{name}”嵌套过深；请把正文复制成 TXT 或 DOCX 后上传。")


def _facts(lines: Sequence[Line], chosen: Sequence[Line]) -> Facts:
    """What the page says of its document before its text begins, or in a table of labels."""
    facts: Facts = {}
    own = set(map(id, chosen))
    before: list[str] = []
    prose = False
    for line in lines:
        if line.cells:
            found = _row_facts(line)
            if not prose or len(found) >= _HEAD_FACTS:
                for field, value in found:
                    put(facts, field, value)
        elif not prose:
            before.append(line.text)
            prose = id(line) in own and len(line.text) >= _PROSE_CHARS and "。" in line.text
    for field, value in row_facts(before):
        put(facts, field, value)
    return facts


def _row_facts(line: Line) -> list[tuple[str, str]]:
    return [fact for row in line.cells for fact in row_facts(row)]


def _title(
    root: etree._Element,
    lines: Sequence[Line],
    chosen: Sequence[Line],
    meta: Facts,
    facts: Facts,
) -> str:
    """What the page says its title is, from the surest place to the least sure."""
    if meta.get("title"):
        return meta["title"]
    for group in (chosen, [line for line in lines if line.kept], lines):
        for line in group:
            if line.level == 1 and line.linked < 0.5 * len(line.text):
                return line.text
    if facts.get("title"):
        return facts["title"]
    named = next((" ".join((e.text or "").split()) for e in root.iter("title")), "")
    squeezed = _squeezed(named)
    for line in [*chosen[:_TITLE_LINES], *lines]:
        text = _squeezed(line.text)
        fits = 6 <= len(text) <= _TITLE_CHARS and line.linked < len(line.text) / 2
        if fits and (squeezed.startswith(text) or (line.kind is None and text in squeezed)):
            return line.text
    return ""


def _items(lines: Sequence[Line], title: str) -> Iterator[Item]:
    """The lines as items; the title comes first and only once."""
    said = _said_again(lines, _squeezed(title)) if title else range(0)
    if title:
        yield Item(title, ParagraphKind.TITLE)
    for number, line in enumerate(lines):
        if number not in said:
            yield Item(line.text, line.kind, line.level, line.aside, line.centred)


def _said_again(lines: Sequence[Line], title: str) -> range:
    """Which lines at the top are the title, which may be set in several."""
    for start in range(min(len(lines), _TITLE_LINES)):
        left = title
        for end in range(start, len(lines)):
            text = _squeezed(lines[end].text)
            if not left.startswith(text):
                break
            left = left[len(text) :]
            if not left:
                return range(start, end + 1)
    return range(0)


def _squeezed(text: str) -> str:
    return _SPACE.sub("", text)
