"""Conversations kept on disk: what was asked, what came of it, what people thought of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from huiwen.errors import InputError, NotFoundError
from huiwen.settings import Settings
from huiwen.types import Filters
from index.backup import CONVERSATIONS as CONVERSATIONS_FILE
from index.database import Database, sqlite_url
from server import record
from server.record import Record
from server.tables import CONVERSATIONS, FEEDBACK, TABLES, TURNS

MAX_TITLE_CHARS = 80
_C, _T, _F = CONVERSATIONS.c, TURNS.c, FEEDBACK.c
_FILTERS = TypeAdapter(Filters)
_ENTRY = (
    select(_C.id, _C.title, _C.created_at, _C.updated_at, func.count(_T.id))
    .outerjoin_from(CONVERSATIONS, TURNS, (_T.conversation_id == _C.id) & _T.superseded.is_(False))
    .group_by(_C.id)
)
_TURN = select(
    _T.id, _T.conversation_id, _T.question, _T.filters, _T.rewritten, _T.state, _T.text,
    _T.record, _T.asked_at, _F.verdict, _F.reason, _F.given_at,
).outerjoin_from(TURNS, FEEDBACK)  # fmt: skip


class TurnState(StrEnum):
    """How a turn ended, ``asked`` while it has not."""

    ASKED = "asked"
    ANSWERED = "answered"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # the service ended meanwhile


class Verdict(StrEnum):
    """Thumbs."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the reader thought of an answer."""

    verdict: Verdict
    reason: str
    given_at: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as lists show it; moments are ISO 8601 in UTC."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turns: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with what came of it.

    ``rewritten`` is the follow-up as it was understood, empty where it stood as
    asked. ``text`` is the answer's, the unchecked draft of a stopped one or the
    problem of a failed one.
    """

    id: str
    conversation_id: str
    question: str
    filters: Filters
    rewritten: str
    state: TurnState
    text: str
    record: Record | None
    asked_at: str
    opinion: Opinion | None = None


class History:
    """The conversations of all owners. Safe for threads and for several processes.

    What a method has returned from is on disk. Every method looks only at
    conversations of the owner it is given and raises NotFoundError for others,
    as for those that do not exist.
    """

    def __init__(self, settings: Settings) -> None:
        self._database = Database(
            settings.catalog_url or sqlite_url(settings.store / CONVERSATIONS_FILE)
        )
        with self._database.write() as db:
            TABLES.create_all(db)
            lost = update(TURNS).where(_T.state == TurnState.ASKED)
            db.execute(lost.values(state=TurnState.INTERRUPTED))

    def close(self) -> None:
        self._database.close()

    def create(self, owner: str, title: str = "") -> Conversation:
        now = _now()
        made = Conversation(secrets.token_hex(8), _title(title), now, now, 0)
        with self._database.write() as db:
            db.execute(
                insert(CONVERSATIONS).values(
                    id=made.id, owner=owner, title=made.title, created_at=now, updated_at=now
                )
            )
        return made

    def all(
        self, owner: str, query: str = "", *, limit: int = 50, offset: int = 0
    ) -> list[Conversation]:
        """Conversations, the latest first; with ``query`` those that have it in them."""
        wanted = _ENTRY.where(_C.owner == owner)
        if query := _storable(query).strip():
            within = select(_T.conversation_id).where(
                _T.superseded.is_(False),
                or_(
                    _T.question.icontains(query, autoescape=True),
                    _T.text.icontains(query, autoescape=True),
                ),
            )
            wanted = wanted.where(
                or_(_C.title.icontains(query, autoescape=True), _C.id.in_(within))
            )
        wanted = wanted.order_by(_C.updated_at.desc(), _C.id).limit(limit).offset(offset)
        with self._database.read() as db:
            return [Conversation(*row) for row in db.execute(wanted)]

    def get(self, owner: str, identity: str) -> Conversation:
        with self._database.read() as db:
            row = db.execute(_ENTRY.where(_C.id == identity, _C.owner == owner)).first()
        if row is None:
            raise _missing(identity)
        return Conversation(*row)

    def turns(self, owner: str, identity: str) -> list[Turn]:
        """The turns as they stand now, those replaced by an edit left out."""
        wanted = _TURN.where(_T.conversation_id == identity, _T.superseded.is_(False))
        with self._database.read() as db:
            _require(db, owner, identity)
            return [_turn(tuple(row)) for row in db.execute(wanted.order_by(_T.ordinal))]

    def rename(self, owner: str, identity: str, title: str) -> Conversation:
        if not (title := _title(title)):
            raise InputError("对话的名称是空的；请输入名称。")
        with self._database.write() as db:
            _require(db, owner, identity)
            db.execute(update(CONVERSATIONS).where(_C.id == identity).values(title=title))
        return self.get(owner, identity)

    def delete(self, owner: str, identity: str) -> None:
        with self._database.write() as db:
            _require(db, owner, identity)
            db.execute(delete(CONVERSATIONS).where(_C.id == identity))

    def begin(
        self, owner: str, identity: str, question: str, filters: Filters, replaces: str = ""
    ) -> Turn:
        """Write a question down before it is answered.

        With ``replaces`` that turn and all after it make way for this one.
        """
        now = _now()
        turn = Turn(
            secrets.token_hex(8), identity, question, filters, "", TurnState.ASKED, "", None, now
        )
        mine = _T.conversation_id == identity
        with self._database.write() as db:
            title = _require(db, owner, identity)
            if replaces:
                at = _ordinal(db, identity, replaces)
                db.execute(update(TURNS).where(mine, _T.ordinal >= at).values(superseded=True))
            last = db.scalar(select(func.max(_T.ordinal)).where(mine))
            db.execute(
                insert(TURNS).values(
                    id=turn.id,
                    conversation_id=identity,
                    ordinal=0 if last is None else last + 1,
                    superseded=False,
                    question=_storable(question),
                    filters=_FILTERS.dump_json(filters).decode(),
                    rewritten="",
                    state=turn.state,
                    text="",
                    record="",
                    asked_at=now,
                )
            )
            changed = {"updated_at": now, "title": title or _title(question)}
            db.execute(update(CONVERSATIONS).where(_C.id == identity).values(**changed))
        return turn

    def finish(
        self,
        identity: str,
        state: TurnState,
        text: str,
        *,
        rewritten: str = "",
        kept: Record | None = None,
    ) -> None:
        """Write down what came of a turn; one deleted meanwhile stays deleted."""
        values = {
            "state": state,
            "text": _storable(text),
            "rewritten": _storable(rewritten),
            "record": record.dump(kept) if kept else "",
        }
        with self._database.write() as db:
            db.execute(update(TURNS).where(_T.id == identity).values(**values))

    def give(self, owner: str, turn_id: str, verdict: Verdict, reason: str) -> Opinion:
        """Keep what the reader thinks of an answer, in place of what was thought before."""
        opinion = Opinion(verdict, _storable(reason).strip(), _now())
        with self._database.write() as db:
            _require_turn(db, owner, turn_id)
            db.execute(delete(FEEDBACK).where(_F.turn_id == turn_id))
            db.execute(insert(FEEDBACK).values(turn_id=turn_id, **asdict(opinion)))
        return opinion

    def take_back(self, owner: str, turn_id: str) -> None:
        with self._database.write() as db:
            _require_turn(db, owner, turn_id)
            db.execute(delete(FEEDBACK).where(_F.turn_id == turn_id))

    def opinions(self, owner: str | None = None, limit: int = -1) -> list[Turn]:
        """Turns that somebody has an opinion of, the latest first; ``None`` for all owners."""
        wanted = _TURN.where(_F.turn_id.is_not(None))
        if owner is not None:
            wanted = wanted.join(CONVERSATIONS, _C.id == _T.conversation_id).where(
                _C.owner == owner
            )
        wanted = wanted.order_by(_F.given_at.desc())
        if limit >= 0:
            wanted = wanted.limit(limit)
        with self._database.read() as db:
            return [_turn(tuple(row)) for row in db.execute(wanted)]


def _require(db: Connection, owner: str, identity: str) -> str:
    """The title of a conversation of this owner; raises NotFoundError."""
    title = db.scalar(select(_C.title).where(_C.id == identity, _C.owner == owner))
    if title is None:
        raise _missing(identity)
    return str(title)


def _require_turn(db: Connection, owner: str, turn_id: str) -> None:
    mine = (
        select(_T.id)
        .join(CONVERSATIONS, _C.id == _T.conversation_id)
        .where(_T.id == turn_id, _C.owner == owner)
    )
    if db.execute(mine).first() is None:
        raise NotFoundError(f"没有编号为 {turn_id} 的回答；所在的对话可能已被删除。")


def _ordinal(db: Connection, conversation_id: str, turn_id: str) -> int:
    found = db.scalar(
        select(_T.ordinal).where(
            _T.id == turn_id, _T.conversation_id == conversation_id, _T.superseded.is_(False)
        )
    )
    if found is None:
        raise NotFoundError(f"这个对话里没有编号为 {turn_id} 的提问；请重新打开对话。")
    return int(found)


def _missing(identity: str) -> NotFoundError:
    return NotFoundError(f"没有编号为 {identity} 的对话；它可能已被删除。")


def _turn(row: Sequence[Any]) -> Turn:
    identity, conversation, question, filters, rewritten, state, text, kept, asked, *given = row
    return Turn(
        identity,
        conversation,
        question,
        _FILTERS.validate_json(filters),
        rewritten,
        TurnState(state),
        text,
        record.load(kept) if kept else None,
        asked,
        Opinion(Verdict(given[0]), given[1], given[2]) if given[0] else None,
    )


def _title(text: str) -> str:
    return " ".join(_storable(text).split())[:MAX_TITLE_CHARS]


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
