"""Who writes to Postgres what is submitted at the same time, together.

A transaction costs a wait for the disk and some for the network, however much is in it. So few write at a
time: each takes all that is waiting, and wakes those who wait when it is committed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence

from hookkit.errors import InboxError
from hookkit.inbox.forks import after_fork
from hookkit.inbox.gathering import Gathering
from hookkit.inbox.offered import Offered, tell_in_turn
from hookkit.inbox.postgres.accept import Acceptance, Result, accept
from hookkit.inbox.postgres.fresh import accept_fresh, keys_of
from hookkit.inbox.postgres.news import Teller
from hookkit.inbox.postgres.pool import Again, Database
from hookkit.inbox.records import Accepted, Arrival, NewEvent
from hookkit.inbox.sent import is_beginning

__all__ = ["Accepting"]

MOST = 256
"""Deliveries of one transaction, so that the first does not wait for all of a burst."""

LONG = 0.01
"""Seconds after which those who write are not waited for: something is in their way."""


class Accepting:
    """Those who accept: whoever waits for a delivery, and threads, which start when they are needed.

    Made anew after a fork.

    Args:
        database: where the deliveries go.
        most: transactions at a time.
        wait: seconds after which a delivery that is not written is given up.
    """

    def __init__(self, database: Database, most: int, wait: float) -> None:
        self._database = database
        self._teller = Teller(database)
        self._most = most
        self._wait = wait
        self._start_afresh()
        after_fork(self._start_afresh)

    def _start_afresh(self) -> None:
        self._waiting: deque[Acceptance] = deque()
        self._gathering = Gathering(self._waiting)
        self._changed = threading.Condition(threading.Lock())
        self._threads: list[threading.Thread] = []
        self._resting = 0
        self._watching = 0
        self._writing = 0
        self._under_way = 0
        self._begun = 0.0
        self._ending = False

    def submit(
        self, arrival: Arrival, events: Sequence[NewEvent] | None, lease: str, seconds: float
    ) -> Offered[Result]:
        """Accept it with the next."""
        future: Offered[Result] = Offered()
        future.crew = self
        until = time.monotonic() + self._wait
        self._waiting.append(Acceptance(arrival, events, lease, seconds, until, future))
        return future

    def lead(self) -> None:
        """Write once what is waiting, unless that is left to others."""
        if self._gathering.has_come():
            return
        with self._changed:
            leads = self._begins()
        try:
            if leads:
                self._write_some()
        finally:
            if self._waiting:
                self.wake()

    def wake(self) -> None:
        """Have a thread write what is waiting, or see to it that it is written."""
        if self._gathering.has_come():
            return
        try:
            with self._changed:
                if self._watching and not self._may_begin():
                    return
                if not self._resting and len(self._threads) < self._most:
                    self._add_thread()
                self._changed.notify()
        except RuntimeError as error:  # no more threads, or the interpreter is about to end
            if not self._threads:
                left: list[Acceptance] = []
                self._take(left)
                _fail(left, InboxError(f"the inbox cannot be written: {error}"))

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="hookkit-accepting", daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """Finish what was submitted."""
        with self._changed:
            self._ending = True
            self._gathering.end()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        while self._waiting:
            self.lead()
        with self._changed:
            self._changed.wait_for(lambda: not self._writing)
        self._teller.close()
        self._threads = []
        self._ending = False
        self._gathering = Gathering(self._waiting)

    def _work(self) -> None:
        while self._has_turn():
            self._write_some()

    def _has_turn(self) -> bool:
        """Wait for a turn to write; false where nothing is waiting, and nothing is to come."""
        with self._changed:
            while not self._begins():
                if self._ending and not self._waiting:
                    return False
                watches = bool(self._waiting)
                self._resting += 1
                self._watching += watches
                self._changed.wait(LONG if watches else None)
                self._watching -= watches
                self._resting -= 1
            return True

    def _begins(self) -> bool:
        """Whether one more is to write, who counts as writing from now on."""
        if not self._may_begin():
            return False
        self._writing += 1
        self._begun = time.monotonic()
        return True

    def _may_begin(self) -> bool:
        # A transaction of many deliveries costs little more than one of a few. So beside another it begins
        # when it is no smaller than that, or when that does not get on.
        if not self._waiting or self._writing == self._most:
            return False
        return (
            not self._writing
            or len(self._waiting) >= self._under_way > 0
            or time.monotonic() > self._begun + LONG
        )

    def _write_some(self) -> None:
        """Take what is waiting, and write it, at the caller's turn."""
        batch: list[Acceptance] = []
        try:
            self._gathering.let_come()
            self._take(batch)
            with self._changed:
                self._under_way += len(batch)
            # From here on nobody can cancel: a future that was may not be given a result.
            wanted = [each for each in batch if each.future.set_running_or_notify_cancel()]
            if wanted:
                self._accept(wanted)
        except BaseException as error:
            # Each waiter must hear of it, whatever it is; also of a signal's, in the thread of who waits.
            _fail(batch, error)
            if not isinstance(error, Exception):
                raise
        finally:
            with self._changed:
                self._under_way -= len(batch)
                self._writing -= 1
                if self._ending:
                    self._changed.notify_all()

    def _take(self, batch: list[Acceptance]) -> None:
        """Into what the caller has, so that a signal in between loses none."""
        while self._waiting and len(batch) < MOST:
            batch.append(self._waiting.popleft())

    def _accept(self, batch: list[Acceptance]) -> None:
        """Write these, most of them by one statement."""
        begun = time.monotonic()
        wait = max(0.1, batch[0].until - begun)
        plain, others = _sorted(batch)
        if plain:
            others += self._accept_fresh(plain, begun, wait)
        if others:
            self._accept_others(others, begun, wait)

    def _accept_fresh(self, batch: list[Acceptance], begun: float, wait: float) -> list[Acceptance]:
        """Write those that nobody knows, and give the rest."""
        arrivals = [each.arrival for each in batch]
        try:
            receipts = self._database.once(
                lambda connection: accept_fresh(connection, arrivals), wait
            )
        except Again:
            return batch
        if receipts:
            self._teller.tell()
        self._tell(
            [batch[place].future for place in receipts],
            [(Accepted(receipt), []) for receipt in receipts.values()],
            begun,
        )
        return [each for place, each in enumerate(batch) if place not in receipts]

    def _accept_others(self, batch: list[Acceptance], begun: float, wait: float) -> None:
        results = self._database.run(lambda connection: accept(connection, batch), wait)
        if any(accepted.revived or not accepted.duplicate for accepted, _ in results):
            self._teller.tell()
        self._tell([each.future for each in batch], results, begun)

    def _tell(
        self, futures: Sequence[Offered[Result]], results: Sequence[Result], begun: float
    ) -> None:
        """What came of a transaction that was begun then."""
        took = time.monotonic() - begun
        self._gathering.expect(sum(each.is_awaited for each in futures), took)
        tell_in_turn(futures, [(result, None) for result in results])


def _sorted(batch: Sequence[Acceptance]) -> tuple[list[Acceptance], list[Acceptance]]:
    """Those that one statement may write together, and the others.

    These are expanded at once, or ask for beginnings of keys; or they are the later one of two with one key.
    """
    plain: list[Acceptance] = []
    others: list[Acceptance] = []
    seen: set[tuple[str, str]] = set()
    for each in batch:
        asked = keys_of(each.arrival)
        keys = {(each.arrival.source, key) for key in asked}
        is_plain = each.events is None and not any(map(is_beginning, asked))
        (plain if is_plain and seen.isdisjoint(keys) else others).append(each)
        seen |= keys
    return plain, others


def _fail(batch: Sequence[Acceptance], error: BaseException) -> None:
    """One for each waiter: they raise it in threads of their own."""
    told = str(error) if isinstance(error, InboxError) else type(error).__name__
    for each in batch:
        if not each.future.done():
            each.future.set_exception(InboxError(told))
