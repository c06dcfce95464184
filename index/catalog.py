"""The truth on disk: documents, paragraphs, passages, vectors and words in one database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal
from uuid import uuid4

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)  # fmt: skip

from huiwen.errors import StoreError
from huiwen.types import Document, DocumentInfo, Filters, Groups, Metadata, Passage
from index.database import Database
from index.embedder import Vectors
from index.engine import Change, Entry
from index.migrate import STEPS, migrate
from index.rows import (
    Stored,
    document_row,
    info_of,
    metadata_of,
    paragraph_row,
    paragraphs_of,
    passage_of,
    passage_row,
    report_of,
    vector_of,
)
from index.sharing import Sharing, all_groups, carried_by, hides, share, visible_to
from index.statements import (
    BORN_SINCE,
    DOCUMENT,
    GONE_SINCE,
    INFO,
    META_VALUE,
    PARAGRAPHS_OF,
    PASSAGE,
    THESE,
    Text,
    narrowed,
)
from index.synonyms import Synonym, synonyms
from index.tables import DOCUMENTS, GONE, META, PARAGRAPHS, PASSAGES, SYNONYMS, TABLES

SCHEMA_VERSION = "4"
_D, _P = DOCUMENTS.c, PASSAGES.c
_BATCH = 2000
# Far below the limits on bound variables: SQLite 32,766, PostgreSQL 65,535.
_VARIABLES = 500


class Catalog:
    """Transactional store of a library. Safe for threads and for several processes.

    A write returns only when it is on disk. ``generation`` grows by one with
    every write.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    @property
    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    @property
    def library(self) -> str:
        """Names this catalogue's history; another one has another."""
        return str(self.meta("library"))

    def meta(self, key: str) -> str | None:
        with self._database.read() as db:
            return _meta(db, key)

    def set_meta(self, key: str, value: str) -> None:
        with self._database.write() as db:
            _set_meta(db, key, value)

    def recipe(self, document_id: str) -> str | None:
        """What the stored version was made from: content hash and settings that matter."""
        with self._database.read() as db:
            return db.scalar(select(_D.recipe).where(_D.id == document_id))

    def put(
        self,
        document: Document,
        passages: Sequence[Stored],
        recipe: str,
        embedder: str = "",
        sharing: Sharing = Sharing(),  # noqa: B008 - frozen
    ) -> tuple[list[int], list[int], int]:
        """Store a document in place of its earlier version.

        Returns ``(numbers of its passages, numbers it replaced, generation)``.
        Raises StoreError where ``embedder`` is given and made none of the
        vectors that are there, ForbiddenError as ``Sharing.settled``.
        """
        with self._database.write() as db:
            if embedder:
                # Asked here and not only before the vectors were made: they take a while.
                require_embedder(_meta(db, "embedder"), embedder)
                _set_meta(db, "embedder", embedder)
            generation = _advance(db)
            groups = sharing.settled(carried_by(db, document.id))
            removed = _forget(db, document.id, generation)
            db.execute(insert(DOCUMENTS).values(document_row(document, recipe)))
            share(db, document.id, groups)
            _insert(
                db,
                PARAGRAPHS,
                [
                    paragraph_row(document.id, ordinal, paragraph)
                    for ordinal, paragraph in enumerate(document.paragraphs)
                ],
            )
            _insert(
                db,
                SYNONYMS,
                [
                    {"document_id": document.id, "short": pair.short, "long": pair.long}
                    for pair in synonyms(document.text)
                ],
            )
            rows = [
                passage_row(ordinal, passage, generation)
                for ordinal, passage in enumerate(passages)
            ]
            numbers: list[int] = []
            if rows:
                given = insert(PASSAGES).returning(_P.number, sort_by_parameter_order=True)
                numbers = list(db.scalars(given, rows))
            return numbers, removed, generation

    def delete(self, document_id: str) -> tuple[list[int], int] | None:
        """Remove a document; ``(passage numbers removed, generation)``, None if unknown."""
        with self._database.write() as db:
            if db.scalar(select(_D.id).where(_D.id == document_id)) is None:
                return None
            generation = _advance(db)
            return _forget(db, document_id, generation), generation

    def groups(self, document_id: str) -> Groups:
        """The groups that a document carries, None for an unknown one."""
        with self._database.read() as db:
            return carried_by(db, document_id)

    def set_groups(self, document_id: str, groups: frozenset[str]) -> bool:
        """Have a document carry these groups; False if unknown."""
        with self._database.write() as db:
            if carried_by(db, document_id) is None:
                return False
            _advance(db)
            share(db, document_id, groups)
            return True

    def hides(self, groups: frozenset[str]) -> bool:
        """Whether there is any document that somebody in these groups may not see."""
        with self._database.read() as db:
            return hides(db, groups)

    def replace_vectors(
        self,
        numbers: Sequence[int],
        vectors: Vectors,
        fingerprint: str,
        *,
        since: int | None = None,
    ) -> bool:
        """Store new vectors for all passages at once, made by another embedder.

        Not done, and False, where ``since`` is given and no longer the generation:
        what came meanwhile would be left with the vectors of the other one.
        """
        changed = (
            update(PASSAGES)
            .where(_P.number == bindparam("at"))
            .values(vector=bindparam("made"), born=bindparam("now"))
        )
        rows: list[dict[str, object]] = [
            {"at": number, "made": vector.astype(np.float32).tobytes()}
            for number, vector in zip(numbers, vectors, strict=True)
        ]
        with self._database.write() as db:
            if since is not None and _meta(db, "generation") != str(since):
                return False
            generation = _advance(db)
            if rows:
                db.execute(changed, [{**row, "now": generation} for row in rows])
            _set_meta(db, "embedder", fingerprint)
            return True

    def documents(self, groups: Groups = None) -> list[DocumentInfo]:
        """The documents that somebody in these groups may see, by name."""
        chosen = INFO.where(*visible_to(groups, _D.id)).order_by(_D.name, _D.id)
        with self._database.read() as db:
            carried = all_groups(db)
            return [info_of((*row, carried.get(row[0], ()))) for row in db.execute(chosen)]

    def info(self, document_id: str, groups: Groups = None) -> DocumentInfo | None:
        chosen = INFO.where(_D.id == document_id, *visible_to(groups, _D.id))
        with self._database.read() as db:
            row = db.execute(chosen).first()
            return info_of((*row, sorted(carried_by(db, document_id) or ()))) if row else None

    def document(self, document_id: str, groups: Groups = None) -> Document | None:
        """A document with its paragraphs, None if unknown or not to be seen."""
        with self._database.read() as db:
            chosen = DOCUMENT.where(*visible_to(groups, _D.id))
            row = db.execute(chosen, {"id": document_id}).first()
            if row is None:
                return None
            paragraphs = paragraphs_of(db.execute(PARAGRAPHS_OF, {"id": document_id}))
        *fields, report, metadata = tuple(row)
        facts = report_of(report), metadata_of(metadata)
        return Document(*fields, paragraphs, *facts)  # type: ignore[call-arg]

    def passages(self, numbers: Iterable[int]) -> dict[int, Passage]:
        """The stored passages of these numbers; numbers no longer there are left out."""
        wanted = list(numbers)
        found: dict[int, Passage] = {}
        with self._database.read() as db:
            for start in range(0, len(wanted), _VARIABLES):
                rows = db.execute(THESE, {"numbers": wanted[start : start + _VARIABLES]})
                found.update((row[0], passage_of(row[1:])) for row in rows)
        return found

    def passage(self, passage_id: str, groups: Groups = None) -> Passage | None:
        chosen = PASSAGE.where(_P.id == passage_id, *visible_to(groups, _P.document_id))
        with self._database.read() as db:
            row = db.execute(chosen).first()
        return passage_of(row[1:]) if row else None

    def texts(self) -> Iterator[tuple[int, Passage]]:
        """Every passage with its number."""
        with self._database.read() as db:
            rows = db.execute(PASSAGE.order_by(_P.number)).all()
        for row in rows:
            yield row[0], passage_of(row[1:])

    def known_vectors(self, document_id: str, dimension: int) -> dict[str, Vectors]:
        """Vectors of a document's passages by passage id, to spare embedding them again."""
        chosen = select(_P.id, _P.vector).where(_P.document_id == document_id)
        with self._database.read() as db:
            rows = db.execute(chosen).all()
        return {row[0]: v for row in rows if len(v := vector_of(row[1])) == dimension}

    def changes(self, since: int, dimension: int) -> Iterator[Change]:
        """What brings an engine from generation ``since`` to the present one, in batches.

        All of one moment; the last alone carries the new generation. A passage
        whose vector was made anew is among the added. Vectors of another
        dimension are left out: their library has to be reindexed first.
        """
        with self._database.read() as db:
            generation = int(_meta(db, "generation") or 0)
            removed = list(db.scalars(GONE_SINCE, {"since": since})) if since else []
            # As they come: a library may be larger than memory.
            streamed = {"yield_per": _BATCH}
            rows = db.execute(BORN_SINCE, {"since": since}, execution_options=streamed)
            for part in rows.partitions():
                yield Change(since, removed, _entries(part, dimension))
                removed = []
        yield Change(generation, removed, ())

    def synonyms(self, groups: Groups = None) -> list[Synonym]:
        """The abbreviations that the documents to be seen introduce."""
        pairs = select(SYNONYMS.c.short, SYNONYMS.c.long).distinct()
        pairs = pairs.where(*visible_to(groups, SYNONYMS.c.document_id))
        with self._database.read() as db:
            return [Synonym(short, long) for short, long in db.execute(pairs)]

    def named(self, groups: Groups = None) -> list[tuple[str, str, Metadata]]:
        """``(id, title, metadata)`` of every document to be seen."""
        rows = select(_D.id, _D.title, _D.metadata).where(*visible_to(groups, _D.id))
        with self._database.read() as db:
            return [(name, title, metadata_of(told)) for name, title, told in db.execute(rows)]

    def distinct(self, field: Literal["speaker", "office"], groups: Groups = None) -> list[str]:
        """The names of all who speak in a passage to be seen, or what they are."""
        seen = (
            select(_P[field]).distinct().where(_P[field] != "", *visible_to(groups, _P.document_id))
        )
        with self._database.read() as db:
            return list(db.scalars(seen))

    @property
    def size(self) -> int:
        """How many passages there are."""
        with self._database.read() as db:
            return int(db.scalar(select(func.count()).select_from(PASSAGES)) or 0)

    def narrowed(self, filters: Filters) -> list[int]:
        """Numbers of the passages that the filters let through."""
        with self._database.read() as db:
            return list(db.scalars(narrowed(filters, self._place)))

    def contains(self, text: str) -> bool:
        """Whether any stored document has ``text`` literally."""
        chosen = select(_D.id).where(self._place(_D.text, text) > 0).limit(1)
        with self._database.read() as db:
            return db.scalar(chosen) is not None

    def close(self) -> None:
        self._database.close()

    def _place(self, column: ColumnElement[str], text: Text) -> ColumnElement[int]:
        """Where ``text`` stands in a column, from 1; 0 where it does not."""
        place = func.instr if self._database.is_sqlite else func.strpos
        return place(column, text)

    def _prepare(self) -> None:
        with self._database.read() as db:
            # Opening what is there waits for no writer.
            stored = _meta(db, "schema") if inspect(db).has_table(META.name) else None
        if stored is None:
            stored = self._create()
        elif stored in STEPS:
            stored = self._migrate()
        if stored != SCHEMA_VERSION:
            raise StoreError(
                f"资料库 {self._database.name} 的版本是 {stored}，本程序需要 {SCHEMA_VERSION}；"
                "请使用与资料库相同版本的会问。"
            )

    def _migrate(self) -> str:
        with self._database.write() as db:
            # Asked again: another process may have done it meanwhile.
            version = migrate(db, str(_meta(db, "schema")))
            _set_meta(db, "schema", version)
        return version

    def _create(self) -> str | None:
        with self._database.write() as db:
            TABLES.create_all(db)
            known = ("generation", "0"), ("library", uuid4().hex), ("schema", SCHEMA_VERSION)
            for key, value in known:
                if _meta(db, key) is None:
                    db.execute(insert(META).values(key=key, value=value))
            return _meta(db, "schema")


