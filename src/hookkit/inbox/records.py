"""Plain values that go into a store and come out of it, from a delivery's `Arrival` to a work's `Ended`."""

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
    """An event's name, id and time, which are stored with its delivery."""

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
        asks: for each event further keys that make it a repeat where they are known, but by which it is not
            known itself; some are beginnings of keys (`hookkit.inbox.sent_keys`). They are not stored.
        holds: for each event further keys by which it is known, but which do not make it a repeat. They are
            not stored.
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
    """What came of accepting a delivery.

    Attributes:
        receipt: the number of the delivery; where it is a duplicate, of the earlier one.
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
    """A delivery that is not expanded into events yet, claimed by a worker under this lease."""

    delivery: Delivery
    lease: str


@dataclass(frozen=True, slots=True)
class NewWork:
    """A handler that is to run for an event.

    Attributes:
        held: it is leased as it is written, by whoever writes it; never a work with a lane.
        lane: works of a source's one lane run one at a time, by rank.
        rank: place in the lane, such as the event's time; ``None``: that of the receipt.
        replaces: makes an earlier work of this handler, which waits in the lane for its next attempt, due
            at once: it is then passed over.
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
        number: of the work itself, in its store.
        attempt: 1 for the first; one during which the process ended counts, too.
        lease: proves that it is still ours.
        position: of the event in its delivery.
        key: the event's first dedupe key, which `first_time` marks it by.
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
    """What came of writing how a run ended.

    Attributes:
        written: false where the lease was lost, so that nothing was written.
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
