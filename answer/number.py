"""Numbers in text, compared by value and not by spelling."""

from __future__ import annotations

import re

from ingest.normalise import normalise

# Not the digits of PM2.5, m3 or CO2: they are part of a name.
_NUMBER = re.compile(r"(?<![a-z\d.])\d+(?:,\d{3})*(?:\.\d+)?(?![\d])")


def numbers(text: str) -> list[str]:
    """Canonical numbers of ``text`` in order: ``1,450`` and ``1450`` are one, ``3.0`` is ``3``."""
    return [_canonical(match[0]) for match in _NUMBER.finditer(normalise(text))]


def _canonical(number: str) -> str:
    whole, _, fraction = number.replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction}" if fraction else whole
