"""A whole service in a process of its own: a real library, a generator that says what it is told.

``python -m tests.portal STORE`` serves until interrupted and prints its address.
Settings come from the environment, as with ``huiwen serve``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from answer.engine import Answerer
from huiwen.settings import load_settings
from index.library import Library
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.portal.meeting import REPLY, TEXT
from tests.ui.serve import serving


def main() -> None:
    settings = load_settings(store=Path(sys.argv[1]))
    with Library(settings, HashEmbedder()) as library:
        library.add("会议.txt", TEXT.encode())
        answerer = Answerer(library, ScriptedGenerator(REPLY), settings)
        with serving(library, answerer, settings) as url:
            print(url, flush=True)  # noqa: T201 - for who started us
            sys.stdin.read()


if __name__ == "__main__":
    main()
