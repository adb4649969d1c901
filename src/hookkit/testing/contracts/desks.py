"""What a store's `hookkit.inbox.desk.Desk` must do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from hookkit.errors import InboxError
from hookkit.inbox.desk import Filter, Kept
from hookkit.inbox.records import Ended, Fate, Unexpanded
from hookkit.inbox.store import Store
from hookkit.testing.contracts.base import (
    BOTH,
    COUNT,
    DEAD,
    DONE,
    GREET,
    OTHER,
    SOURCE,
    ContractBase,
    arrival,
    events,
)

RETRY = Ended(Fate.RETRY, after=1e6, error="not now", traceback="Traceback …\nnot now")


class DeskContract(ContractBase):
    """The tests."""

    is_sealed = False

    def shown(self, store: Store, receipt: int) -> Kept:
        kept = store.desk.show(receipt)
        assert kept is not None
        return kept

    def states(self, store: Store, **wanted: Any) -> dict[int, str]:
        return {line.receipt: line.state for line in store.desk.look(Filter(**wanted), None, 100)}

    @pytest.fixture
    def all_kinds(self, store: Store) -> dict[str, int]:
        """A delivery in each state."""
        found = {
            "done": self.handled(store, "done", DONE),
            "dead": self.handled(store, "dead", DEAD),
            "waiting": self.handled(store, "waiting", RETRY),
            "rejected": store.reject(arrival(["rejected"]), "bad-body"),
            "erased": self.handled(store, "erased", DONE),
            "accepted": store.submit(arrival(["accepted"])).result()[0].receipt,
        }
        store.desk.erase([found["erased"]])
        return found

    # Following.

    def test_newer_is_what_was_accepted_in_the_order_of_receipts(
        self, store: Store, all_kinds: dict[str, int]
    ) -> None:
        shown = sorted(all_kinds[state] for state in ("done", "dead", "waiting", "accepted"))
        assert [receipt for receipt, _ in store.desk.newer(0, 100)] == shown
        assert [receipt for receipt, _ in store.desk.newer(shown[1], 1)] == shown[2:3]
        assert store.desk.newer(shown[-1], 100) == []
        assert store.desk.last() == max(all_kinds.values())

    def test_newer_is_as_it_came(self, store: Store) -> None:
        given = arrival(["a"], body=b"12345")
        receipt = store.submit(given).result()[0].receipt
        ((found, shown),) = store.desk.newer(0, 100)
        assert (found, shown.body, shown.headers) == (receipt, b"12345", given.headers)

    def test_of_none_the_last_is_0(self, store: Store) -> None:
        assert (store.desk.last(), store.desk.newer(0, 100)) == (0, [])

    def test_who_follows_misses_nothing_while_many_accept(self, store: Store) -> None:
        """Receipts are taken in one order and committed in another; none comes below what was shown."""
        stores = [store, self.beside(store)]
        known: set[int] = set()
        found: list[int] = []
        after = 0

        def accept(worker: int) -> None:
            for n in range(30):
                known.add(self.accept(stores[worker % 2], arrival([f"{worker}-{n}"])).receipt)

        with ThreadPoolExecutor(8) as pool:
            accepting = [pool.submit(accept, worker) for worker in range(8)]
            give_up = time.monotonic() + 90
            while len(found) < 240 and time.monotonic() < give_up:
                for receipt, _ in store.desk.newer(after, 7):
                    assert receipt > after
                    found.append(receipt)
                    after = receipt
            for each in accepting:
                each.result()
        assert set(found) == known

    # Looking.

    def test_each_is_listed_with_its_state_newest_first(
        self, store: Store, all_kinds: dict[str, int]
    ) -> None:
        lines = store.desk.look(Filter(), None, 100)
        assert {line.receipt: line.state for line in lines} == {
            receipt: state for state, receipt in all_kinds.items()
        }
        assert [line.receipt for line in lines] == sorted(all_kinds.values(), reverse=True)

    def test_a_line_tells_of_its_events(self, store: Store) -> None:
        given = arrival(["a"], ["b"], body=b"12345")
        receipt = store.submit(given, events(["a"], ["b"], handlers=())).result()[0].receipt
        store.submit(given).result()
        assert store.counts().duplicates == 1  # which may be written a moment later
        (line,) = store.desk.look(Filter(), None, 1)
        assert line.size == 5 or (self.is_sealed and line.size > 5)
        assert line._replace(size=5) == (
            receipt,
            SOURCE,
            "done",
            given.received_at,
            "d-1",
            "request",
            1,
            5,
            None,
            (("type.0", "e-0", "done"), ("type.1", "e-1", "done")),
        )

    def test_what_is_not_expanded_tells_of_the_heads(self, store: Store) -> None:
        self.accept(store, arrival(["a"]))
        (line,) = store.desk.look(Filter(), None, 1)
        assert line.events == (("type.0", "e-0", "accepted"),)

    @pytest.mark.parametrize("state", ["accepted", "waiting", "done", "dead", "rejected", "erased"])
    def test_by_state(self, store: Store, all_kinds: dict[str, int], state: str) -> None:
        assert self.states(store, state=state) == {all_kinds[state]: state}

    def test_by_what_is_told_of_it(self, store: Store) -> None:
        first = self.handled(store, "a", DONE)
        second = (
            store.submit(
                replace(
                    arrival(["b"], source=OTHER), received_at=1_800_000_000.0, delivery_id="d-2"
                ),
                events(["b"]),
            )
            .result()[0]
            .receipt
        )
        table: list[tuple[dict[str, Any], list[int]]] = [
            ({"source": SOURCE}, [first]),
            ({"source": "nobody"}, []),
            ({"type": "type.0"}, [first, second]),
            ({"type": "type.9"}, []),
            ({"event_id": "e-0", "source": OTHER}, [second]),
            ({"delivery_id": "d-2"}, [second]),
            ({"since": 1_800_000_000.0}, [second]),
            ({"until": 1_800_000_000.0}, [first]),
            ({"source": SOURCE, "state": "done", "type": "type.0"}, [first]),
            ({"source": SOURCE, "state": "dead"}, []),
            # What no request can have brought, but people may ask for.
            ({"source": "\0"}, []),
            ({"event_id": "\udcff"}, []),
            ({"delivery_id": "d-2\0"}, []),
        ]
        for wanted, found in table:
            assert sorted(self.states(store, **wanted)) == found, wanted

    @pytest.mark.parametrize("odd", ["\0", "\udcff"])
    def test_of_what_cannot_be_stored_nothing_is_pruned(self, store: Store, odd: str) -> None:
        self.handled(store, "a", DONE)
        assert store.desk.prune(Filter(delivery_id=odd), 10) == 0

    def test_pages(self, store: Store) -> None:
        receipts = [self.handled(store, f"k{n}", DONE) for n in range(7)]
        found, before = [], None
        while page := store.desk.look(Filter(), before, 3):
            assert len(page) <= 3
            found += [line.receipt for line in page]
            before = found[-1]
        assert found == receipts[::-1]

    def test_one_is_shown_with_all_that_became_of_it(self, store: Store) -> None:
        receipt = self.handled(store, "a", RETRY, DONE, handlers=(GREET, COUNT))
        kept = self.shown(store, receipt)
        assert kept.arrival == arrival(["a"])
        assert (kept.receipt, kept.state, kept.repeats, kept.reason) == (
            receipt,
            "expanded",
            0,
            None,
        )
        (event,) = kept.events
        assert (event.state, event.key, event.head.type) == ("waiting", "a", "type.0")
        works = {work.handler: work for work in event.works}
        assert works[GREET].state == "waiting"
        assert (works[GREET].attempts, works[GREET].leased) == (1, False)
        assert works[GREET].due_in == pytest.approx(1e6, rel=0.01)
        (failure,) = works[GREET].failures
        assert (failure.attempt, failure.fate, failure.error) == (1, "waiting", "not now")
        assert failure.traceback.endswith("not now")
        assert (works[COUNT].state, works[COUNT].failures) == ("done", ())

    def test_how_these_came(self, store: Store) -> None:
        receipts = [self.handled(store, f"k{n}", DONE) for n in range(3)]
        found = store.desk.arrivals([receipts[2], receipts[0], 10_000])
        assert found == [(receipts[n], arrival([f"k{n}"])) for n in (0, 2)]

    def test_what_is_not_there_is_not_shown(self, store: Store) -> None:
        assert store.desk.show(7) is None

    def test_what_a_worker_is_at_is_shown_as_that(self, store: Store) -> None:
        receipt = self.handled(store, "a")
        self.claimed(store)
        assert self.shown(store, receipt).events[0].works[0].leased

    def test_the_tally(self, store: Store, all_kinds: dict[str, int]) -> None:
        tally = {state: times for source, state, times in store.desk.tally() if source == SOURCE}
        assert tally == {
            "accepted": 1, "rejected": 1, "erased": 1, "done": 2, "dead": 1, "waiting": 1
        }  # fmt: skip

    def test_the_backlog_is_what_is_undone_and_how_late(
        self, store: Store, all_kinds: dict[str, int]
    ) -> None:
        assert store.desk.backlog(100)[0] == 2
        assert store.desk.backlog(1)[0] == 1
        self.wait(self.lease)
        count, oldest = store.desk.backlog(100)
        assert count == 2
        assert oldest == pytest.approx(self.lease, abs=self.lease / 2)

    def test_of_nothing_there_is_no_backlog(self, store: Store) -> None:
        assert store.desk.backlog(100) == (0, 0.0)

    def test_touching_changes_nothing(self, store: Store, all_kinds: dict[str, int]) -> None:
        before = self.states(store)
        store.desk.touch()
        assert self.states(store) == before

    def test_its_size(self, store: Store) -> None:
        assert store.desk.size() >= 0

    # Once more.

    @pytest.mark.parametrize("ended", [DONE, DEAD, Ended(Fate.DISCARDED), Ended(Fate.SKIPPED)])
    def test_what_ended_is_queued_as_new(self, store: Store, ended: Ended) -> None:
        receipt = self.handled(store, "a", ended)
        assert store.desk.queue([receipt], None) == 1
        assert self.states(store) == {receipt: "waiting"}
        work = self.claimed(store)
        assert (work.key, work.attempt) == ("a", 1)
        store.finish(work, DONE)
        assert self.states(store) == {receipt: "done"}

    def test_what_is_under_way_stays_as_it_is(self, store: Store) -> None:
        receipt = self.handled(store, "a")
        work = self.claimed(store)
        assert store.desk.queue([receipt], None) == 0
        assert store.finish(work, DONE).written

    def test_one_handler_alone(self, store: Store) -> None:
        receipt = self.handled(store, "a", DONE, DONE, handlers=(GREET, COUNT))
        assert store.desk.queue([receipt], (SOURCE, COUNT)) == 1
        assert self.claimed(store).handler == COUNT
        assert store.claim(BOTH, "w", self.lease) is None

    def test_a_handler_that_never_heard_of_it(self, store: Store) -> None:
        receipt = self.handled(store, "a", DONE)
        assert store.desk.queue([receipt], (SOURCE, COUNT)) == 1
        work = self.claimed(store)
        assert (work.handler, work.attempt) == (COUNT, 1)

    def test_a_handler_of_another_source_hears_nothing(self, store: Store) -> None:
        receipt = self.handled(store, "a", DONE)
        assert store.desk.queue([receipt], (OTHER, COUNT)) == 0

    def test_what_was_rejected_is_parsed_again(self, store: Store) -> None:
        receipt = store.reject(arrival(["a"]), "bad-body")
        assert store.desk.queue([receipt], None) == 1
        task = store.claim(BOTH, "w", self.lease)
        assert isinstance(task, Unexpanded)
        store.expand(task, events(["a"]), self.lease)
        assert self.claimed(store).key == "a"
        assert self.accept(store, arrival(["a"])).duplicate

    def test_what_was_erased_stays_gone(self, store: Store, all_kinds: dict[str, int]) -> None:
        assert store.desk.queue([all_kinds["erased"]], None) == 0
        assert store.desk.queue([all_kinds["erased"]], (SOURCE, GREET)) == 0

    def test_in_a_lane_it_has_its_turn(self, store: Store) -> None:
        first = self.laned(store, "a", rank=1.0)
        self.laned(store, "b", rank=2.0)
        store.finish(self.claimed(store), DONE)
        assert store.desk.queue([first], None) == 1
        assert self.claimed(store).key == "a"
        assert store.claim(BOTH, "w", self.lease) is None

    # No more.

    def test_what_is_undone_is_given_up(self, store: Store, all_kinds: dict[str, int]) -> None:
        assert store.desk.discard(all_kinds.values()) == 3
        assert self.states(store) == {
            all_kinds["done"]: "done",
            all_kinds["dead"]: "done",
            all_kinds["waiting"]: "done",
            all_kinds["rejected"]: "rejected",
            all_kinds["erased"]: "erased",
            all_kinds["accepted"]: "rejected",
        }
        assert store.claim(BOTH, "w", self.lease) is None

    def test_what_a_worker_is_at_is_not_given_up(self, store: Store) -> None:
        receipt = self.handled(store, "a")
        work = self.claimed(store)
        assert store.desk.discard([receipt]) == 0
        assert store.finish(work, DONE).written

    def test_of_a_lane_the_next_has_its_turn(self, store: Store) -> None:
        first = self.laned(store, "a")
        self.laned(store, "b")
        assert store.desk.discard([first]) == 1
        assert self.claimed(store).key == "b"

    # Pruning.

    def test_what_is_finished_is_deleted_and_stays_known(
        self, store: Store, all_kinds: dict[str, int]
    ) -> None:
        assert store.desk.prune(Filter(), 100) == 4
        assert set(self.states(store).values()) == {"waiting", "accepted"}
        assert self.accept(store, arrival(["done"])).duplicate
        assert store.desk.prune(Filter(), 100) == 0

    def test_only_what_is_meant_and_only_so_many(self, store: Store) -> None:
        receipts = [self.handled(store, f"k{n}", DONE) for n in range(5)]
        dead = self.handled(store, "dead", DEAD)
        assert store.desk.prune(Filter(state="done"), 3) == 3
        assert sorted(self.states(store)) == [*receipts[3:], dead]
        assert store.desk.prune(Filter(until=0.0), 3) == 0
        assert store.desk.prune(Filter(state="dead"), 3) == 1

    # Erasing.

    def test_nothing_that_was_sent_is_left(self, store: Store) -> None:
        body = b'{"who": "ann@example.org"}'
        receipt = self.handled(store, "a", RETRY, body=body)
        assert store.desk.erase([receipt]) == 1
        kept = self.shown(store, receipt)
        assert (kept.arrival.body, kept.arrival.headers, kept.arrival.url) == (b"", (), "")
        (work,) = kept.events[0].works
        assert (work.state, work.traceback, work.failures) == ("discarded", "", ())
        assert self.accept(store, arrival(["a"], body=body)).duplicate
        assert store.desk.erase([receipt]) == 0
        store.desk.shrink()
        assert self.states(store) == {receipt: "erased"}

    def test_what_a_worker_is_at_ends_nowhere(self, store: Store) -> None:
        receipt = self.handled(store, "a")
        work = self.claimed(store)
        assert store.desk.erase([receipt]) == 1
        assert not store.finish(work, DONE).written

    # Copying.

    @pytest.fixture
    def empty(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
        """Another store, with nothing in it."""
        from hookkit.inbox.sqlite import SQLiteStore

        store = SQLiteStore(str(tmp_path_factory.mktemp("other") / "hooks.db"))
        store.open()
        yield store
        store.close()

    def test_all_is_copied_there_and_back(
        self, store: Store, all_kinds: dict[str, int], empty: Store
    ) -> None:
        self.laned(store, "first in its lane", rank=1.0)
        self.laned(store, "second", rank=2.0)
        kept = store.desk.kept(0, 100)
        assert len(kept) == len(all_kinds) + 2
        assert empty.desk.keep(kept) == len(kept)
        assert empty.desk.hold(store.desk.marks(None, 100)) == 7
        assert _timeless(empty.desk.kept(0, 100)) == _timeless(kept)
        assert empty.submit(arrival(["done"])).result()[0].duplicate
        assert self.claimed(empty, "w", [(SOURCE, GREET)]).key == "first in its lane"
        store.desk.erase([each.receipt for each in kept])
        store.desk.prune(Filter(), 100)
        assert store.desk.keep(kept[:3]) == 3
        assert _timeless(store.desk.kept(0, 100)) == _timeless(kept[:3])

    def test_what_is_there_already_is_left(self, store: Store, all_kinds: dict[str, int]) -> None:
        kept = store.desk.kept(0, 100)
        assert store.desk.keep(kept) == 0
        assert store.desk.hold(store.desk.marks(None, 100)) == 0
        assert _timeless(store.desk.kept(0, 100)) == _timeless(kept)

    def test_another_under_the_same_receipt_is_an_error(self, store: Store) -> None:
        self.handled(store, "a", DONE)
        (kept,) = store.desk.kept(0, 1)
        other = replace(kept, arrival=replace(kept.arrival, received_at=1.0))
        with pytest.raises(InboxError, match="another delivery"):
            store.desk.keep([other])

    def test_receipts_go_on_after_those_that_were_copied(self, store: Store) -> None:
        self.handled(store, "a", DONE)
        (kept,) = store.desk.kept(0, 1)
        store.desk.keep([replace(kept, receipt=1000)])
        assert self.handled(store, "b", DONE) > 1000

    def test_marks_are_told_in_pages(self, store: Store) -> None:
        for n in range(5):
            self.handled(store, f"k{n}", DONE)
        found, after = [], None
        while page := store.desk.marks(after, 2):
            found += [mark.key for mark in page]
            after = (page[-1].source, page[-1].key)
        assert found == [f"k{n}" for n in range(5)]


def _timeless(items: Sequence[Kept]) -> list[Any]:
    """These, but for when their works are due."""
    return [
        replace(
            item,
            events=tuple(
                replace(event, works=tuple(replace(work, due_in=None) for work in event.works))
                for event in item.events
            ),
        )
        for item in items
    ]
