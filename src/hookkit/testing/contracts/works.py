"""What a store must do when workers claim, expand and end."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from hookkit.inbox.records import (
    Ended,
    Fate,
    Unexpanded,
    Work,
)
from hookkit.inbox.store import Held, Store
from hookkit.testing.contracts.base import (
    BOTH,
    COUNT,
    DEAD,
    DISCARDED,
    DONE,
    GREET,
    OTHER,
    SOURCE,
    ContractBase,
    arrival,
    events,
)

__all__ = ["WorkContract"]


class WorkContract(ContractBase):
    """The tests."""

    # Claims.

    def test_nothing_due_gives_nothing(self, store: Store) -> None:
        assert store.claim(BOTH, "w", self.lease) is None

    def test_a_claim_is_for_the_handlers_that_it_names(self, store: Store) -> None:
        self.queue(store, ["a"], handlers=(GREET, COUNT))
        assert self.claimed(store, handlers=[(SOURCE, COUNT)]).handler == COUNT
        assert store.claim([(SOURCE, COUNT)], "w", self.lease) is None
        assert store.claim([(OTHER, GREET)], "w", self.lease) is None
        assert store.claim([], "w", self.lease) is None
        assert self.claimed(store, handlers=[(SOURCE, GREET)]).handler == GREET

    def test_source_and_handler_are_told_apart_whatever_is_in_them(self, store: Store) -> None:
        given = arrival(["a"], source="a b")
        store.submit(given, events(["a"], handlers=["c"])).result()
        assert store.claim([("a", "b c")], "w", self.lease) is None
        assert store.claim([("a b", "c")], "w", self.lease) is not None

    def test_a_delivery_is_expanded_by_who_knows_its_source(self, store: Store) -> None:
        self.accept(store, arrival(["a"], source=OTHER))
        assert store.claim(BOTH, "w", self.lease) is None
        assert isinstance(store.claim([(OTHER, GREET)], "w", self.lease), Unexpanded)

    def test_what_is_claimed_is_claimed_by_nobody_else(self, store: Store) -> None:
        stores = [store, self.beside(store)]
        self.queue(store, *([f"k{n}"] for n in range(20)))
        with ThreadPoolExecutor(8) as pool:
            claims = pool.map(
                lambda n: stores[n % 2].claim(BOTH, f"lease {n}", self.lease), range(40)
            )
            works = [work for work in claims if work is not None]
        assert len(works) == len({work.number for work in works}) == 20

    def test_the_longest_due_comes_first(self, store: Store) -> None:
        for key in "abc":
            self.queue(store, [key])
            self.wait(self.lease * 0.01)
        assert [self.claimed(store).key for _ in range(3)] == ["a", "b", "c"]

    def test_without_a_key_an_event_is_told_by_its_receipt(self, store: Store) -> None:
        self.queue(store, [], [])
        keys = {self.claimed(store).key for _ in range(2)}
        assert len(keys) == 2
        assert all(keys)

    # Leases.

    def test_several_deliveries_are_claimed_each_under_a_lease_of_its_own(
        self, store: Store
    ) -> None:
        """The longest due first, and no more than there are; then they are nobody else's."""
        receipts = [self.accept(store, arrival([key])).receipt for key in "abc"]
        first = store.claim_some(BOTH, ["1", "2"], self.lease)
        rest = self.beside(store).claim_some(BOTH, ["3", "4", "5"], self.lease)
        assert [(each.delivery.receipt, each.lease) for each in (*first, *rest)] == [
            *zip(receipts, ["1", "2", "3"], strict=True)
        ]
        assert all(isinstance(each, Unexpanded) for each in (*first, *rest))
        assert store.claim_some(BOTH, ["6"], self.lease) == []
        store.release(["2"])
        (again,) = store.claim_some(BOTH, ["6", "7"], self.lease)
        assert (again.delivery.receipt, again.lease) == (receipts[1], "6")

    def test_works_are_claimed_one_at_a_time_and_before_deliveries(self, store: Store) -> None:
        """What ended its process is claimed with nothing beside it that would die with it."""
        self.accept(store, arrival(["x"]))
        self.queue(store, ["a"], ["b"])
        for key in "ab":
            (work,) = store.claim_some(BOTH, ["1", "2"], self.lease)
            assert isinstance(work, Work)
            assert (work.key, work.attempt, work.lease) == (key, 1, "1")
        (task,) = store.claim_some(BOTH, ["1", "2"], self.lease)
        assert isinstance(task, Unexpanded)
        assert store.claim_some([(OTHER, GREET)], ["1", "2"], self.lease) == []

    def test_several_are_expanded_and_finished_at_the_same_time(self, store: Store) -> None:
        """Each as it would be alone: one of these has lost its lease."""
        for key in "abc":
            self.accept(store, arrival([key]))
        tasks = [
            each
            for each in store.claim_some(BOTH, ["1", "2", "3"], self.lease)
            if isinstance(each, Unexpanded)
        ]
        store.release(["2"])
        expanding = [
            store.expanding(task, events([key], held={GREET}), self.lease)
            for task, key in zip(tasks, "abc", strict=True)
        ]
        works = [work for future in expanding for work in future.result()]
        assert [(work.key, work.lease, work.attempt) for work in works] == [
            ("a", "1", 1),
            ("c", "3", 1),
        ]
        store.release(["3"])
        finishing = [store.finishing(work, DONE) for work in works]
        assert [future.result().written for future in finishing] == [True, False]
        assert store.counts().works == {"done": 1, "waiting": 1}

    def test_a_lease_that_ends_lets_another_claim_and_the_attempt_counts(
        self, store: Store
    ) -> None:
        self.queue(store, ["a"])
        lost = self.claimed(store, "lost")
        assert store.claim(BOTH, "other", self.lease) is None
        self.wait(self.lease * 1.5)
        again = self.claimed(store, "other")
        assert (again.number, again.attempt) == (lost.number, 2)
        assert not store.finish(lost, DONE).written
        assert store.counts().works == {"waiting": 1}
        assert store.finish(again, DONE).written
        assert store.counts().works == {"done": 1}

    def test_an_end_may_be_written_late_where_nobody_else_has_begun(self, store: Store) -> None:
        self.queue(store, ["a"])
        work = self.claimed(store)
        self.wait(self.lease * 1.5)
        assert store.finish(work, DONE).written

    def test_what_is_renewed_is_held_on(self, store: Store) -> None:
        self.queue(store, ["a"])
        self.accept(store, arrival(["b"]))
        work, task = self.claimed(store, "work"), self.claimed_delivery(store, "task")
        for _ in range(3):
            self.wait(self.lease * 0.6)
            store.renew({"work", "task"}, self.lease)
            assert store.claim(BOTH, "other", self.lease) is None
        assert store.finish(work, DONE).written
        store.expand(task, events(["b"]), self.lease)
        assert self.claimed(store).key == "b"

    def test_renewing_what_is_nobodys_does_nothing(self, store: Store) -> None:
        self.queue(store, ["a"])
        store.renew({"unknown"}, self.lease)
        store.renew((), self.lease)
        assert self.claimed(store).attempt == 1

    def test_what_is_released_is_free_and_was_no_attempt(self, store: Store) -> None:
        self.queue(store, ["a"])
        self.accept(store, arrival(["b"]))
        lost, task = self.claimed(store, "mine"), self.claimed_delivery(store, "mine, too")
        store.release(["mine", "mine, too", "unknown"])
        again = self.claimed(store, "other")
        assert (again.number, again.attempt) == (lost.number, 1)
        assert not store.finish(lost, DONE).written
        assert self.claimed_delivery(store, "other").delivery == task.delivery

    # Expanding.

    def test_a_delivery_is_expanded_once(self, store: Store) -> None:
        self.accept(store, arrival(["a"]))
        lost = self.claimed_delivery(store, "lost")
        self.wait(self.lease * 1.5)
        task = self.claimed_delivery(store, "new")
        assert store.expand(lost, events(["a"], held={GREET}), self.lease) == []
        assert store.counts().events == {}
        (work,) = store.expand(task, events(["a"], held={GREET}), self.lease)
        assert (work.lease, work.attempt, work.key) == ("new", 1, "a")
        assert store.expand(task, events(["a"]), self.lease) == []
        assert store.counts().events == {"waiting": 1}
        assert store.counts().deliveries == {"expanded": 1}

    def test_an_event_that_nobody_hears_is_done(self, store: Store) -> None:
        self.queue(store, ["a"], handlers=())
        assert store.counts().events == {"done": 1}

    # Ends.

    @pytest.mark.parametrize(
        ("ends", "works", "event"),
        [
            ([DONE, DONE], {"done": 2}, "done"),
            ([DONE], {"done": 1, "waiting": 1}, "waiting"),
            ([DEAD], {"dead": 1, "waiting": 1}, "waiting"),
            ([DEAD, DONE], {"dead": 1, "done": 1}, "dead"),
            ([DISCARDED, DONE], {"discarded": 1, "done": 1}, "done"),
            ([DISCARDED, DEAD], {"discarded": 1, "dead": 1}, "dead"),
            ([Ended(Fate.SKIPPED), DONE], {"skipped": 1, "done": 1}, "done"),
            ([DONE, Ended(Fate.RETRY, after=1e6)], {"done": 1, "waiting": 1}, "waiting"),
        ],
    )
    def test_an_event_is_as_its_works_are(
        self, store: Store, ends: Sequence[Ended], works: dict[str, int], event: str
    ) -> None:
        self.queue(store, ["a"], handlers=(GREET, COUNT))
        for ended in ends:
            assert store.finish(self.claimed(store), ended).written
        assert self.beside(store).counts().works == works
        assert store.counts().events == {event: 1}

    @pytest.mark.parametrize("fate", list(Fate))
    def test_an_end_is_written_once(self, store: Store, fate: Fate) -> None:
        self.queue(store, ["a"])
        work = self.claimed(store)
        assert store.finish(work, Ended(fate, after=1.0, error="why", traceback="at\nlast")).written
        assert not store.finish(work, DONE).written
        assert store.counts().works == {str(fate): 1}

    def test_a_retry_is_due_when_it_says(self, store: Store) -> None:
        self.queue(store, ["a"])
        store.finish(self.claimed(store), Ended(Fate.RETRY, after=self.lease))
        assert store.claim(BOTH, "w", self.lease) is None
        self.wait(self.lease * 1.2)
        assert self.claimed(store).attempt == 2

    # An event that came again, and is to be run before the reply.

    def test_what_is_undone_can_be_taken_before_it_is_due(self, store: Store) -> None:
        self.queue(store, ["a", "b"], handlers=(GREET, COUNT))
        store.finish(self.claimed(store), Ended(Fate.RETRY, after=1e6))
        store.finish(self.claimed(store), DONE)
        (work,) = store.take(SOURCE, ["unknown", "b"], BOTH, "request", self.lease)
        assert (work.handler, work.attempt, work.lease) == (GREET, 2, "request")
        assert store.finish(work, DONE).written
        assert store.take(SOURCE, ["a"], BOTH, "request", self.lease) == []

    def test_only_these_handlers_are_taken(self, store: Store) -> None:
        self.queue(store, ["a"], handlers=(GREET, COUNT))
        (work,) = store.take(SOURCE, ["a"], [(SOURCE, COUNT)], "request", self.lease)
        assert work.handler == COUNT
        assert self.claimed(store).handler == GREET

    @pytest.mark.parametrize(("source", "key"), [(SOURCE, "unknown"), (OTHER, "a")])
    def test_of_what_is_unknown_there_is_nothing_to_take(
        self, store: Store, source: str, key: str
    ) -> None:
        self.queue(store, ["a"])
        assert store.take(source, [key], [(source, GREET)], "request", self.lease) == []

    def test_what_another_is_at_is_held(self, store: Store) -> None:
        self.queue(store, ["a"], handlers=(GREET, COUNT))
        self.claimed(store)
        with pytest.raises(Held):
            store.take(SOURCE, ["a"], BOTH, "request", self.lease)
        assert self.claimed(store).attempt == 1  # the one that was free was not taken, either

    def test_what_ended_with_its_process_is_free_again(self, store: Store) -> None:
        self.queue(store, ["a"])
        self.claimed(store)
        self.wait(self.lease * 1.5)
        (work,) = store.take(SOURCE, ["a"], BOTH, "request", self.lease)
        assert work.attempt == 2

    def test_what_waits_to_be_expanded_is_held(self, store: Store) -> None:
        self.accept(store, arrival(["a"]))
        with pytest.raises(Held):
            store.take(SOURCE, ["a"], BOTH, "request", self.lease)

    def test_what_is_taken_already_is_left_out(self, store: Store) -> None:
        self.queue(store, ["a"])
        assert len(store.take(SOURCE, ["a"], BOTH, "request", self.lease)) == 1
        assert store.take(SOURCE, ["a"], BOTH, "request", self.lease) == []

    def test_of_a_batch_one_event_is_taken(self, store: Store) -> None:
        self.queue(store, ["a"], ["b"])
        (work,) = store.take(SOURCE, ["b"], BOTH, "request", self.lease)
        assert work.position == 1

    # One delivery.

    def test_of_one_delivery_only_its_own_is_claimed(self, store: Store) -> None:
        first = self.queue(store, ["a"]).receipt
        second = self.queue(store, ["b"]).receipt
        third = self.accept(store, arrival(["c"])).receipt
        assert _key(self.next_work(store, receipt=second)) == "b"
        assert store.claim(BOTH, "w", self.lease, second) is None
        unexpanded = store.claim(BOTH, "w", self.lease, third)
        assert unexpanded is not None
        assert unexpanded.delivery.receipt == third
        assert _key(self.next_work(store, receipt=first)) == "a"
        assert store.claim(BOTH, "w", self.lease, third + 1) is None

    def test_what_is_due_for_long_is_told_by_its_receipt(self, store: Store) -> None:
        first = self.accept(store, arrival(["a"])).receipt
        second = self.queue(store, ["b"], ["c"]).receipt
        self.queue(store, ["done"])
        done = self.next_work(store, receipt=second + 1)
        assert done is not None
        store.finish(done, DONE)
        self.wait(self.lease * 0.5)
        third = self.queue(store, ["d"], handlers=(COUNT,)).receipt
        assert store.due(BOTH, self.lease, 10) == []
        assert store.due(BOTH, self.lease * 0.25, 10) == [(SOURCE, first), (SOURCE, second)]
        assert store.due(BOTH, 0, 10) == [(SOURCE, first), (SOURCE, second), (SOURCE, third)]
        assert store.due(BOTH, 0, 1) == [(SOURCE, first)]
        assert store.due([(SOURCE, GREET)], 0, 10) == [(SOURCE, first), (SOURCE, second)]
        assert store.due([(OTHER, GREET)], 0, 10) == []
        self.claimed(store)
        self.laned(store, "first in its lane")
        self.laned(store, "behind")
        assert store.due(BOTH, 0, 10) == [
            (SOURCE, first),
            (SOURCE, second),
            (SOURCE, third),
            (SOURCE, third + 1),
        ]

    def test_watching_ends_when_it_is_told_to(self, store: Store) -> None:
        stop = store.watch(lambda: None)
        self.queue(store, ["a"])
        stop()
        assert self.claimed(store).key == "a"


def _key(work: Work | None) -> str | None:
    return None if work is None else work.key
