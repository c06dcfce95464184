"""Many files into a library: parsed on all cores, stored one by one, in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from huiwen.errors import CancelledError, HuiwenError
from huiwen.settings import Settings
from huiwen.types import DocumentInfo
from index.library import Library, Outcome
from ingest.sandbox import workers
from ingest.source import file_source, files_in

# Told of a file how many of its passages are embedded, of how many.
FileProgress = Callable[[Path, int, int], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: an outcome or an error."""

    path: Path
    outcome: Outcome | None
    error: HuiwenError | OSError | None


def take_in(
    library: Library,
    files: Sequence[Path],
    settings: Settings,
    progress: FileProgress | None = None,
) -> Iterator[Taken]:
    """Add files, one bad one not stopping the others; yields in the order of ``files``.

    Closing the iterator, or an interrupt, calls off what is under way; what
    was yielded is stored, and doing it again skips it.
    """
    off = threading.Event()

    def check() -> None:
        if off.is_set():
            raise CancelledError("已取消。")

    def add(path: Path) -> Taken:
        def report(done: int, total: int) -> None:
            if progress:
                progress(path, done, total)

        try:
            check()
            return Taken(
                path, library.add(file_source(path), path.read_bytes(), report, check), None
            )
        except (HuiwenError, OSError) as error:
            return Taken(path, None, error)

    # One more than parses at once, so that the embedder never waits for a parser.
    ahead = workers(settings) + 1
    waiting: deque[Future[Taken]] = deque()
    with ThreadPoolExecutor(ahead, thread_name_prefix="huiwen-intake") as pool:
        try:
            for path in files:
                waiting.append(pool.submit(add, path))
                if len(waiting) > 2 * ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            off.set()
            for future in waiting:
                future.cancel()


def vanished(library: Library, folder: Path) -> list[DocumentInfo]:
    """Documents that came from ``folder`` and whose file is no longer there."""
    present = {file_source(path) for path in files_in([folder])}
    root = f"{file_source(folder)}/"
    return [
        info
        for info in library.documents()
        if info.source.startswith(root) and info.source not in present
    ]
