"""The tables of what people asked, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text

TABLES = MetaData()

CONVERSATIONS = Table(
    "conversations",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Index("conversations_latest", "owner", "updated_at"),
)

# A turn that was asked again or edited stays, ``superseded``, for its feedback's sake.
TURNS = Table(
    "turns",
    TABLES,
    Column("id", Text, primary_key=True),
    Column(
        "conversation_id",
        Text,
        ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("ordinal", Integer, nullable=False),
    Column("superseded", Boolean, nullable=False),
    Column("question", Text, nullable=False),
    Column("filters", Text, nullable=False),
    Column("rewritten", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Index("turns_of", "conversation_id", "ordinal"),
)

FEEDBACK = Table(
    "feedback",
    TABLES,
    Column("turn_id", Text, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_at", Text, nullable=False),
)
