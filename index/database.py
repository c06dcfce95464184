"""Transactions on SQLite or PostgreSQL: readers see one moment, writers go one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from huiwen.errors import ConfigError, StoreError

_WRITES = "huiwen_writes"
# Key of the lock that writers of a PostgreSQL database take: any number of our own.
_LOCK = 0x6875_6977


class Database:
    """Where the catalogue is kept. Safe for threads and for several processes.

    Every transaction is of one moment. A write begins when the one before it
    has ended, whichever process that is in, and returns when it is on disk:
    SQLite in WAL mode with ``synchronous=FULL``, PostgreSQL with
    ``synchronous_commit=on``.

    Args:
        url: as of SQLAlchemy: ``sqlite:////path`` or ``postgresql://user@host/name``.

    Raises ConfigError for an address that names no such database, StoreError
    where the database does not answer, here and in every transaction.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() not in ("sqlite", "postgresql"):
                raise ArgumentError(f"{parsed.get_backend_name()} 不是所支持的数据库")
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            self.name = _plain(url)
            self._engine = self._made(parsed)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise ConfigError(
                f"配置 catalog_url 不能用：{error}。PostgreSQL 写作 postgresql://用户@主机/库名，"
                "并需要 pip install 'huiwen[postgres]'；留空则用资料库目录里的 SQLite。"
            ) from error

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment and waits for nobody."""
        with self._saying("读取"), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction of the only writer, committed at the end unless it raises."""
        with self._saying("写入"), self._engine.connect() as connection:
            level = {} if self.is_sqlite else {"isolation_level": "READ COMMITTED"}
            connection.execution_options(**{_WRITES: True}, **level)
            with connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _made(self, url: Any) -> Engine:
        if url.get_backend_name() == "sqlite":
            if url.database:
                path = Path(url.database)
                # Not every user of the machine may read what groups of an office may not.
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                if not path.exists():
                    path.touch(mode=0o600)
            engine = create_engine(url, connect_args={"timeout": 30}, max_overflow=-1)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(
            url,
            # Of one moment, as a transaction of SQLite is.
            isolation_level="REPEATABLE READ",
            connect_args={"options": "-c synchronous_commit=on", "connect_timeout": 10},
            pool_pre_ping=True,
            max_overflow=-1,
        )

    @contextmanager
    def _saying(self, doing: str) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreError(
                f"资料库 {self.name} 无法{doing}：{str(error.orig).strip()}。"
                "请检查磁盘空间、目录权限，数据库服务是否在运行、配置 catalog_url 是否正确；"
                "文件损坏时请从备份恢复。"
            ) from error


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


def _plain(url: str) -> str:
    """An address fit to be shown: without its password; of SQLite the path alone."""
    shown = make_url(url)
    return shown.database or url if shown.get_backend_name() == "sqlite" else str(shown)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by us alone, see _begin_sqlite.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that began as a reader could not go on once another has written.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
