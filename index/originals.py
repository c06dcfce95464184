"""The files themselves, of those formats whose pages can be shown; everything else is text."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from ingest.page_image import RENDERED


class Originals:
    """One file a document, in a folder of the library. A later version replaces the earlier.

    The catalogue is written first, so the file may for a moment be of another
    version: ``read`` gives it only where it has the wanted digest.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, document_id: str, format_: str, data: bytes) -> None:
        """Store a document's file, or remove the earlier one where its format has no pages."""
        if format_ not in RENDERED:
            self.drop(document_id)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{document_id}.{os.getpid()}.{threading.get_ident()}.partial"
        partial.write_bytes(data)
        partial.replace(self._folder / document_id)

    def read(self, document_id: str, sha256: str) -> bytes | None:
        """The bytes with this digest, None where they are not here."""
        try:
            data = (self._folder / document_id).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def drop(self, document_id: str) -> None:
        """Remove a document's file, if there is one."""
        (self._folder / document_id).unlink(missing_ok=True)
