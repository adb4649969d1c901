"""Accepting in SQLite: deliveries that share a transaction share its statements, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from math import inf
from typing import Any, NamedTuple, cast

from hookkit.inbox.json_text import write
from hookkit.inbox.records import Accepted, Arrival, Delivery, NewEvent, NewWork, Work
from hookkit.inbox.rows import ARRIVAL, WHOLE, leased_at_once
from hookkit.inbox.sent_keys import begun, find, is_beginning
from hookkit.inbox.sqlite import lanes
from hookkit.inbox.sqlite.file import AGE

__all__ = [
    "Acceptance",
    "Batch",
    "Result",
    "first_marked",
    "insert",
    "ours",
    "receipts",
    "write_events",
]

Key = tuple[str, str]
"""A source, and what it knows an event by."""

Place = tuple[int, int]
"""Receipt and position of an event."""

Mark = tuple[str, str, int, int]
"""A key and a place."""

Result = tuple[Accepted, list[Work]]

NUL = "\\u0000"
"""As JSON has it."""


class Acceptance(NamedTuple):
    """A delivery that is to be accepted. `row`: what `insert` writes, less the receipt."""

    arrival: Arrival
    row: tuple[Any, ...]
    events: Sequence[NewEvent] | None
    lease: str
    seconds: float


@dataclass
class Batch:
    """Deliveries that are accepted in one transaction.

    Attributes:
        now: machine time.
        known: where the events are that have these keys.
        fresh: what is no repeat, by the receipts that they get.
        marks: of what is fresh.
        repeats: receipts under which the others are known.
    """

    connection: sqlite3.Connection
    acceptances: Sequence[Acceptance]
    now: float
    known: dict[Key, Place] = field(default_factory=dict)
    fresh: dict[int, Acceptance] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)

    def accept(self) -> list[Result]:
        """Tell new deliveries from repeats, write the new ones, and give what came of each."""
        self.known = _known(self.connection, self.acceptances)
        numbers = receipts(self.connection)
        accepted = [self._sort(each, numbers) for each in self.acceptances]
        insert(self.connection, [(receipt, *each.row) for receipt, each in self.fresh.items()])
        _hold(self.connection, self.marks, self.now)
        return [(each, self._works(each)) for each in accepted]

    def _sort(self, acceptance: Acceptance, numbers: Iterator[int]) -> Accepted:
        """Note a delivery as new or as a repeat; dead events that came again are revived."""
        arrival = acceptance.arrival
        found = [self._place(arrival, keys) for keys in arrival.looked_up or ((),)]
        places = [place for place in found if place is not None]
        revived = sum(_revive(self.connection, *place, self.now) for place in places)
        if len(places) == len(found):
            self.repeats.append(places[-1][0])
            return Accepted(places[-1][0], duplicate=True, revived=revived)
        receipt = next(numbers)
        self.fresh[receipt] = acceptance
        for position, keys in enumerate(arrival.held):
            # Of several events, some may be known from another delivery, or twice in this one.
            if self._place(arrival, arrival.keys[position]) is None:
                self._hold(arrival, keys, receipt, WHOLE if arrival.heads is None else position)
        return Accepted(receipt, revived=revived)

    def _place(self, arrival: Arrival, keys: Sequence[str]) -> Place | None:
        """Where the event is that has one of these keys."""
        return find(self.known, arrival.source, keys)

    def _hold(self, arrival: Arrival, keys: Sequence[str], receipt: int, position: int) -> None:
        """Note these keys as known, except those that another event has already."""
        for key in keys:
            if (arrival.source, key) not in self.known:
                self.known[arrival.source, key] = (receipt, position)
                self.marks.append((arrival.source, key, receipt, position))

    def _works(self, accepted: Accepted) -> list[Work]:
        """Write the events of a delivery that is expanded at once. Gives the works that are held."""
        receipt = accepted.receipt
        if accepted.duplicate or (acceptance := self.fresh[receipt]).events is None:
            return []
        arrival = acceptance.arrival
        mine = [
            event
            for event in acceptance.events
            if self._place(arrival, event.keys) in (None, (receipt, event.position))
        ]
        until = self.now + acceptance.seconds
        delivery = Delivery(receipt, arrival)
        return write_events(self.connection, delivery, mine, acceptance.lease, self.now, until)


def _known(connection: sqlite3.Connection, acceptances: Iterable[Acceptance]) -> dict[Key, Place]:
    """Where the events are that have a key by which these are looked up."""
    asked: dict[str, list[str]] = {}
    for each in acceptances:
        asked.setdefault(each.arrival.source, []).extend(chain(*each.arrival.looked_up))
    return {
        key: place
        for source, keys in asked.items()
        for key, place in _marked(connection, source, keys).items()
    }


def receipts(connection: sqlite3.Connection) -> Iterator[int]:
    """The receipts of the next deliveries. They are free, as no other process writes in this transaction."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'").fetchone()
    yield from count(1 if row is None else row[0] + 1)


