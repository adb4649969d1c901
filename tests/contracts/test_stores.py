"""The contract of stores, run on those that hookkit brings."""

from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from hookkit.inbox.postgres import PostgresStore
from hookkit.inbox.sealed import SealedStore
from hookkit.inbox.sealing import Sealing
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.store import Store
from hookkit.testing.contracts import StoreContract
from tests.postgres import empty, schema


class _Ticking:
    """A clock that goes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class TestSQLiteFile(StoreContract):
    def make(self, folder: Path) -> Store:
        self._ticking = _Ticking()
        self._path = str(folder / "hooks.db")
        return SQLiteStore(self._path, ticking=self._ticking)

    def another(self, store: Store) -> Store:
        other = SQLiteStore(self._path, ticking=self._ticking)
        other.open()
        return other

    def wait(self, seconds: float) -> None:
        self._ticking.now += seconds


class TestSealed(TestSQLiteFile):
    """What is encrypted is to its users as any other."""

    KEY = Fernet.generate_key()
    is_sealed = True

    def make(self, folder: Path) -> Store:
        return SealedStore(super().make(folder), Sealing(self.KEY))

    def another(self, store: Store) -> Store:
        other = SealedStore(SQLiteStore(self._path, ticking=self._ticking), Sealing(self.KEY))
        other.open()
        return other


class TestSQLiteInMemory(StoreContract):
    def make(self, folder: Path) -> Store:
        self._ticking = _Ticking()
        return SQLiteStore(":memory:", ticking=self._ticking)

    def wait(self, seconds: float) -> None:
        self._ticking.now += seconds


@pytest.fixture(scope="module")
def postgres_schema():
    with schema() as url:
        yield url


class TestPostgres(StoreContract):
    @pytest.fixture(autouse=True)
    def _emptied(self, postgres_schema):
        self._url = postgres_schema
        yield
        empty(postgres_schema)

    def make(self, folder: Path) -> Store:
        return PostgresStore(self._url)

    def another(self, store: Store) -> Store:
        return PostgresStore(self._url, connections=2)

    def wait(self, seconds: float) -> None:
        """The server's clock cannot be set: all that it has written becomes older instead."""
        with psycopg.connect(self._url) as connection:
            for table, column in (("works", "due"), ("deliveries", "due"), ("clock", "counted_at")):
                connection.execute(
                    f"UPDATE hookkit_{table} SET {column} = {column} - make_interval(secs => %s)",
                    (seconds,),
                )


class TestSealedPostgres(TestPostgres):
    """As above."""

    KEY = Fernet.generate_key()
    is_sealed = True

    def make(self, folder: Path) -> Store:
        return SealedStore(super().make(folder), Sealing(self.KEY))

    def another(self, store: Store) -> Store:
        return SealedStore(super().another(store), Sealing(self.KEY))
