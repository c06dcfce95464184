"""The tables of the catalogue, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

TABLES = MetaData()

META = Table(
    "meta",
    TABLES,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

DOCUMENTS = Table(
    "documents",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("report", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("added_at", Text, nullable=False),
)


def _of_a_document(*, primary_key: bool = False) -> Column[str]:
    key = ForeignKey("documents.id", ondelete="CASCADE")
    return Column("document_id", Text, key, nullable=False, primary_key=primary_key)


PARAGRAPHS = Table(
    "paragraphs",
    TABLES,
    _of_a_document(primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("spans", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("headings", Text, nullable=False),
    Column("boxes", Text, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("quality", Double, nullable=False),
    Column("item", Text, nullable=False),
    Column("decision", Boolean, nullable=False),
)

PASSAGES = Table(
    "passages",
    TABLES,
    # A number once given is never given again, so that a vector left over in some
    # index can never point at another passage.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    _of_a_document(),
    Column("ordinal", Integer, nullable=False),
    Column("id", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("headings", Text, nullable=False),
    Column("pieces", Text, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("date", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("decision", Boolean, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    # The words that lexical search counts, with a space between two.
    Column("words", Text, nullable=False),
    # The generation that stored this passage, or its vector anew.
    Column("born", BigInteger, nullable=False),
    Index("passages_document", "document_id", "ordinal"),
    Index("passages_born", "born", "number"),
    # Who speaks at all is asked after every change: not by reading every vector.
    Index("passages_speaker", "speaker"),
    sqlite_autoincrement=True,
)

# Abbreviations as the documents introduce them, for the questions of everybody.
SYNONYMS = Table(
    "synonyms",
    TABLES,
    _of_a_document(primary_key=True),
    Column("short", Text, primary_key=True),
    Column("long", Text, primary_key=True),
)

# The groups that may see a document; one without any is for everybody.
DOCUMENT_GROUPS = Table(
    "document_groups",
    TABLES,
    _of_a_document(primary_key=True),
    Column("name", Text, primary_key=True),
    Index("document_groups_name", "name"),
)

# Numbers of passages that are no more, for engines that have not heard of it.
GONE = Table(
    "gone",
    TABLES,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Index("gone_generation", "generation"),
)
