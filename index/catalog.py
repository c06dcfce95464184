"""The truth on disk: documents, paragraphs, passages, vectors and words in one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np

from huiwen.errors import StoreError
from huiwen.types import (
    Document,
    DocumentInfo,
    Filters,
    Passage,
)
from index.embedder import Vectors
from index.rows import (
    as_json,
    info_of,
    metadata_of,
    paragraphs_of,
    passage_of,
    report_of,
    vector_of,
)
from index.words import words

SCHEMA_VERSION = "3"
_PASSAGE = (
    "SELECT p.number, p.id, p.document_id, d.name, d.title, p.headings, p.text, p.pieces, "
    "p.speaker, p.office, p.date, p.page, p.item, p.decision "
    "FROM passages p JOIN documents d ON d.id = p.document_id "
)
_INFO = (
    "SELECT id, source, name, title, sha256, format, encoding, length(text), added_at, "
    "report, metadata "
)
_NARROWED = (
    "SELECT number FROM passages WHERE (:document_id = '' OR document_id = :document_id) "
    "AND (:speaker = '' OR speaker = :speaker) AND (:since = '' OR date >= :since) "
    "AND (:until = '' OR (date <> '' AND date <= :until)) "
    "AND (:item = '' OR instr(item, :item) > 0) AND (NOT :decisions OR decision)"
)
# Far below SQLite's limit on bound variables (32,766 since 3.32).
_VARIABLES = 500


class Catalog:
    """Transactional store of a library. Safe for threads and for several processes.

    A write returns only when it is on disk (WAL, ``synchronous=FULL``).
    ``generation`` grows by one with every write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._write() as db:
                statements = files("index").joinpath("schema.sql").read_text("utf-8")
                for statement in statements.split(";\n"):
                    db.execute(statement)
                db.execute("INSERT OR IGNORE INTO meta VALUES ('generation', '0')")
                db.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"资料库 {path} 无法打开：{error}。请检查目录权限与磁盘空间，或从备份恢复该文件。"
            ) from error
        if self.meta("schema") != SCHEMA_VERSION:
            raise StoreError(
                f"资料库 {path} 的版本是 {self.meta('schema')}，本程序需要 {SCHEMA_VERSION}；"
                "请使用与资料库相同版本的会问。"
            )

    @property
    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def recipe(self, document_id: str) -> str | None:
        """What the stored version was made from: content hash and settings that matter."""
        row = self._db.execute(
            "SELECT recipe FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        return str(row[0]) if row else None

    def put(
        self,
        document: Document,
        passages: Sequence[Passage],
        vectors: Vectors,
        recipe: str,
    ) -> tuple[list[int], list[int], int]:
        """Store a document in place of its earlier version.

        Returns ``(numbers of its passages, numbers it replaced, generation)``.
        """
        with self._write() as db:
            removed = self._forget(db, document.id)
            self._insert_document(db, document, recipe)
            numbers = [
                self._insert_passage(db, ordinal, passage, vector)
                for ordinal, (passage, vector) in enumerate(zip(passages, vectors, strict=True))
            ]
            return numbers, removed, _advance(db)

    def delete(self, document_id: str) -> tuple[list[int], int] | None:
        """Remove a document; ``(passage numbers removed, generation)``, None if unknown."""
        with self._write() as db:
            if not db.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone():
                return None
            return self._forget(db, document_id), _advance(db)

    def replace_vectors(self, numbers: Sequence[int], vectors: Vectors, fingerprint: str) -> None:
        """Store new vectors for all passages at once, made by another embedder."""
        with self._write() as db:
            db.executemany(
                "UPDATE passages SET vector = ? WHERE number = ?",
                [(v.tobytes(), n) for n, v in zip(numbers, vectors, strict=True)],
            )
            db.execute("INSERT OR REPLACE INTO meta VALUES ('embedder', ?)", (fingerprint,))
            _advance(db)

    def documents(self) -> list[DocumentInfo]:
        """All documents, by name."""
        rows = self._db.execute(_INFO + "FROM documents ORDER BY name, id")
        return [info_of(row) for row in rows]

    def info(self, document_id: str) -> DocumentInfo | None:
        row = self._db.execute(_INFO + "FROM documents WHERE id = ?", (document_id,)).fetchone()
        return info_of(row) if row else None

    def document(self, document_id: str) -> Document | None:
        """A document with its paragraphs, None if unknown."""
        row = self._db.execute(
            "SELECT id, source, name, sha256, format, encoding, text, title, report, metadata "
            "FROM documents WHERE id = ?",
            (document_id,),
        ).fetchone()
        if row is None:
            return None
        paragraphs = self._db.execute(
            "SELECT id, text, spans, kind, headings, boxes, speaker, office, quality, item, "
            "decision FROM paragraphs WHERE document_id = ? ORDER BY ordinal",
            (document_id,),
        )
        *fields, report, metadata = row
        facts = report_of(report), metadata_of(metadata)
        return Document(*fields, paragraphs_of(paragraphs), *facts)  # type: ignore[call-arg]

    def passages(self, numbers: Iterable[int]) -> dict[int, Passage]:
        """The stored passages of these numbers; numbers no longer there are left out."""
        wanted = list(numbers)
        found: dict[int, Passage] = {}
        for start in range(0, len(wanted), _VARIABLES):
            part = wanted[start : start + _VARIABLES]
            marks = ",".join("?" * len(part))
            rows = self._db.execute(f"{_PASSAGE} WHERE p.number IN ({marks})", part)
            found.update((row[0], passage_of(row[1:])) for row in rows)
        return found

    def passage(self, passage_id: str) -> Passage | None:
        row = self._db.execute(_PASSAGE + "WHERE p.id = ?", (passage_id,)).fetchone()
        return passage_of(row[1:]) if row else None

    def texts(self) -> Iterator[tuple[int, Passage]]:
        """Every passage with its number."""
        for row in self._db.execute(_PASSAGE + "ORDER BY p.number").fetchall():
            yield row[0], passage_of(row[1:])

    def known_vectors(self, document_id: str, dimension: int) -> dict[str, Vectors]:
        """Vectors of a document's passages by passage id, to spare embedding them again."""
        rows = self._db.execute(
            "SELECT id, vector FROM passages WHERE document_id = ?", (document_id,)
        )
        return {row[0]: v for row in rows if len(v := vector_of(row[1])) == dimension}

    def vectors(self, dimension: int) -> tuple[int, list[int], Vectors]:
        """``(generation, numbers, vectors of shape (n, dimension))`` of one moment."""
        db = self._db
        db.execute("BEGIN")
        try:
            generation = self.generation
            rows = db.execute("SELECT number, vector FROM passages ORDER BY number").fetchall()
        finally:
            db.execute("ROLLBACK")
        out = np.empty((len(rows), dimension), dtype=np.float32)
        for at, (_, blob) in enumerate(rows):
            out[at] = vector_of(blob)
        return generation, [row[0] for row in rows], out

    def narrowed(self, filters: Filters) -> list[int]:
        """Numbers of the passages that the filters let through."""
        rows = self._db.execute(_NARROWED, asdict(filters))
        return [int(row[0]) for row in rows]

    def match(
        self, query: Sequence[str], k: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Lexical search: ``(number, BM25 score)`` best first, ties by number; of ``among``."""
        if not query:
            return []
        expression = " OR ".join('"' + word.replace('"', '""') + '"' for word in query)
        rows = self._db.execute(
            "SELECT rowid, bm25(words) FROM words WHERE words MATCH :query "
            "AND (:among IS NULL OR rowid IN (SELECT value FROM json_each(:among))) "
            "ORDER BY bm25(words), rowid LIMIT :k",
            {"query": expression, "among": None if among is None else as_json(among), "k": k},
        )
        return [(int(number), -float(score)) for number, score in rows]

    def contains(self, text: str) -> bool:
        """Whether any stored document has ``text`` literally."""
        return (
            self._db.execute(
                "SELECT 1 FROM documents WHERE instr(text, ?) > 0 LIMIT 1", (text,)
            ).fetchone()
            is not None
        )

    def close(self) -> None:
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self._local = threading.local()

    @property
    def _db(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self.path, timeout=30, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._lock:
                self._open.append(connection)
        return connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _forget(self, db: sqlite3.Connection, document_id: str) -> list[int]:
        numbers = [
            int(row[0])
            for row in db.execute(
                "SELECT number FROM passages WHERE document_id = ?", (document_id,)
            )
        ]
        db.executemany("DELETE FROM words WHERE rowid = ?", [(n,) for n in numbers])
        db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        return numbers

    def _insert_document(self, db: sqlite3.Connection, document: Document, recipe: str) -> None:
        db.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document.id,
                document.source,
                document.name,
                document.title,
                document.sha256,
                recipe,
                document.format,
                document.encoding,
                document.text,
                as_json(asdict(document.report)),
                as_json(asdict(document.metadata)),
                datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        )
        db.executemany(
            "INSERT INTO paragraphs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    document.id,
                    ordinal,
                    paragraph.id,
                    paragraph.text,
                    as_json([[span.start, span.end] for span in paragraph.spans]),
                    paragraph.kind.value,
                    as_json(paragraph.headings),
                    as_json([astuple(box) for box in paragraph.boxes]),
                    paragraph.speaker,
                    paragraph.office,
                    paragraph.quality,
                    paragraph.item,
                    paragraph.decision,
                )
                for ordinal, paragraph in enumerate(document.paragraphs)
            ],
        )

    def _insert_passage(
        self, db: sqlite3.Connection, ordinal: int, passage: Passage, vector: Vectors
    ) -> int:
        cursor = db.execute(
            "INSERT INTO passages (document_id, ordinal, id, text, headings, pieces, "
            "speaker, office, date, page, item, decision, vector) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                passage.document_id,
                ordinal,
                passage.id,
                passage.text,
                as_json(passage.headings),
                as_json([astuple(piece) for piece in passage.pieces]),
                passage.speaker,
                passage.office,
                passage.date,
                passage.page,
                passage.item,
                passage.decision,
                vector.astype(np.float32).tobytes(),
            ),
        )
        number = int(cursor.lastrowid or 0)
        db.execute(
            "INSERT INTO words (rowid, tokens) VALUES (?, ?)",
            (number, " ".join(words(f"{passage.context}\n{passage.text}"))),
        )
        return number


def _advance(db: sqlite3.Connection) -> int:
    db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")
    row = db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    return int(row[0])
