"""The code in docs/portal.md."""

from __future__ import annotations

import re

from tests.conftest import ROOT

ADDRESS = "http://127.0.0.1:7860"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS: list[tuple[str, str]] = _FENCE.findall((ROOT / "docs/portal.md").read_text("utf-8"))


def of(language: str) -> list[str]:
    """The snippets in a language, in order."""
    return [code for name, code in SNIPPETS if name == language]