def insert(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write deliveries: receipt, state, why rejected, when it is due, and the columns of `ARRIVAL`."""
    connection.executemany(
        f"INSERT INTO deliveries (receipt, state, reason, due, {ARRIVAL}) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )


def first_marked(connection: sqlite3.Connection, source: str, keys: Sequence[str]) -> Place | None:
    """Where the event is that has one of these keys."""
    return find(_marked(connection, source, keys), source, keys)


def _marked(connection: sqlite3.Connection, source: str, keys: Sequence[str]) -> dict[Key, Place]:
    """Where the events are that have these keys, or keys that begin so."""
    asked = write(keys)
    rows = connection.execute(
        "SELECT marks.key, receipt, position FROM json_each(?) AS asked "
        "CROSS JOIN marks ON marks.source = ? AND marks.key = asked.value",
        (asked, source),
    ).fetchall()
    if NUL in asked:
        rows += _marked_each(connection, source, [key for key in keys if "\0" in key])
    for beginning in filter(is_beginning, keys):
        rows += begun(connection, "marks", "?", source, beginning)
    return {(source, key): (receipt, position) for key, receipt, position in rows}


def _marked_each(
    connection: sqlite3.Connection, source: str, keys: Iterable[str]
) -> Iterator[tuple[str, int, int]]:
    """Key and place of those that are known, each asked for by itself: SQLite's JSON cuts a text at a NUL."""
    for key in keys:
        yield from connection.execute(
            "SELECT key, receipt, position FROM marks WHERE source = ? AND key = ?", (source, key)
        )


def _hold(connection: sqlite3.Connection, marks: Sequence[Mark], now: float) -> None:
    if not marks:
        return
    (age,) = connection.execute(f"SELECT {AGE} FROM clock", (now,)).fetchone()
    connection.executemany(
        "INSERT OR IGNORE INTO marks VALUES (?,?,?,?,?)", [(*mark, age) for mark in marks]
    )


def _revive(connection: sqlite3.Connection, receipt: int, position: int, now: float) -> int:
    """Queue the dead works of an event that came again. How many events that concerns."""
    dead = connection.execute(
        "SELECT number FROM events WHERE receipt = ? AND ? IN (position, -1) AND state = 'dead'",
        (receipt, position),
    ).fetchall()
    for (event,) in dead:
        queued = connection.execute(
            "UPDATE works SET state = 'waiting', attempts = 0, lease = NULL, ended_at = NULL, "
            "due = CASE WHEN lane IS NULL THEN ? ELSE ? END "
            "WHERE event = ? AND state = 'dead' RETURNING source, lane",
            (now, inf, event),
        ).fetchall()
        for source, lane in queued:
            if lane is not None:
                lanes.enter(connection, source, lane, now)
        connection.execute("UPDATE events SET state = 'waiting' WHERE number = ?", (event,))
    return len(dead)


def ours(
    connection: sqlite3.Connection, delivery: Delivery, events: Iterable[NewEvent], now: float
) -> Iterator[NewEvent]:
    """The events that no other delivery has brought, whose keys are held from now on."""
    source = delivery.arrival.source
    for event in events:
        known = first_marked(connection, source, event.keys)
        place = (delivery.receipt, event.position)
        if known is None:
            _hold(connection, [(source, key, *place) for key in event.keys], now)
        if known is None or known == place:
            yield event
        elif delivery.arrival.heads is None:
            # A delivery that was accepted unparsed: that this event has come before is found only now.
            _revive(connection, *known, now)


def write_events(
    connection: sqlite3.Connection,
    delivery: Delivery,
    events: Iterable[NewEvent],
    lease: str,
    now: float,
    until: float,
) -> list[Work]:
    """Write events with their works. Gives the works that are held, leased."""
    held: list[Work] = []
    for event in events:
        number, key = _write_event(connection, delivery, event)
        for work in event.works:
            if not work.held:
                _write_work(connection, delivery, number, work, now)
                continue
            written = _write_leased(connection, delivery, number, work, lease, until)
            held.append(
                leased_at_once(written, number, key, delivery, event.position, work.handler, lease)
            )
    return held


def _write_leased(
    connection: sqlite3.Connection,
    delivery: Delivery,
    event: int,
    work: NewWork,
    lease: str,
    until: float,
) -> int:
    cursor = connection.execute(
        "INSERT INTO works (event, source, handler, state, attempts, due, lease) "
        "VALUES (?,?,?,'waiting',1,?,?)",
        (event, delivery.arrival.source, work.handler, until, lease),
    )
    return cast("int", cursor.lastrowid)


def _write_work(
    connection: sqlite3.Connection, delivery: Delivery, event: int, work: NewWork, now: float
) -> None:
    source = delivery.arrival.source
    due, rank = now, None
    if work.lane is not None:
        due, rank = inf, float(delivery.receipt) if work.rank is None else work.rank
    connection.execute(
        "INSERT INTO works (event, source, handler, state, due, lane, rank) "
        "VALUES (?,?,?,'waiting',?,?,?)",
        (event, source, work.handler, due, work.lane, rank),
    )
    if work.lane is not None:
        lanes.enter(connection, source, work.lane, now)
        if work.replaces:
            lanes.hasten(connection, source, work.lane, work.handler, now)


def _write_event(
    connection: sqlite3.Connection, delivery: Delivery, event: NewEvent
) -> tuple[int, str]:
    """Write an event. Gives its number, and its first key or what stands for one."""
    key = event.keys[0] if event.keys else f"receipt:{delivery.receipt}:{event.position}"
    cursor = connection.execute(
        "INSERT INTO events (receipt, position, source, state, type, event_id, event_time, key) "
        "VALUES (?,?,?,?,?,?,?,?)",
        (
            delivery.receipt,
            event.position,
            delivery.arrival.source,
            "waiting" if event.works else "done",
            event.head.type,
            event.head.id,
            event.head.time,
            key,
        ),
    )
    return cast("int", cursor.lastrowid), key
