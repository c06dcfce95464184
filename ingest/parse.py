"""A file's bytes to a Document: decode, read, repair, give structure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from huiwen.types import Document, IngestReport, Paragraph, ParagraphKind
from ingest.block import Block
from ingest.decode import decode
from ingest.markdown import read_markdown
from ingest.plain import read_plain
from ingest.repair import Repaired, repair

Reader = Callable[[str], list[Block]]

# Text carries no magic bytes to tell Markdown by, so here the name decides.
READERS: dict[str, Reader] = {".md": read_markdown, ".markdown": read_markdown}
SUFFIXES = frozenset({".txt", ".text", *READERS})
_TITLE_KINDS = (ParagraphKind.TITLE, ParagraphKind.HEADING)


def document_id(source: str) -> str:
    """Identity of a document across its versions: a digest of where it comes from."""
    return _digest(source)


def parse(source: str, data: bytes) -> Document:
    """Parse a file into a Document.

    ``source`` is the path or upload name that identifies the document; its
    last part is shown as the name. Raises InputError (and its kinds) for
    what cannot be read.
    """
    name = PurePosixPath(source).name
    text, encoding = decode(name, data)
    suffix = PurePosixPath(source).suffix.lower()
    reader = READERS.get(suffix)
    found = reader(text) if reader else read_plain(text)
    # Markup says where paragraphs end; only plain text needs guessing.
    mended = Repaired(tuple(found), 0, 0) if reader else repair(found)
    identity = document_id(source)
    paragraphs = _paragraphs(identity, mended.blocks)
    kinds = Counter(paragraph.kind for paragraph in paragraphs)
    return Document(
        id=identity,
        source=source,
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=encoding,
        text=text,
        title=_title(name, paragraphs),
        paragraphs=paragraphs,
        report=IngestReport(
            paragraphs=len(paragraphs),
            rejoined=mended.rejoined,
            repeated=mended.repeated,
            captions=kinds[ParagraphKind.CAPTION],
        ),
    )


def _paragraphs(identity: str, blocks: Sequence[Block]) -> tuple[Paragraph, ...]:
    path: list[tuple[int, str]] = []
    seen: Counter[str] = Counter()
    paragraphs = []
    for current in blocks:
        if current.kind is ParagraphKind.HEADING:
            path = [entry for entry in path if entry[0] < current.level]
        seen[current.text] += 1
        paragraphs.append(
            Paragraph(
                id=_digest(f"{identity}\n{current.text}\n{seen[current.text]}"),
                text=current.text,
                spans=current.spans,
                kind=current.kind,
                headings=tuple(text for _, text in path),
            )
        )
        if current.kind is ParagraphKind.HEADING:
            path.append((current.level, current.text))
    return tuple(paragraphs)


def _title(name: str, paragraphs: Sequence[Paragraph]) -> str:
    first = next((p.text for p in paragraphs if p.kind in _TITLE_KINDS), "")
    return first or PurePosixPath(name).stem


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
