"""`Desk`: what people on call do with a store: look, replay, discard, copy, prune, erase."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from hookkit.inbox.book import Book
from hookkit.inbox.records import Arrival, Head

__all__ = ["Desk", "Failure", "Filter", "Kept", "KeptEvent", "KeptWork", "Line", "Mark"]

STATES = ("accepted", "waiting", "done", "dead", "rejected", "erased")
"""Of a delivery, to people: not expanded yet; else as its events are, the worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which deliveries are meant: those for which all of this is true; ``None`` asks for nothing.

    Attributes:
        source: the receiver's.
        state: ``accepted``, ``waiting``, ``done``, ``dead``, ``rejected`` or ``erased``.
        type: of one of its events.
        event_id: of one of its events.
        delivery_id: the provider's.
        since: received then or later, in unix seconds.
        until: received before.
    """

    source: str | None = None
    state: str | None = None
    type: str | None = None
    event_id: str | None = None
    delivery_id: str | None = None
    since: float | None = None
    until: float | None = None


class Failure(NamedTuple):
    """An attempt that did not end well. `ended_at`: unix seconds."""

    attempt: int
    fate: str
    ended_at: float
    error: str
    traceback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWork:
    """A handler's work as it is stored.

    Attributes:
        due_in: seconds until it may be claimed; of one that waits for its turn, ``None``.
        leased: a worker is at it.
    """

    handler: str
    state: str
    attempts: int
    due_in: float | None
    error: str
    traceback: str
    ended_at: float | None
    lane: str | None
    rank: float | None
    leased: bool = False
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """An event as it is stored."""

    position: int
    state: str
    head: Head
    key: str
    works: tuple[KeptWork, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A delivery as it is stored, with its events, works and failures.

    Attributes:
        state: ``accepted``, ``expanded``, ``rejected`` or ``erased``.
        repeats: how often it came again.
        reason: of a rejected one.
    """

    receipt: int
    state: str
    arrival: Arrival
    repeats: int
    reason: str | None
    events: tuple[KeptEvent, ...]


class Mark(NamedTuple):
    """A dedupe key that is known, where its event is, and for how many seconds it has been known."""

    source: str
    key: str
    receipt: int
    position: int
    known_for: float


class Line(NamedTuple):
    """A delivery in a list. `events`: type, id and state of each that is known."""

    receipt: int
    source: str
    state: str
    received_at: float
    delivery_id: str | None
    origin: str
    repeats: int
    size: int
    reason: str | None
    events: tuple[tuple[str, str | None, str], ...]


class Desk(Protocol):
    """What a store offers beyond accepting and working. Every method raises InboxError."""

    @property
    def book(self) -> Book:
        """What is kept beside deliveries."""
        ...

    def look(self, wanted: Filter, before: int | None, most: int) -> list[Line]:
        """The newest deliveries that are meant, the newest first; with `before`, of receipts below that."""
        ...

    def show(self, receipt: int) -> Kept | None:
        """One delivery, with its attempts."""
        ...

    def arrivals(self, receipts: Collection[int]) -> list[tuple[int, Arrival]]:
        """Receipt and arrival of each of these that is there."""
        ...

    def queue(self, receipts: Collection[int], handler: tuple[str, str] | None) -> int:
        """Have these handled again, by one handler (its source and name) or by all. Gives how many works.

        One that is waiting stays as it is. What was rejected is parsed again. A handler that never heard of
        an event gets it now. What was erased is left out.
        """
        ...

    def discard(self, receipts: Collection[int]) -> int:
        """Give up what is undone of these, unless a worker has it. Gives how many works and deliveries."""
        ...

    def prune(self, wanted: Filter, most: int) -> int:
        """Delete so many of the oldest that are meant and have nothing undone. Their keys stay known."""
        ...

    def erase(self, receipts: Collection[int]) -> int:
        """Take out all that was sent, and what was undone with it; the keys stay known. Gives how many."""
        ...

    def shrink(self) -> None:
        """Give back the space of what was deleted, and leave none of it on the disk."""
        ...

    def tally(self) -> list[tuple[str, str, int]]:
        """Source, state and number: of deliveries (accepted, rejected or erased), and of events."""
        ...

    def backlog(self, most: int) -> tuple[int, float]:
        """How much is undone, counted up to `most`; for how many seconds the oldest of it has been due."""
        ...

    def touch(self) -> None:
        """Write something, durably, that changes nothing."""
        ...

    def size(self) -> int:
        """Bytes that the store takes."""
        ...

    def last(self) -> int:
        """The newest receipt; 0 where there is none."""
        ...

    def newer(self, after: int, most: int) -> list[tuple[int, Arrival]]:
        """What was accepted above this receipt, in the order of receipts; without what is erased or rejected.

        Nothing below the last of these is accepted later: while that is not sure, fewer are given.
        """
        ...

    def kept(self, after: int, most: int) -> list[Kept]:
        """Deliveries with receipts above `after`, in their order."""
        ...

    def keep(self, items: Sequence[Kept]) -> int:
        """Store these under their receipts, but what is there already. Gives how many are new.

        Raises:
            InboxError: a receipt is another delivery's here.
        """
        ...

    def recast(
        self,
        after: int,
        most: int,
        arrival: Callable[[Arrival], Arrival],
        text: Callable[[str], str],
    ) -> int:
        """Rewrite the next deliveries, with receipts above `after`, at the most so many.

        Headers, URL and body are what `arrival` makes of them; errors and tracebacks, what `text` does. Gives
        the last receipt, 0 where there was none.
        """
        ...

    def marks(self, after: tuple[str, str] | None, most: int) -> list[Mark]:
        """The known keys above this source and key, in their order."""
        ...

    def hold(self, marks: Sequence[Mark]) -> int:
        """Add these to the known keys. Gives how many are new."""
        ...
