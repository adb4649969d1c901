"""`Store`: what an inbox asks of a database, in a few methods, each durable when it returns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import Protocol

from hookkit.inbox.desk import Desk
from hookkit.inbox.records import (
    Accepted,
    Arrival,
    Counts,
    Ended,
    Finished,
    NewEvent,
    Unexpanded,
    Work,
)

__all__ = ["Handlers", "Held", "Store"]

Handlers = Collection[tuple[str, str]]
"""Source and name of the handlers that a worker knows."""


class Held(Exception):  # an answer, not an error
    """A work that was to be taken is under another's lease."""


class Store(Protocol):
    """Deliveries, their events, and each handler's work on these.

    Every method that gives no future blocks until what it writes is to be seen by all, and raises
    InboxError where it cannot be: then nothing of it is written. It is durable, too, where a loss of power
    would otherwise lose a delivery or the end of a run; leases, and what can be done again, need not be. A
    lease is a text of the caller's own making; times are seconds, measured on a clock that nobody sets.

    A work with a lane is claimed when none of the same source and lane is under way, none of a lower rank
    waits, and, of one rank, none that was written earlier: also not one that waits for its next attempt.

    `hookkit.testing.contracts` has tests that any store can be run against.
    """

    poll: float
    """Seconds between a worker's looks for what has become due, and for what `watch` did not tell."""

    @property
    def desk(self) -> Desk:
        """What people on call do with it."""
        ...

    def open(self) -> None:
        """Make or check the schema. Raises InboxError where it is another version's, or out of reach."""
        ...

    def close(self) -> None:
        """Let go of what is held open; what is written stays."""
        ...

    def submit(
        self,
        arrival: Arrival,
        events: Sequence[NewEvent] | None = None,
        lease: str = "",
        seconds: float = 0,
    ) -> Future[tuple[Accepted, list[Work]]]:
        """Accept a delivery, and hand over the result when it is durable.

        With `events` it is expanded at once, and works that are `held` come back leased for `seconds`.
        An event of which a key is known is not written again; where it is dead, it is queued again. Where
        all are known nothing is written, and the delivery counts as a duplicate of an earlier one: for
        `counts` at once, for other processes soon.

        A future that was cancelled before anything was written may be left out. One that nobody waits for,
        nor asks to be called by, may be written with the next, or when the store is closed.
        """
        ...

    def reject(self, arrival: Arrival, reason: str) -> int:
        """Keep what is authentic and cannot be parsed. It holds no key. Gives its receipt."""
        ...

    def take(
        self, source: str, keys: Sequence[str], handlers: Handlers, lease: str, seconds: float
    ) -> list[Work]:
        """Lease what is undone by these handlers of the event with one of these keys, due or not.

        What is under this lease already is left out.

        Raises:
            Held: some of it is under another's lease, or not expanded yet.
        """
        ...

    def claim(
        self, handlers: Handlers, lease: str, seconds: float, receipt: int | None = None
    ) -> Work | Unexpanded | None:
        """The next work that is due for one of these handlers, or a delivery of their sources to expand.

        With a receipt, only what is of that delivery.
        """
        ...

    def claim_some(
        self, handlers: Handlers, leases: Sequence[str], seconds: float
    ) -> list[Work | Unexpanded]:
        """As `claim`: one work that is due; or, where none is, as many deliveries as there are leases.

        Works come one at a time, as one that ends its process counts as an attempt of all that it holds.
        """
        ...

    def due(self, handlers: Handlers, since: float, most: int) -> list[tuple[str, int]]:
        """Source and receipt of what could have been claimed for that many seconds; the longest due first."""
        ...

    def watch(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call `tell` when another process has accepted something, until what is given back is called.

        A store that cannot know does nothing: `poll` is then short.
        """
        ...

    def expand(self, task: Unexpanded, events: Sequence[NewEvent], seconds: float) -> list[Work]:
        """Write a delivery's events, unless the lease is lost. Gives the works that are `held`, leased.

        Events that another delivery brought are left out; of a delivery that was accepted unparsed, those
        that are dead are queued again.
        """
        ...

    def expanding(
        self, task: Unexpanded, events: Sequence[NewEvent], seconds: float
    ) -> Future[list[Work]]:
        """As `expand`, and hand over the result when it is to be seen by all."""
        ...

    def unparseable(self, task: Unexpanded, reason: str) -> None:
        """Keep a delivery as rejected, without its keys."""
        ...

    def renew(self, leases: Collection[str], seconds: float) -> None:
        """Hold what is under these leases for that much longer."""
        ...

    def finish(self, work: Work, ended: Ended) -> Finished:
        """Write how a run ended, and give its lease up, unless that was lost."""
        ...

    def finishing(self, work: Work, ended: Ended) -> Future[Finished]:
        """As `finish`, and hand over the result when it is durable."""
        ...

    def release(self, leases: Collection[str]) -> None:
        """Give leases up unfinished; the attempts under way count as none."""
        ...

    def counts(self, handlers: Handlers = ()) -> Counts:
        """What is in there."""
        ...

    def prune_marks(self, source: str, keep: float) -> int:
        """Forget a source's keys that were held for longer than that many seconds. Gives how many.

        The seconds count while the inbox is up: a clock that is set forward forgets nothing.
        """
        ...
