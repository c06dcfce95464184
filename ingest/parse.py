"""A file's bytes to a Document: decode, read, repair, give structure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from huiwen.types import Document, IngestReport, Paragraph, ParagraphKind
from ingest.block import Block
from ingest.decode import REPLACED
from ingest.facts import is_masthead
from ingest.format import read
from ingest.heading import numbering_level
from ingest.path import HeadingPath
from ingest.repair import Repaired, repair
from ingest.structure import structured

_MASTHEAD_LINES = 4
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
    found, content = read(name, data)
    mended = repair(content.blocks) if content.recovered else Repaired(content.blocks, 0, 0)
    identity = document_id(source)
    paragraphs = _paragraphs(identity, mended.blocks)
    title = content.title or _title(name, paragraphs)
    paragraphs, metadata = structured(
        title, paragraphs, content.metadata, ordered=not mended.rejoined
    )
    kinds = Counter(paragraph.kind for paragraph in paragraphs)
    return Document(
        id=identity,
        source=source,
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        format=found.value,
        encoding=content.encoding,
        text=content.text,
        title=title,
        paragraphs=paragraphs,
        report=IngestReport(
            pages=content.pages,
            paragraphs=len(paragraphs),
            rejoined=mended.rejoined,
            repeated=mended.repeated,
            captions=kinds[ParagraphKind.CAPTION],
            dropped=content.dropped,
            hidden=content.hidden,
            warnings=(*content.warnings, *_unreadable(name, content.text)),
        ),
        metadata=metadata,
    )


def _paragraphs(identity: str, blocks: Sequence[Block]) -> tuple[Paragraph, ...]:
    path = HeadingPath()
    seen: Counter[str] = Counter()
    paragraphs = []
    for current in blocks:
        seen[current.text] += 1
        paragraphs.append(
            Paragraph(
                id=_digest(f"{identity}\n{current.text}\n{seen[current.text]}"),
                text=current.text,
                spans=current.spans,
                kind=current.kind,
                headings=path.under(current),
                boxes=current.boxes,
                quality=current.quality,
            )
        )
    return tuple(paragraphs)


def _title(name: str, paragraphs: Sequence[Paragraph]) -> str:
    """The first title or heading that is more than a masthead, else the file's name."""
    titles = [p.text for p in paragraphs if p.kind in _TITLE_KINDS]
    telling = [
        text
        for text in titles[:_MASTHEAD_LINES]
        if not is_masthead(text) and not numbering_level(text)
    ]
    return next(iter([*telling, *titles]), "") or PurePosixPath(name).stem


def _unreadable(name: str, text: str) -> Iterator[str]:
    bad = text.count(REPLACED)
    if bad:
        yield f"文件“{name}”有 {bad} 处字符已损坏，以“{REPLACED}”代替；请对照原件。"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
