"""The contract of stores, run on those that hookkit brings."""

from pathlib import Path

from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.store import Store
from tests.contracts.stores import StoreContract


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


class TestSQLiteInMemory(StoreContract):
    def make(self, folder: Path) -> Store:
        self._ticking = _Ticking()
        return SQLiteStore(":memory:", ticking=self._ticking)

    def wait(self, seconds: float) -> None:
        self._ticking.now += seconds
