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
from hookkit.inbox.futures import Offered, tell_in_turn
from hookkit.inbox.gathering import Gathering
from hookkit.inbox.postgres.accept import Acceptance, Result, accept
from hookkit.inbox.postgres.fresh import accept_fresh, keys_of
from hookkit.inbox.postgres.news import Teller
from hookkit.inbox.postgres.pool import Again, Database, Refused
from hookkit.inbox.records import Accepted, Arrival, NewEvent
from hookkit.inbox.sent_keys import is_beginning

__all__ = ["Accepting"]

MOST = 256
"""Deliveries of one transaction, so that the first does not wait for all of a burst."""

MOST_BYTES = 32 * 1024 * 1024
"""Of the bodies of one transaction, or its first one: a message to Postgres has less than 1 GiB."""

FAULTS = (Refused, AttributeError, OverflowError, TypeError, ValueError)
"""What is wrong with a delivery, and would be if it were alone."""

LONG = 0.01
"""Seconds after which those who write are not waited for: something is in their way."""


class Turn:
    """One that writes, so that whatever ends it, it does not count as writing any more.

    Attributes:
        batch: what it has taken.
        under_way: how many these are, once it has taken all.
    """

    __slots__ = ("batch", "under_way")

    def __init__(self) -> None:
        self.batch: list[Acceptance] = []
        self.under_way = 0


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
        self._turns: list[Turn] = []
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
        turn = Turn()
        try:
            with self._changed:
                leads = self._begins(turn)
            if leads:
                self._write_some(turn)
        finally:
            self._end(turn)
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
                self._give_up(InboxError(f"the inbox cannot be written: {error}"))

    def _give_up(self, error: InboxError) -> None:
        """Tell all who wait."""
        while self._waiting:
            left: list[Acceptance] = []
            with self._changed:
                self._take(left)
            _fail(left, error)

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
            self._changed.wait_for(lambda: not self._turns)
        self._teller.close()
        self._threads = []
        self._ending = False
        self._gathering = Gathering(self._waiting)

    def _work(self) -> None:
        turn = Turn()
        while self._has_turn(turn):
            try:
                self._write_some(turn)
            finally:
                self._end(turn)
            turn = Turn()

    def _has_turn(self, turn: Turn) -> bool:
        """Wait for a turn to write; false where nothing is waiting, and nothing is to come."""
        with self._changed:
            while not self._begins(turn):
                if self._ending and not self._waiting:
                    return False
                watches = bool(self._waiting)
                self._resting += 1
                self._watching += watches
                self._changed.wait(LONG if watches else None)
                self._watching -= watches
                self._resting -= 1
            return True

    def _begins(self, turn: Turn) -> bool:
        """Whether one more is to write, who counts as writing from now on."""
        if not self._may_begin():
            return False
        self._turns.append(turn)
        self._begun = time.monotonic()
        return True

    def _may_begin(self) -> bool:
        # A transaction of many deliveries costs little more than one of a few. So beside another it begins
        # when it is no smaller than that, or when that does not get on.
        if not self._waiting or len(self._turns) == self._most:
            return False
        return (
            not self._turns
            or len(self._waiting) >= sum(turn.under_way for turn in self._turns) > 0
            or time.monotonic() > self._begun + LONG
        )

    def _end(self, turn: Turn) -> None:
        if turn not in self._turns:
            return
        with self._changed:
            self._turns.remove(turn)
            if self._ending:
                self._changed.notify_all()

    def _write_some(self, turn: Turn) -> None:
        """Take what is waiting, and write it, at the caller's turn."""
        try:
            self._gathering.let_come()
            with self._changed:
                self._take(turn.batch)
                turn.under_way = len(turn.batch)
            wanted = [each for each in turn.batch if _is_wanted(each.future)]
            if wanted:
                self._accept(wanted)
        except BaseException as error:
            # Each waiter must hear of it, whatever it is; also of a signal's, in the thread of who waits.
            _fail(turn.batch, error)
            if not isinstance(error, Exception):
                raise

    def _take(self, batch: list[Acceptance]) -> None:
        """Into what the caller has, so that a signal in between loses none."""
        size = 0
        while self._waiting and len(batch) < MOST:
            first = self._waiting[0]
            size += len(first.arrival.body)
            if batch and size > MOST_BYTES:
                return
            batch.append(first)
            self._waiting.popleft()

    def _accept(self, batch: list[Acceptance]) -> None:
        """Write these; where one of them cannot be written, each alone, so that the others are."""
        try:
            self._accept_together(batch)
        except FAULTS:
            if len(batch) == 1:
                raise
            for each in batch:
                if not each.future.done():
                    self._accept_alone(each)

    def _accept_alone(self, acceptance: Acceptance) -> None:
        try:
            self._accept_together([acceptance])
        except FAULTS as error:
            _fail([acceptance], error)

    def _accept_together(self, batch: list[Acceptance]) -> None:
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


def _is_wanted(future: Offered[Result]) -> bool:
    """Whether it is to be written; from here on nobody can cancel it: who was may not be given a result."""
    if future.done() and not future.cancelled():
        return False  # a signal's exception was told to it while it was taken
    return future.set_running_or_notify_cancel()


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
