"""Run by a peer's own Python: texts and seconds of its reader over a folder, as JSON lines.

``python eval/peer_ingest.py TOOL FOLDER`` with TOOL ``markitdown`` or ``unstructured``.
It imports nothing of ours, so that the peer needs no part of our environment.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def markitdown() -> Callable[[Path], str]:
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda path: str(converter.convert(path).text_content)


def unstructured() -> Callable[[Path], str]:
    from unstructured.partition.auto import partition

    def read(path: Path) -> str:
        options = {"strategy": "fast"} if path.suffix == ".pdf" else {}
        return "\n".join(str(element) for element in partition(str(path), **options))

    return read


TOOLS = {"markitdown": markitdown, "unstructured": unstructured}
_reader: Callable[[Path], str] | None = None


def start(tool: str) -> None:
    global _reader
    _reader = TOOLS[tool]()


def read(path: str) -> str:
    assert _reader is not None
    return _reader(Path(path))


def main(tool: str, folder: str) -> None:
    paths = sorted(str(path) for path in Path(folder).iterdir())
    with ProcessPoolExecutor(2, initializer=start, initargs=(tool,)) as pool:
        list(pool.map(read, paths[:2]))  # what is loaded once is not the files' time
        begun = time.perf_counter()
        texts = list(pool.map(read, paths))
        seconds = time.perf_counter() - begun
    json.dump({"seconds": seconds, "texts": texts}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
