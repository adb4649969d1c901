"""`SealedStore`: any store, with what was sent encrypted in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from hookkit.inbox.desk import Desk, Filter, Kept, KeptEvent, KeptWork
from hookkit.inbox.records import (
    Accepted,
    Arrival,
    Delivery,
    Ended,
    Finished,
    NewEvent,
    Unexpanded,
    Work,
)
from hookkit.inbox.sealing import Sealing
from hookkit.inbox.store import Handlers, Store

__all__ = ["SealedDesk", "SealedStore"]

T = TypeVar("T")
R = TypeVar("R")

PAGE = 100
"""Deliveries that are sealed again in one transaction."""


class SealedDesk:
    """A `Desk` that seals what it stores and opens what it shows."""

    def __init__(self, desk: Desk, sealing: Sealing) -> None:
        self._desk = desk
        self._sealing = sealing
        self.book = desk.book
        # What has to do with numbers and states alone.
        self.look = desk.look
        self.last = desk.last
        self.queue = desk.queue
        self.discard = desk.discard
        self.prune = desk.prune
        self.erase = desk.erase
        self.shrink = desk.shrink
        self.tally = desk.tally
        self.backlog = desk.backlog
        self.touch = desk.touch
        self.size = desk.size
        self.recast = desk.recast
        self.marks = desk.marks
        self.hold = desk.hold

    def show(self, receipt: int) -> Kept | None:
        """One delivery, opened."""
        kept = self._desk.show(receipt)
        return None if kept is None else self._opened(kept)

    def arrivals(self, receipts: Collection[int]) -> list[tuple[int, Arrival]]:
        """How these came, opened."""
        found = self._desk.arrivals(receipts)
        return [(receipt, self._sealing.opened(arrival)) for receipt, arrival in found]

    def newer(self, after: int, most: int) -> list[tuple[int, Arrival]]:
        """What was accepted, opened."""
        found = self._desk.newer(after, most)
        return [(receipt, self._sealing.opened(arrival)) for receipt, arrival in found]

    def kept(self, after: int, most: int) -> list[Kept]:
        """Deliveries, opened."""
        return [self._opened(kept) for kept in self._desk.kept(after, most)]

    def keep(self, items: Sequence[Kept]) -> int:
        """Store these, sealed."""
        return self._desk.keep([self._sealed(kept) for kept in items])

    def _opened(self, kept: Kept) -> Kept:
        return _recast(kept, self._sealing.opened, self._sealing.opened_text)

    def _sealed(self, kept: Kept) -> Kept:
        return _recast(kept, self._sealing.arrival, self._sealing.text)


class SealedStore:
    """A `Store` in which headers, URLs, bodies, errors and tracebacks are sealed.

    Sources, events' names and ids, times and what makes repeats known stay readable, as they are searched.

    Args:
        store: keeps what is sealed.
        sealing: the keys.
    """

    def __init__(self, store: Store, sealing: Sealing) -> None:
        self._store = store
        self._sealing = sealing
        self.poll = store.poll
        self.desk = SealedDesk(store.desk, sealing)
        self.close = store.close
        self.due = store.due
        self.watch = store.watch
        self.unparseable = store.unparseable
        self.renew = store.renew
        self.release = store.release
        self.counts = store.counts
        self.prune_marks = store.prune_marks

    def open(self) -> None:
        """As the store; and try whether its newest delivery can be opened. Raises InboxError."""
        self._store.open()
        for line in self.desk.look(Filter(), None, 1):
            self.desk.show(line.receipt)

    def submit(
        self,
        arrival: Arrival,
        events: Sequence[NewEvent] | None = None,
        lease: str = "",
        seconds: float = 0,
    ) -> Future[tuple[Accepted, list[Work]]]:
        """Accept a delivery, sealed."""
        future = self._store.submit(self._sealing.arrival(arrival), events, lease, seconds)
        if not any(work.held for event in events or () for work in event.works):
            return future
        return _then(future, lambda found: (found[0], self._opened(found[1])))

    def reject(self, arrival: Arrival, reason: str) -> int:
        """Keep what cannot be parsed, sealed."""
        return self._store.reject(self._sealing.arrival(arrival), reason)

    def take(
        self, source: str, keys: Sequence[str], handlers: Handlers, lease: str, seconds: float
    ) -> list[Work]:
        """Lease works, opened."""
        return self._opened_or_released(
            self._store.take(source, keys, handlers, lease, seconds), lease
        )

    def claim(
        self, handlers: Handlers, lease: str, seconds: float, receipt: int | None = None
    ) -> Work | Unexpanded | None:
        """Claim a work, opened."""
        task = self._store.claim(handlers, lease, seconds, receipt)
        if task is None:
            return None
        try:
            return replace(task, delivery=self._delivery_of(task))
        except BaseException:
            self._store.release([lease])  # not an attempt: nothing was run
            raise

    def claim_some(
        self, handlers: Handlers, leases: Sequence[str], seconds: float
    ) -> list[Work | Unexpanded]:
        """Claim, opened."""
        tasks = self._store.claim_some(handlers, leases, seconds)
        try:
            return [replace(task, delivery=self._delivery_of(task)) for task in tasks]
        except BaseException:
            self._store.release([task.lease for task in tasks])  # as above
            raise

    def expanding(
        self, task: Unexpanded, events: Sequence[NewEvent], seconds: float
    ) -> Future[list[Work]]:
        """As `expand`, soon."""
        future = self._store.expanding(task, events, seconds)
        return _then(future, lambda works: self._opened_or_released(works, task.lease))

    def expand(self, task: Unexpanded, events: Sequence[NewEvent], seconds: float) -> list[Work]:
        """Write a delivery's events; the works that are held are opened."""
        return self._opened_or_released(self._store.expand(task, events, seconds), task.lease)

    def finish(self, work: Work, ended: Ended) -> Finished:
        """Write how a run ended, in words that are sealed."""
        return self._store.finish(work, self._ended(ended))

    def finishing(self, work: Work, ended: Ended) -> Future[Finished]:
        """As `finish`, soon."""
        return self._store.finishing(work, self._ended(ended))

    def _ended(self, ended: Ended) -> Ended:
        error, traceback = self._sealing.text(ended.error), self._sealing.text(ended.traceback)
        return replace(ended, error=error, traceback=traceback)

    def reseal(self, progress: Callable[[int], None] | None = None) -> int:
        """Seal all with the newest key. How many deliveries."""
        count, last = 0, 0

        def again(arrival: Arrival) -> Arrival:
            nonlocal count
            count += 1
            return self._sealing.arrival(self._sealing.opened(arrival))

        def text_again(text: str) -> str:
            return self._sealing.text(self._sealing.opened_text(text))

        while last := self._store.desk.recast(last, PAGE, again, text_again):
            if progress is not None:
                progress(PAGE)
        return count

    def _delivery_of(self, task: Work | Unexpanded) -> Delivery:
        delivery = task.delivery
        return replace(delivery, arrival=self._sealing.opened(delivery.arrival))

    def _opened(self, works: list[Work]) -> list[Work]:
        return [replace(work, delivery=self._delivery_of(work)) for work in works]

    def _opened_or_released(self, works: list[Work], lease: str) -> list[Work]:
        try:
            return self._opened(works)
        except BaseException:
            self._store.release([lease])
            raise


def _recast(kept: Kept, arrival: Callable[[Arrival], Arrival], text: Callable[[str], str]) -> Kept:
    return replace(
        kept,
        arrival=arrival(kept.arrival),
        events=tuple(_recast_event(event, text) for event in kept.events),
    )


def _recast_event(event: KeptEvent, text: Callable[[str], str]) -> KeptEvent:
    return replace(event, works=tuple(_recast_work(work, text) for work in event.works))


def _recast_work(work: KeptWork, text: Callable[[str], str]) -> KeptWork:
    failures = tuple(
        each._replace(error=text(each.error), traceback=text(each.traceback))
        for each in work.failures
    )
    return replace(work, error=text(work.error), traceback=text(work.traceback), failures=failures)


def _then(future: Future[T], change: Callable[[T], R]) -> Future[R]:
    """What comes of a future, changed."""
    changed: Future[R] = Future()

    def pass_on(done: Future[T]) -> None:
        try:
            changed.set_result(change(done.result()))
        except BaseException as error:  # noqa: BLE001  # raised again where the result is waited for
            changed.set_exception(error)

    future.add_done_callback(pass_on)
    return changed
