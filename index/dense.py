"""Dense search: FAISS over passage vectors, published as checksummed generations."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors

log = logging.getLogger(__name__)
_MANIFEST = "MANIFEST.json"
Ids = NDArray[np.int64]


class DenseIndex:
    """Exact inner-product search with our own ids (not thread-safe: the owner locks)."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors of shape ``(len(ids), dimension)``, unit length, under their ids."""
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: Ids) -> None:
        """Remove the vectors of these ids; unknown ids are ignored."""
        if len(ids):
            self._index.remove_ids(ids)

    def search(
        self, vector: Vectors, k: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The ``k`` nearest as ``(id, cosine)``, best first, ties by id; of ``among`` if given."""
        k = min(k, len(self) if among is None else len(among))
        if k == 0:
            return []
        chosen = None
        if among is not None:
            selector = faiss.IDSelectorBatch(np.asarray(among, dtype=np.int64))
            chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, ids = self._index.search(vector.reshape(1, -1), k, params=chosen)
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda row: (-row[1], row[0]))

    def publish(self, folder: Path, generation: int) -> None:
        """Write this index as ``generation``; readers see it once the manifest names it.

        The previous generation's file stays until the next publication.
        """
        folder.mkdir(parents=True, exist_ok=True)
        data = faiss.serialize_index(self._index).tobytes()
        name = f"dense-{generation}.faiss"
        _write(folder / name, data)
        manifest = {
            "generation": generation,
            "file": name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "dimension": self._dimension,
        }
        previous = _read_manifest(folder)
        _write(folder / _MANIFEST, json.dumps(manifest).encode())
        keep = {name, previous.get("file") if previous else None}
        for file in folder.glob("dense-*.faiss"):
            if file.name not in keep:
                file.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, generation: int, dimension: int) -> DenseIndex | None:
        """The published index of ``generation``, or None where it is absent or damaged.

        Bytes reach FAISS only after their checksum is found right: its reader
        trusts what it is given.
        """
        manifest = _read_manifest(folder)
        if (
            manifest is None
            or manifest.get("generation") != generation
            or manifest.get("dimension") != dimension
        ):
            return None
        try:
            data = (folder / Path(str(manifest["file"])).name).read_bytes()
        except (OSError, KeyError):
            return None
        if hashlib.sha256(data).hexdigest() != manifest.get("sha256"):
            log.warning("dense index %s is damaged, rebuilding", manifest["file"])
            return None
        loaded = cls(dimension)
        loaded._index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        return loaded


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
