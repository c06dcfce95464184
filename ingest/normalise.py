"""Normalisation for search and comparison only; what is shown is never touched."""

from __future__ import annotations

import re
import unicodedata

from ingest.numeral import arabic
from ingest.variants import simplified, variants

# A subscript as recovered text writes it: PM_{2.5}.
_SUBSCRIPT = re.compile(r"[_^]\{([^{}]*)\}")


def fold(text: str) -> str:
    """Fold what differs in writing only: width, subscripts, variants, traditional characters."""
    if text.isascii():
        return _flat(text)
    table = variants()
    # NFKC makes characters the table knows, and the table some that NFKC folds.
    folded = unicodedata.normalize("NFKC", text.translate(table)).translate(table)
    folded = folded.translate(simplified())
    return unicodedata.normalize("NFKC", _flat(folded))


def normalise(text: str) -> str:
    """Folded text without case and with Arabic numbers, the form in which words are compared."""
    return arabic(unicodedata.normalize("NFKC", fold(text).lower()))


def _flat(text: str) -> str:
    while "{" in text:
        flat = _SUBSCRIPT.sub(r"\1", text)
        if flat == text:
            break
        text = flat
    return text
