"""Documents as bytes between the parser process and ours; no code travels with them."""

from __future__ import annotations

from pydantic import TypeAdapter

from huiwen.types import Document

_DOCUMENT = TypeAdapter(Document)


def pack(document: Document) -> bytes:
    """The document as JSON."""
    return _DOCUMENT.dump_json(document)


def unpack(data: bytes) -> Document:
    """The document again; raises ValueError for anything else."""
    return _DOCUMENT.validate_json(data)
