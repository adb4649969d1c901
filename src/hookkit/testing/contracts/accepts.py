"""What a store must do when deliveries come: new ones, repeats, and what died and comes again."""

from __future__ import annotations

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
    Work,
)
from hookkit.inbox.sent_keys import sent_beginning, sent_key
from hookkit.inbox.store import Store
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

__all__ = ["AcceptContract"]


class AcceptContract(ContractBase):
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


def _key(work: Work | None) -> str | None:
    return None if work is None else work.key
