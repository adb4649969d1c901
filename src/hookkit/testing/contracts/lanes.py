"""What a store must do where events of one key are handled one at a time, by rank."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hookkit.inbox.records import (
    Ended,
    Fate,
    Work,
)
from hookkit.inbox.store import Store
from hookkit.testing.contracts.base import (
    BOTH,
    COUNT,
    DEAD,
    DISCARDED,
    DONE,
    GREET,
    OTHER,
    ContractBase,
    arrival,
)

__all__ = ["LaneContract"]


class LaneContract(ContractBase):
    """The tests."""

    def test_of_a_lane_one_is_claimed_at_a_time_and_in_order(self, store: Store) -> None:
        for key in "abc":
            self.laned(store, key)
        for key in "abc":
            work = self.claimed(store, key)
            assert (work.key, work.lane, work.late) == (key, "l", False)
            assert self.beside(store).claim(BOTH, "other", self.lease) is None
            assert store.finish(work, DONE).written
        assert store.claim(BOTH, "w", self.lease) is None

    def test_a_lower_rank_comes_first_whenever_it_was_accepted(self, store: Store) -> None:
        for key, rank in [("b", 20.0), ("c", 30.0), ("a", -10.0), ("b, too", 20.0)]:
            self.laned(store, key, rank=rank)
        found = []
        while work := self.next_work(store):
            found.append(work.key)
            store.finish(work, DONE)
        assert found == ["a", "b", "b, too", "c"]

    def test_without_a_rank_the_receipt_is_it(self, store: Store) -> None:
        first = self.laned(store, "a")
        self.laned(store, "b", rank=first - 0.5)
        self.laned(store, "c", rank=first + 0.5)
        assert [self._next_key(store) for _ in range(3)] == ["b", "a", "c"]

    def _next_key(self, store: Store) -> str:
        work = self.claimed(store)
        store.finish(work, DONE)
        return work.key

    def test_lanes_and_sources_do_not_wait_for_each_other(self, store: Store) -> None:
        self.laned(store, "a")
        self.laned(store, "b", lane="other")
        self.laned(store, "c", source=OTHER)
        self.queue(store, ["d"])
        handlers = [*BOTH, (OTHER, GREET)]
        assert {self.claimed(store, "w", handlers).key for _ in range(4)} == set("abcd")

    def test_handlers_of_one_lane_wait_for_each_other(self, store: Store) -> None:
        self.laned(store, "a", handlers=(GREET, COUNT))
        self.laned(store, "b", handlers=(GREET,))
        found = []
        while work := self.next_work(store):
            assert store.claim(BOTH, "other", self.lease) is None
            found.append((work.key, work.handler))
            store.finish(work, DONE)
        assert found == [("a", GREET), ("a", COUNT), ("b", GREET)]

    def test_what_waits_for_its_next_attempt_holds_the_lane_up(self, store: Store) -> None:
        self.laned(store, "a")
        self.laned(store, "b")
        work = self.claimed(store)
        assert store.finish(work, Ended(Fate.RETRY, after=self.lease)).freed is None
        assert store.claim(BOTH, "w", self.lease) is None
        self.wait(self.lease * 1.2)
        again = self.claimed(store)
        assert (again.key, again.attempt) == ("a", 2)

    def test_one_of_a_lower_rank_goes_before_a_second_attempt(self, store: Store) -> None:
        self.laned(store, "b", rank=2.0)
        work = self.claimed(store)
        earlier = self.laned(store, "a", rank=1.0)
        assert store.claim(BOTH, "w", self.lease) is None
        assert store.finish(work, Ended(Fate.RETRY, after=1e6)).freed == earlier
        assert [self._next_key(store) for _ in range(2)] == ["a", "b"]

    @pytest.mark.parametrize("ended", [DONE, DEAD, DISCARDED, Ended(Fate.SKIPPED)])
    def test_whatever_ends_the_next_has_its_turn_and_its_receipt_is_told(
        self, store: Store, ended: Ended
    ) -> None:
        self.laned(store, "a")
        second = self.laned(store, "b")
        finished = store.finish(self.claimed(store), ended)
        assert (finished.written, finished.freed) == (True, second)
        work = self.claimed(store)
        assert work.key == "b"
        assert store.finish(work, DONE).freed is None

    def test_a_lease_that_ends_keeps_the_turn(self, store: Store) -> None:
        self.laned(store, "b", rank=2.0)
        lost = self.claimed(store, "lost")
        self.laned(store, "a", rank=1.0)
        self.wait(self.lease * 1.5)
        again = self.claimed(store, "other")
        assert (again.key, again.attempt) == ("b", 2)
        assert not store.finish(lost, DONE).written
        assert store.claim(BOTH, "w", self.lease) is None

    def test_what_is_released_lets_a_lower_rank_go_first(self, store: Store) -> None:
        self.laned(store, "b", rank=2.0)
        self.claimed(store, "mine")
        self.laned(store, "a", rank=1.0)
        store.release(["mine"])
        assert [self._next_key(store) for _ in range(2)] == ["a", "b"]

    @pytest.mark.parametrize(
        ("ended", "late"),
        [(DONE, True), (DEAD, False), (DISCARDED, False), (Ended(Fate.SKIPPED), False)],
    )
    def test_late_is_what_comes_when_a_higher_rank_was_done(
        self, store: Store, ended: Ended, late: bool
    ) -> None:
        self.laned(store, "new", rank=2.0)
        store.finish(self.claimed(store), ended)
        self.laned(store, "same", rank=2.0)
        self.laned(store, "old", rank=1.0)
        self.laned(store, "elsewhere", rank=1.0, lane="other")
        found = {work.key: work.late for work in self._all_done(store)}
        assert found == {"old": late, "same": False, "elsewhere": False}

    def test_superseded_is_what_a_later_one_waits_behind(self, store: Store) -> None:
        for key, rank in [("a", 1.0), ("b", 2.0), ("b, too", 2.0)]:
            self.laned(store, key, rank=rank)
        self.laned(store, "another handler's", rank=3.0, handlers=(COUNT,))
        self.laned(store, "elsewhere", rank=4.0, lane="other")
        found = {work.key: work.superseded for work in self._all_done(store)}
        assert found == {
            "a": True,
            "b": True,
            "b, too": False,
            "another handler's": False,
            "elsewhere": False,
        }

    def test_what_waits_for_its_next_attempt_gives_way_to_what_replaces_it(
        self, store: Store
    ) -> None:
        for lane in ("l", "other", "third"):
            self.laned(store, f"{lane} failed", lane=lane)
            store.finish(self.claimed(store), Ended(Fate.RETRY, after=1e6))
        self.laned(store, "new", replaces=True)
        self.laned(store, "another handler's", lane="other", handlers=(COUNT,), replaces=True)
        self.laned(store, "one that does not", lane="third")
        work = self.claimed(store)
        assert (work.key, work.superseded) == ("l failed", True)
        store.finish(work, Ended(Fate.SKIPPED))
        assert [each.key for each in self._all_done(store)] == ["new"]

    def test_what_is_under_way_gives_way_to_nothing(self, store: Store) -> None:
        self.laned(store, "under way")
        work = self.claimed(store)
        self.laned(store, "new", replaces=True)
        assert self.next_work(store) is None
        assert store.finish(work, DONE).written
        assert self._next_key(store) == "new"

    def test_nothing_is_superseded_by_what_has_ended(self, store: Store) -> None:
        self.laned(store, "b", rank=2.0)
        store.finish(self.claimed(store), DEAD)
        self.laned(store, "a", rank=1.0)
        assert not self.claimed(store).superseded

    def _all_done(self, store: Store) -> Iterator[Work]:
        while work := self.next_work(store):
            yield work
            store.finish(work, DONE)

    def test_a_dead_one_that_comes_again_takes_its_place_in_the_lane(self, store: Store) -> None:
        self.laned(store, "a", rank=1.0)
        store.finish(self.claimed(store), DEAD)
        self.laned(store, "b", rank=2.0)
        self.laned(store, "c", rank=3.0)
        assert self.claimed(store).key == "b"
        assert self.accept(store, arrival(["a"])).revived == 1
        assert store.claim(BOTH, "w", self.lease) is None

    def test_of_a_lane_many_workers_have_one_at_a_time(self, store: Store) -> None:
        stores = [store, self.beside(store)]
        for n in range(24):
            self.laned(store, f"k{n:02}", lane=f"lane {n % 3}")
        under_way: dict[str | None, int] = {}
        seen: list[str] = []

        def work(n: int) -> None:
            for _ in range(200):
                work = self.next_work(stores[n % 2], f"lease {n}")
                if work is None:
                    if len(seen) == 24:
                        return
                    continue
                assert under_way.setdefault(work.lane, n) == n
                seen.append(work.key)
                del under_way[work.lane]
                assert stores[n % 2].finish(work, DONE).written

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))
        for lane in range(3):
            of_lane = [key for key in seen if int(key[1:]) % 3 == lane]
            assert of_lane == sorted(of_lane)
        assert len(seen) == 24


def _key(work: Work | None) -> str | None:
    return None if work is None else work.key
