"""What a store must do when it accepts and when workers claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import pytest

from hookkit.errors import InboxError
from hookkit.inbox.records import (
    Accepted,
    Arrival,
    Ended,
    Fate,
    Unexpanded,
    Work,
)
from hookkit.inbox.sent_keys import sent_beginning, sent_key
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
    unparsed,
)

__all__ = ["WorkContract"]


class WorkContract(ContractBase):
    """The tests."""

    # Accepting.

    def test_what_is_accepted_is_handed_out_as_it_was(self, store: Store) -> None:
        given = arrival(["a"], ["b", "c"], body=bytes(range(256)))
        accepted = self.accept(store, given)
        assert (accepted.duplicate, accepted.revived) == (False, 0)
        task = self.claimed_delivery(self.beside(store), "mine")
        assert task.lease == "mine"
        assert task.delivery.receipt == accepted.receipt
        assert task.delivery.arrival == given

    def test_a_delivery_that_tells_nothing_of_itself_comes_back_the_same(
        self, store: Store
    ) -> None:
        given = Arrival(
            source=SOURCE, method="POST", url="", headers=(), body=b"", received_at=0.0, secret=0
        )
        self.accept(store, given)
        assert self.claimed_delivery(store).delivery.arrival == given

    def test_receipts_tell_deliveries_apart_and_rise(self, store: Store) -> None:
        receipts = [self.accept(store, arrival([f"k{n}"])).receipt for n in range(3)]
        assert receipts == sorted(set(receipts))

    @pytest.mark.parametrize("known", ["a", "b"])
    def test_any_key_that_is_known_makes_a_repeat(self, store: Store, known: str) -> None:
        first = self.accept(store, arrival(["a", "b"]))
        other = self.beside(store)
        assert self.accept(other, arrival([known, "new"])) == Accepted(
            first.receipt, duplicate=True
        )
        assert other.counts().duplicates == 1  # others may hear of it a moment later
        assert store.counts().deliveries == {"accepted": 1}

    def test_who_cannot_be_written_takes_nobody_with_it(self, store: Store) -> None:
        bad = replace(arrival(["x"]), secret=2**63)
        futures = [store.submit(each) for each in (arrival(["a"]), bad, arrival(["b"]))]
        with pytest.raises((InboxError, OverflowError)):
            futures[1].result()
        assert not any(futures[place].result()[0].duplicate for place in (0, 2))
        assert store.counts().deliveries == {"accepted": 2}

    def test_without_a_key_nothing_is_a_repeat(self, store: Store) -> None:
        assert not self.accept(store, arrival([])).duplicate
        assert not self.accept(store, arrival([])).duplicate
        assert store.counts().deliveries == {"accepted": 2}

    def test_keys_are_a_sources_own(self, store: Store) -> None:
        self.accept(store, arrival(["a"]))
        assert not self.accept(store, arrival(["a"], source=OTHER)).duplicate

    def test_what_was_sent_is_known_by_the_beginning_of_its_key(self, store: Store) -> None:
        """That is its id; another id that begins alike is another."""
        digest = sha256(b"{}").hexdigest()
        first = self.accept(store, arrival([sent_key("d:1", digest, "0")]))
        for sent_id, receipt in (("d", None), ("d:", None), ("d:1", first.receipt), ("d:1:", None)):
            asking = replace(arrival([f"of {sent_id}"]), asks=((sent_beginning(sent_id),),))
            accepted = self.accept(self.beside(store), asking)
            assert accepted.duplicate is (receipt is not None)
            assert receipt in (None, accepted.receipt)

    def test_what_is_sent_and_asked_for_at_once_is_accepted_once(self, store: Store) -> None:
        sent = arrival([sent_key("d-1", sha256(b"{}").hexdigest(), "0")])
        fetched = replace(arrival(["of another digest"]), asks=((sent_beginning("d-1"),),))
        futures = [store.submit(each) for each in (sent, fetched)]
        found = [future.result()[0] for future in futures]
        assert [each.duplicate for each in found] == [False, True]
        assert found[0].receipt == found[1].receipt

    def test_what_has_come_is_known_by_its_keys_and_their_beginnings(self, store: Store) -> None:
        key = sent_key("d-1", sha256(b"{}").hexdigest(), "0")
        self.accept(store, arrival([key, "id:e-1"]))
        known = self.beside(store).desk.book.known
        asked = [key, "id:e-1", "id:e-2", sent_beginning("d-1"), sent_beginning("d")]
        assert known(SOURCE, asked) == {key, "id:e-1", sent_beginning("d-1")}
        assert known(SOURCE, [sent_beginning("d-1")]) == {sent_beginning("d-1")}
        assert known(OTHER, asked) == known(SOURCE, []) == set()
        assert known(SOURCE, ["id:\0", "id:\udcff", sent_beginning("\0"), "id:e-1"]) == {"id:e-1"}

    def test_of_many_at_once_with_one_key_one_is_first(self, store: Store) -> None:
        stores = [store, self.beside(store)]
        with ThreadPoolExecutor(8) as pool:
            found = list(
                pool.map(lambda n: self.accept(stores[n % 2], arrival(["same"])), range(32))
            )
        assert len({each.receipt for each in found}) == 1
        assert sum(not each.duplicate for each in found) == 1
        for each in stores:
            each.counts()  # others may hear of its repeats a moment later
        assert store.counts().duplicates == 31

    def test_of_a_batch_part_known_only_the_rest_is_written(self, store: Store) -> None:
        self.queue(store, ["a"], ["b"])
        second = self.accept(store, arrival(["b", "later"], ["c"]))
        assert not second.duplicate
        assert [self.claimed(store, "w").key for _ in range(2)] == ["a", "b"]
        task = self.claimed_delivery(store, "w")
        store.expand(task, events(["b", "later"], ["c"]), self.lease)
        assert self.claimed(store, "w").key == "c"
        assert store.claim(BOTH, "w", self.lease) is None

    def test_two_events_of_a_batch_with_one_key_are_one(self, store: Store) -> None:
        store.submit(arrival(["a"], ["a"]), events(["a"], ["a"])).result()
        assert store.counts().events == {"waiting": 1}
        assert self.accept(store, arrival(["a"], ["a"])).duplicate

    def test_expanded_at_once_the_held_come_back_leased(self, store: Store) -> None:
        accepted, works = store.submit(
            arrival(["a"], ["b"]),
            events(["a"], ["b"], handlers=(GREET, COUNT), held={GREET}),
            "request",
            self.lease,
        ).result()
        assert [(w.handler, w.position, w.attempt, w.lease) for w in works] == [
            (GREET, 0, 1, "request"),
            (GREET, 1, 1, "request"),
        ]
        assert [work.key for work in works] == ["a", "b"]
        assert {work.delivery.receipt for work in works} == {accepted.receipt}
        assert self.claimed(store).handler == COUNT

    def test_a_repeat_gives_no_works(self, store: Store) -> None:
        given, expanded = arrival(["a"]), events(["a"], held={GREET})
        store.submit(given, expanded, "one", self.lease).result()
        again, works = store.submit(given, expanded, "two", self.lease).result()
        assert (again.duplicate, works) == (True, [])

    def test_what_is_rejected_is_kept_and_holds_no_key(self, store: Store) -> None:
        receipt = store.reject(arrival(["a"]), "bad-body")
        assert store.counts().deliveries == {"rejected": 1}
        accepted = self.accept(store, arrival(["a"]))
        assert not accepted.duplicate
        assert accepted.receipt != receipt

    # Events that died, and came again.

    def test_a_dead_event_that_comes_again_is_queued_again(self, store: Store) -> None:
        first = self.queue(store, ["a"], handlers=(GREET, COUNT))
        for ended in (DONE, DEAD):
            store.finish(self.claimed(store), ended)
        assert store.counts().events == {"dead": 1}
        again = self.accept(store, arrival(["a"]))
        assert again == Accepted(first.receipt, duplicate=True, revived=1)
        work = self.claimed(store)
        assert (work.handler, work.attempt) == (COUNT, 1)  # the other is done and stays so
        assert store.claim(BOTH, "w", self.lease) is None
        assert store.finish(work, DONE).written
        assert store.counts().events == {"done": 1}

    @pytest.mark.parametrize("ended", [DONE, DISCARDED, Ended(Fate.RETRY, after=1e6)])
    def test_what_is_not_dead_is_not_queued_again(self, store: Store, ended: Ended) -> None:
        self.queue(store, ["a"])
        store.finish(self.claimed(store), ended)
        assert self.accept(store, arrival(["a"])).revived == 0
        assert store.claim(BOTH, "w", self.lease) is None

    def test_of_a_batch_only_the_dead_are_queued_again(self, store: Store) -> None:
        self.queue(store, ["a"], ["b"])
        for ended in (DEAD, DONE):
            store.finish(self.claimed(store), ended)
        assert self.accept(store, arrival(["a"], ["b"])).revived == 1
        assert self.claimed(store).key == "a"

    # Parsed later.

    def test_the_delivery_itself_is_known_before_it_is_parsed(self, store: Store) -> None:
        first = self.accept(store, unparsed("d", "e"))
        assert self.accept(store, unparsed("e")) == Accepted(first.receipt, duplicate=True)

    def test_its_events_are_known_when_it_is_expanded(self, store: Store) -> None:
        self.queue(store, ["a"])
        self.claimed(store, "other")
        self.accept(store, unparsed("d"))
        store.expand(self.claimed_delivery(store), events(["a"], ["b"]), self.lease)
        assert self.claimed(store).key == "b"
        assert store.counts().events == {"waiting": 2}

    def test_a_dead_one_is_then_queued_again(self, store: Store) -> None:
        self.queue(store, ["a"])
        store.finish(self.claimed(store), DEAD)
        self.accept(store, unparsed("d"))
        store.expand(self.claimed_delivery(store), events(["a"]), self.lease)
        assert self.claimed(store).attempt == 1

    def test_as_a_whole_it_brings_back_all_its_dead(self, store: Store) -> None:
        self.accept(store, unparsed("d"))
        store.expand(self.claimed_delivery(store), events(["a"], ["b"]), self.lease)
        for _ in range(2):
            store.finish(self.claimed(store), DEAD)
        assert self.accept(store, unparsed("d")).revived == 2

    def test_what_cannot_be_parsed_gives_its_keys_back(self, store: Store) -> None:
        self.accept(store, unparsed("d"))
        store.unparseable(self.claimed_delivery(store), "bad-body")
        assert store.counts().deliveries == {"rejected": 1}
        assert store.claim(BOTH, "w", self.lease) is None
        assert not self.accept(store, unparsed("d")).duplicate

    def test_what_another_has_claimed_meanwhile_is_not_rejected(self, store: Store) -> None:
        self.accept(store, unparsed("d"))
        lost = self.claimed_delivery(store, "lost")
        self.wait(self.lease * 1.5)
        self.claimed_delivery(store, "new")
        store.unparseable(lost, "bad-body")
        assert store.counts().deliveries == {"accepted": 1}

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

    # Lanes: one at a time, by rank.

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


def _key(work: Work | None) -> str | None:
    return None if work is None else work.key
