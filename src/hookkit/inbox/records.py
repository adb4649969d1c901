"""What goes into a store and comes out of it: plain values, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "SEALED",
    "Accepted",
    "Arrival",
    "Counts",
    "Delivery",
    "Ended",
    "Fate",
    "Finished",
    "Head",
    "NewEvent",
    "NewWork",
    "Unexpanded",
    "Work",
]


SEALED = "hookkit sealed"
"""Name of the only header of what is stored encrypted; no header of HTTP can have it."""


class Head(NamedTuple):
    """What is told of an event before it is expanded."""

    type: str
    id: str | None
    time: float | None


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A delivery as it is accepted: authentic, without its credentials.

    One is built for each request and so is light, and not frozen: treat it as read-only.

    Attributes:
        source: the receiver's.
        headers: pairs of lower-case name and value.
        received_at: unix seconds.
        secret: which secret verified, 0 for the newest.
        signed_at: the signed time in unix seconds, or ``None``.
        heads: of its events, in order; ``None`` where they are parsed later.
        keys: for each event its dedupe keys, none where nothing can tell a repeat. Where it is parsed later,
            those of the delivery as a whole.
        origin: how it came: ``request``, or ``repair`` where it was fetched after it had never arrived.
        asks: further keys that make each event a repeat, and are not held by it; some are beginnings of keys
            (`hookkit.inbox.sent_keys`). They are not stored.
        holds: further keys that each event holds, and that do not make it a repeat. They are not stored.
    """

    source: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: float
    secret: int
    signed_at: float | None = None
    age: float | None = None
    delivery_id: str | None = None
    heads: tuple[Head, ...] | None = None
    keys: tuple[tuple[str, ...], ...] = ()
    origin: str = "request"
    asks: tuple[tuple[str, ...], ...] = ()
    holds: tuple[tuple[str, ...], ...] = ()

    @property
    def looked_up(self) -> list[tuple[str, ...]]:
        """For each event the keys that make it a repeat."""
        return _beside(self.keys, self.asks)

    @property
    def held(self) -> list[tuple[str, ...]]:
        """For each event the keys under which it is known from now on."""
        return _beside(self.keys, self.holds)


def _beside(
    keys: tuple[tuple[str, ...], ...], more: tuple[tuple[str, ...], ...]
) -> list[tuple[str, ...]]:
    if not more:
        return list(keys)
    return [(*each, *further) for each, further in zip(keys, more, strict=True)]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of accepting.

    Attributes:
        receipt: the number of the delivery, of an earlier one where this is a duplicate.
        duplicate: whether each of its events is known already.
        revived: how many dead events it has queued again.
    """

    receipt: int
    duplicate: bool = False
    revived: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it was accepted, with its receipt."""

    receipt: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Unexpanded:
    """A delivery that a worker is to make into events, and the lease under which it does."""

    delivery: Delivery
    lease: str


@dataclass(frozen=True, slots=True)
class NewWork:
    """A handler that is to run for an event.

    Attributes:
        held: under the lease of whoever writes this; never one with a lane.
        lane: works of a source's one lane run one at a time, by rank.
        rank: place in the lane, such as the event's time; ``None``: that of the receipt.
        replaces: one of the same handler that waits in the lane for its next attempt is due at once.
    """

    handler: str
    held: bool = False
    lane: str | None = None
    rank: float | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event of a delivery, at its position, with the handlers that hear it."""

    position: int
    head: Head
    keys: tuple[str, ...]
    works: tuple[NewWork, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One handler's run for one event, claimed.

    Attributes:
        number: of the work itself.
        attempt: 1 for the first; one that ended with its process counts.
        lease: proves that it is still ours.
        position: of the event in its delivery.
        key: what tells the event in marks: its first dedupe key.
        lane: works of this lane and source run one at a time.
        late: one of a higher rank was done in that lane before.
        superseded: one of a higher rank, or written later, waits in that lane for the same handler.
    """

    number: int
    event: int
    handler: str
    attempt: int
    lease: str
    position: int
    key: str
    delivery: Delivery
    lane: str | None = None
    late: bool = False
    superseded: bool = False


class Fate(StrEnum):
    """How a run ended."""

    DONE = "done"
    RETRY = "waiting"
    DISCARDED = "discarded"
    SKIPPED = "skipped"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run.

    Attributes:
        after: seconds until the next attempt, of a `RETRY`.
        error: one line.
        traceback: escaped, of the exception.
    """

    fate: Fate
    after: float = 0.0
    error: str = ""
    traceback: str = ""


class Finished(NamedTuple):
    """What came of writing an end.

    Attributes:
        written: false where the lease was lost, and nothing is written.
        freed: the receipt of the delivery whose work has its turn in the lane now, if any.
    """

    written: bool
    freed: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What is in a store.

    Attributes:
        deliveries: by state: ``accepted`` (not expanded yet), ``expanded``, ``rejected``.
        events: by state: ``waiting``, ``done``, ``dead``.
        works: by state: ``waiting``, ``done``, ``discarded``, ``skipped``, ``dead``.
        duplicates: deliveries that were acknowledged and not run.
        orphaned: waiting works whose handler is not among those asked about.
    """

    deliveries: Mapping[str, int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    works: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    orphaned: int = 0
