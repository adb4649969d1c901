"""What a store must do beside its work: count, forget, close and open again."""

from __future__ import annotations

import pytest

from hookkit.inbox.records import Accepted
from hookkit.inbox.store import Store
from hookkit.testing.contracts.base import (
    BOTH,
    COUNT,
    DONE,
    GREET,
    OTHER,
    SOURCE,
    ContractBase,
    arrival,
)

__all__ = ["UpkeepContract"]


class UpkeepContract(ContractBase):
    """The tests."""

    # Looking.

    def test_an_empty_store_counts_nothing(self, store: Store) -> None:
        counts = store.counts(BOTH)
        assert not any((counts.deliveries, counts.events, counts.works))
        assert (counts.duplicates, counts.orphaned) == (0, 0)

    def test_orphans_are_what_waits_for_a_handler_that_is_not_there(self, store: Store) -> None:
        self.queue(store, ["a"], handlers=(GREET, COUNT))
        assert store.counts(BOTH).orphaned == 0
        assert store.counts([(SOURCE, GREET)]).orphaned == 1
        assert store.counts([(OTHER, GREET)]).orphaned == 2
        assert store.counts().orphaned == 2
        store.finish(self.claimed(store, handlers=[(SOURCE, COUNT)]), DONE)
        assert store.counts([(SOURCE, GREET)]).orphaned == 0

    # Forgetting.

    def test_keys_are_forgotten_when_they_are_old(self, store: Store) -> None:
        self.accept(store, arrival(["old", "older"]))
        self.accept(store, arrival(["other"], source=OTHER))
        self.wait(self.lease * 2)
        self.accept(store, arrival(["new"]))
        assert store.prune_marks(SOURCE, self.lease * 3) == 0
        assert store.prune_marks(SOURCE, self.lease) == 2
        assert not self.accept(store, arrival(["old"])).duplicate
        assert self.accept(store, arrival(["new"])).duplicate
        assert self.accept(store, arrival(["other"], source=OTHER)).duplicate

    # Ends of the store itself.

    def test_what_is_written_is_there_for_the_next_process(self, store: Store) -> None:
        first = self.accept(store, arrival(["a"]))
        other = self.beside(store)
        if other is store:
            pytest.skip("this store is one process's alone")
        store.close()
        assert self.accept(other, arrival(["a"])) == Accepted(first.receipt, duplicate=True)
        other.close()

    def test_a_closed_store_opens_itself_again(self, store: Store) -> None:
        store.close()
        assert not self.accept(store, arrival(["a"])).duplicate

    def test_opening_and_closing_twice_is_no_error(self, store: Store) -> None:
        store.open()
        store.close()
        store.close()
        store.open()
        assert store.counts().duplicates == 0
