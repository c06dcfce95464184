"""Reader of Markdown; block structure by markdown-it, characters traced to the file."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

from huiwen.types import ParagraphKind, Span
from ingest.block import Block, block, needs_space
from ingest.content import Content
from ingest.decode import decode

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


def read_markdown(name: str, data: bytes) -> Content:
    """A Markdown file; its markup says where paragraphs end."""
    text, encoding = decode(name, data)
    return Content(text, tuple(markdown_blocks(text)), encoding)


def markdown_blocks(text: str) -> list[Block]:
    """Blocks of a Markdown file in file order: headings, paragraphs, items, tables, code."""
    starts = _line_starts(text)
    tokens = _PARSER.parse(text)
    blocks: list[Block] = []
    inside_table = False
    for at, token in enumerate(tokens):
        inside_table = (inside_table or token.type == "table_open") and token.type != "table_close"
        if token.map is None:
            continue
        region = Span(starts[token.map[0]], starts[token.map[1]])
        if token.type in ("table_open", "fence", "code_block"):
            kind = ParagraphKind.TABLE if token.type == "table_open" else ParagraphKind.BODY
            blocks.append(block(text, [_stripped(text, region)], kind))
        elif token.type == "inline" and not inside_table:
            spans = _inline_spans(text, region, token)
            if spans:
                kind, level = _kind(tokens[at - 1], first=not blocks)
                blocks.append(block(text, spans, kind, level))
    return blocks


def _kind(opening: Token, *, first: bool) -> tuple[ParagraphKind, int]:
    if opening.type != "heading_open":
        return ParagraphKind.BODY, 0
    if first:
        return ParagraphKind.TITLE, 0
    return ParagraphKind.HEADING, int(opening.tag[1:])


def _inline_spans(text: str, region: Span, token: Token) -> list[Span]:
    """Spans of the visible characters, without the markup between them.

    Where something shown is not in the file as such (an entity, say), the
    paragraph is given raw: markup in sight is better than text lost.
    """
    spans: list[Span] = []
    at = region.start
    bold = False
    for child in token.children or []:
        bold = child.type == "strong_open" or (
            bold and child.type not in ("strong_close", "softbreak")
        )
        if child.type not in ("text", "code_inline") or not child.content:
            continue
        found = text.find(child.content, at, region.end)
        if found < 0:
            return [_stripped(text, region)]
        newline = text.rfind("\n", at, found)
        if newline > 0 and _line_counts(text[newline - 1], child.content[0], bold=bold):
            spans.append(Span(newline, newline + 1))
        at = found + len(child.content)
        spans.append(Span(found, at))
    return spans


def _line_counts(before: str, after: str, *, bold: bool) -> bool:
    """Whether a line break says something: it parts words, sentences or labelled lines."""
    return bold or before in "。！？；：" or needs_space(before, after)


def _stripped(text: str, span: Span) -> Span:
    raw = text[span.start : span.end]
    return Span(
        span.start + len(raw) - len(raw.lstrip()),
        span.end - (len(raw) - len(raw.rstrip())),
    )


def _line_starts(text: str) -> list[int]:
    """Offset of every line's first character, and one past the last line's end."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(min(starts[-1] + len(line) + 1, len(text)))
    return starts
