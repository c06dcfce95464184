"""API keys and the sessions of their holders: only hashes of secrets are stored."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from huiwen.errors import InputError, NotFoundError, StoreError
from huiwen.groups import checked_groups
from huiwen.settings import Settings
from index.database import Database, sqlite_url
from server.caller import Caller, Scope

log = logging.getLogger(__name__)
FILE = "access.sqlite"
# What a key looks like: told from other bearer tokens, and found by scanners of secrets.
KEY = re.compile(r"hw_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_NAME_CHARS = 100
_SESSION = timedelta(hours=12)
# How old the moment of last use may be before it is written again.
_USED_EVERY = timedelta(minutes=1)

_TABLES = MetaData()
_KEYS = Table(
    "access_keys",
    _TABLES,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("groups", Text, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("revoked_at", Text, nullable=False),
    Column("used_at", Text, nullable=False),
)
_SESSIONS = Table(
    "access_sessions",
    _TABLES,
    Column("digest", Text, primary_key=True),
    Column("key_id", Text, ForeignKey("access_keys.id", ondelete="CASCADE"), nullable=False),
    Column("ends_at", Text, nullable=False),
    Index("access_sessions_ends", "ends_at"),
)
_K, _S = _KEYS.c, _SESSIONS.c


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; moments are ISO 8601, empty where they have not come."""

    id: str
    name: str
    scopes: frozenset[Scope]
    groups: frozenset[str]
    per_minute: int
    created_at: str
    revoked_at: str
    used_at: str

    @property
    def caller(self) -> Caller:
        return Caller(self.name, self.scopes, self.groups, f"key:{self.id}", self.per_minute)


class Keys:
    """The keys of a service, in a file of the store or in the database of the catalogue.

    Safe for threads and for several processes: a key revoked anywhere is no
    longer accepted with the next request. Raises StoreError where the
    database does not answer, in every method.
    """

    def __init__(self, settings: Settings) -> None:
        self._database = Database(settings.catalog_url or sqlite_url(settings.store / FILE))
        with self._database.write() as db:
            _TABLES.create_all(db)

    def close(self) -> None:
        self._database.close()

    def add(
        self,
        name: str,
        scopes: Iterable[Scope],
        groups: Iterable[str] = (),
        per_minute: int = 60,
    ) -> tuple[Key, str]:
        """Make a key; ``(key, secret)``. The secret is told here and never again.

        Raises InputError for an unusable name, no scope, or unusable groups.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= _NAME_CHARS:
            raise InputError(f"密钥的名称须有 1 到 {_NAME_CHARS} 字；请改一个名称。")
        chosen = frozenset(scopes)
        if not chosen:
            raise InputError("密钥没有任何权限；请用 --scope 指明 ask、upload、admin 中的几样。")
        identity = secrets.token_hex(4)
        secret = f"hw_{identity}_{secrets.token_urlsafe(32)}"
        row = {
            "id": identity,
            "name": name,
            "digest": _digest(secret),
            "scopes": ",".join(sorted(chosen)),
            "groups": ",".join(sorted(checked_groups(groups))),
            "per_minute": per_minute,
            "created_at": _moment(),
            "revoked_at": "",
            "used_at": "",
        }
        with self._database.write() as db:
            db.execute(insert(_KEYS).values(row))
        return self.get(identity), secret

    def all(self) -> list[Key]:
        """Every key, also the revoked, oldest first."""
        with self._database.read() as db:
            rows = db.execute(select(_KEYS).order_by(_K.created_at, _K.id)).all()
        return [_key(row) for row in rows]

    def get(self, identity: str) -> Key:
        """Raises NotFoundError."""
        with self._database.read() as db:
            row = db.execute(select(_KEYS).where(_K.id == identity)).first()
        if row is None:
            raise NotFoundError(f"没有编号为 {identity} 的密钥；编号见 huiwen keys list。")
        return _key(row)

    def revoke(self, identity: str) -> Key:
        """Accept a key no longer, nor any session begun with it. Raises NotFoundError."""
        self.get(identity)
        with self._database.write() as db:
            known = (_K.id == identity, _K.revoked_at == "")
            db.execute(update(_KEYS).where(*known).values(revoked_at=_moment()))
            db.execute(delete(_SESSIONS).where(_S.key_id == identity))
        return self.get(identity)

    def find(self, secret: str) -> Key | None:
        """The key with this secret, None if there is none or it was revoked."""
        match = KEY.fullmatch(secret)
        if match is None:
            return None
        with self._database.read() as db:
            row = db.execute(select(_KEYS).where(_K.id == match[1])).first()
        stored = row.digest if row else ""
        if not hmac.compare_digest(stored, _digest(secret)):
            return None
        return self._used(row)

    def begin_session(self, key: Key) -> str:
        """A token that stands for the key in a browser, for ``session_s`` seconds."""
        token = secrets.token_urlsafe(32)
        ends = _moment(datetime.now(UTC) + _SESSION)
        with self._database.write() as db:
            db.execute(delete(_SESSIONS).where(_S.ends_at < _moment()))
            row = {"digest": _digest(token), "key_id": key.id, "ends_at": ends}
            db.execute(insert(_SESSIONS).values(row))
        return token

    @property
    def session_s(self) -> int:
        return int(_SESSION.total_seconds())

    def in_session(self, token: str) -> Key | None:
        """The key that a session was begun with, None once it ended or the key was revoked."""
        found = select(_KEYS).join(_SESSIONS, _S.key_id == _K.id)
        found = found.where(_S.digest == _digest(token), _S.ends_at >= _moment())
        with self._database.read() as db:
            row = db.execute(found).first()
        return self._used(row)

    def end_session(self, token: str) -> None:
        with self._database.write() as db:
            db.execute(delete(_SESSIONS).where(_S.digest == _digest(token)))

    def _used(self, row: Row[tuple[str, ...]] | None) -> Key | None:
        if row is None or row.revoked_at:
            return None
        key = _key(row)
        if key.used_at < _moment(datetime.now(UTC) - _USED_EVERY):
            self._note_use(key.id)
        return key

    def _note_use(self, identity: str) -> None:
        try:
            with self._database.write() as db:
                db.execute(update(_KEYS).where(_K.id == identity).values(used_at=_moment()))
        except StoreError as error:
            # A full disk shuts nobody out.
            log.warning("use of key %s not noted: %s", identity, error)


def _key(row: Row[tuple[str, ...]]) -> Key:
    return Key(
        row.id,
        row.name,
        frozenset(Scope(scope) for scope in row.scopes.split(",")),
        frozenset(filter(None, row.groups.split(","))),
        int(row.per_minute),
        row.created_at,
        row.revoked_at,
        row.used_at,
    )


def _digest(secret: str) -> str:
    # Of 256 random bits: nothing to guess, so that a slow hash would protect nothing.
    return hashlib.sha256(secret.encode()).hexdigest()


def _moment(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC)).isoformat(timespec="seconds")
