"""Transactions are the same on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select

from huiwen.errors import ConfigError, StoreError
from index.database import Database, sqlite_url

NUMBERS = Table("numbers", MetaData(), Column("number", Integer, primary_key=True))


class DatabaseContract:
    """Inherited by a class per database that gives the ``url`` fixture."""

    @pytest.fixture
    def database(self, url: str) -> Iterator[Database]:
        database = Database(url)
        with database.write() as db:
            NUMBERS.metadata.drop_all(db)
            NUMBERS.metadata.create_all(db)
        yield database
        database.close()

    def count(self, database: Database) -> int:
        with database.read() as db:
            return int(db.execute(select(func.count()).select_from(NUMBERS)).scalar_one())

    def test_what_raises_is_undone(self, database: Database) -> None:
        def breaking_off() -> None:
            with database.write() as db:
                db.execute(insert(NUMBERS).values(number=1))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            breaking_off()
        assert self.count(database) == 0

    def test_a_reader_sees_one_moment(self, database: Database) -> None:
        with database.read() as reading:
            counted = select(func.count()).select_from(NUMBERS)
            assert reading.execute(counted).scalar_one() == 0
            with database.write() as db:
                db.execute(insert(NUMBERS).values(number=1))
            assert reading.execute(counted).scalar_one() == 0
        assert self.count(database) == 1

    def test_writers_go_one_at_a_time(self, url: str, database: Database) -> None:
        highest = select(func.coalesce(func.max(NUMBERS.c.number), 0))

        def append() -> None:
            own = Database(url)
            for _ in range(10):
                # A number read and raised: two at once would collide.
                with own.write() as db:
                    number = db.execute(highest).scalar_one()
                    db.execute(insert(NUMBERS).values(number=number + 1))
            own.close()

        threads = [threading.Thread(target=append) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.count(database) == 40

    def test_an_error_of_the_database_is_said(self, database: Database) -> None:
        with database.write() as db:
            db.execute(insert(NUMBERS).values(number=1))
        with pytest.raises(StoreError, match="无法写入"), database.write() as db:
            db.execute(insert(NUMBERS).values(number=1))


class TestSqlite(DatabaseContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return sqlite_url(tmp_path / "new" / "catalog.sqlite")

    def test_it_is_safe_on_disk(self, database: Database) -> None:
        with database.read() as db:
            assert db.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert db.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
            assert db.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


class TestPostgres(DatabaseContract):
    @pytest.fixture
    def url(self, postgres: str) -> str:
        return postgres

    def test_it_is_safe_on_disk(self, database: Database) -> None:
        with database.read() as db:
            assert db.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x/y", "mysql://x/y"])
def test_an_address_of_no_such_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="catalog_url"):
        Database(url)


def test_a_server_that_is_away_is_said_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="pip install 'huiwen[postgres]'")
    database = Database(f"postgresql://huiwen:secret@/db?host={tmp_path}")
    with pytest.raises(StoreError, match="catalog_url") as caught, database.read():
        pass
    assert "secret" not in str(caught.value)
