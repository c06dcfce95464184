"""Headers of a mail as their reader sees them, however they were encoded."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from ingest.readers.charset import fit, lenient_text

_SPACE = re.compile(r"\s+")
_HEADER_CHARS = 2000
_ADDRESSES = 50


def header(message: Message, name: str) -> str:
    """The first header of that name, decoded, on one line; empty where there is none."""
    return decoded(_raw(message, name))


def decoded(raw: str) -> str:
    """RFC 2047 words and bare bytes (old programs write GB as it is) as text."""
    parts = []
    raw = raw[:_HEADER_CHARS]
    try:
        words = decode_header(raw)
    except (MessageError, ValueError):
        words = [(raw, None)]  # a broken word is shown as it stands
    for text, charset in words:
        # What is no encoded word comes back as text, or as the bytes behind it.
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        parts.append(lenient_text(data, charset or ""))
    return _SPACE.sub(" ", "".join(parts)).strip()


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Display names and addresses of a header; people without a name have an empty one."""
    raw = _raw(message, name)[:_HEADER_CHARS]
    try:
        found = getaddresses([raw])[:_ADDRESSES]
    except (RecursionError, ValueError, IndexError):
        found = [(raw, "")]  # comments nested beyond what the library bears
    return [(decoded(person), fit(address)) for person, address in found if person or address]


def sent_on(message: Message) -> str:
    """The day of the Date header (ISO 8601), empty where it is none."""
    try:
        return parsedate_to_datetime(_raw(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _raw(message: Message, name: str) -> str:
    """As it stands in the file: the library's own decoding loses bytes it does not know."""
    wanted = name.lower()
    for key, value in message.raw_items():
        if key.lower() == wanted:
            return _SPACE.sub(" ", str(value))
    return ""