def require_embedder(stored: str | None, present: str) -> None:
    """Raises StoreError where the vectors were made by another embedder; None made none."""
    if stored is not None and stored != present:
        raise StoreError(
            f"资料库是用向量模型 {stored} 建立的，现在配置的是 {present}；"
            "请运行 huiwen reindex 重建向量，或改回原来的模型。"
        )


def _meta(db: Connection, key: str) -> str | None:
    return db.scalar(META_VALUE, {"name": key})


def _set_meta(db: Connection, key: str, value: str) -> None:
    # Writers go one at a time, so that nobody sees it missing.
    db.execute(delete(META).where(META.c.key == key))
    db.execute(insert(META).values(key=key, value=value))


def _advance(db: Connection) -> int:
    generation = int(_meta(db, "generation") or 0) + 1
    db.execute(update(META).where(META.c.key == "generation").values(value=str(generation)))
    return generation


def _forget(db: Connection, document_id: str, generation: int) -> list[int]:
    numbers = list(db.scalars(select(_P.number).where(_P.document_id == document_id)))
    db.execute(delete(DOCUMENTS).where(_D.id == document_id))
    _insert(db, GONE, [{"number": number, "generation": generation} for number in numbers])
    return numbers


def _entries(rows: Iterable[Sequence[Any]], dimension: int) -> list[Entry]:
    found = [Entry(number, vector_of(blob), tuple(text.split())) for number, blob, text in rows]
    return [entry for entry in found if len(entry.vector) == dimension]


def _insert(db: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        db.execute(insert(table), rows)
