"""Accepting in Postgres, in one transaction: what is new, and what came before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from hookkit.inbox.futures import Offered
from hookkit.inbox.postgres import lanes
from hookkit.inbox.postgres.pool import Again
from hookkit.inbox.postgres.text import AGE, clean
from hookkit.inbox.records import Accepted, Arrival, Delivery, NewEvent, NewWork, Work
from hookkit.inbox.rows import ARRIVAL, WHOLE, leased_at_once, values_of
from hookkit.inbox.sent_keys import begun, find, is_beginning

__all__ = [
    "Acceptance",
    "accept",
    "announce",
    "dead_at",
    "first_known",
    "lanes_of",
    "lanes_of_dead",
    "lock_deliveries",
    "revive",
    "write_events",
]

Known = dict[tuple[str, str], tuple[int, int]]
"""Receipt and position of the event that has a source's key."""

Result = tuple[Accepted, list[Work]]


class Acceptance(NamedTuple):
    """A delivery that waits to be accepted. `until`: when whoever waits for it is told no."""

    arrival: Arrival
    events: Sequence[NewEvent] | None
    lease: str
    seconds: float
    until: float
    future: Offered[Result]


Expanded = tuple[Delivery, list[NewEvent], Acceptance]


def announce(connection: Any) -> None:
    """Let those who follow know that receipts are about to be taken: see `PostgresDesk.newer`.

    And wait for who excludes others, before anything is locked for which that one could wait.
    """
    connection.execute("LOCK TABLE hookkit_clock, hookkit_deliveries IN ROW EXCLUSIVE MODE")


def exclude(connection: Any) -> None:
    """Wait for all who write deliveries, and have those who come wait until this transaction has ended.

    By the clock, which all of them lock: a table of one row is never vacuumed for long, for which all would
    wait, too.
    """
    connection.execute("LOCK TABLE hookkit_clock IN EXCLUSIVE MODE")


def accept(connection: Any, batch: Sequence[Acceptance]) -> list[Result]:
    """Write these, and give what came of each."""
    return Batch(connection, batch).accepted()


@dataclass
class Batch:
    """Deliveries that are accepted in one transaction."""

    connection: Any
    acceptances: Sequence[Acceptance]
    known: Known = field(default_factory=dict)
    fresh: list[tuple[int, Acceptance]] = field(default_factory=list)
    keys: list[tuple[str, str, int, int]] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    again: list[tuple[int, int]] = field(default_factory=list)

    def accepted(self) -> list[Result]:
        """Sort them into new ones and repeats, write each kind, and give what came of each."""
        receipts = self._look()
        sorted_ = [self._sort(each, receipts) for each in self.acceptances]
        self._write()
        dead = dead_at(self.connection, self.again)
        expanded = self._expanded()
        entered = (lanes_of(delivery, events) for delivery, events, _ in expanded)
        lanes.lock(self.connection, lanes_of_dead(dead).union(*entered))
        revived = revive(self.connection, dead)
        works = self._write_events(expanded)
        return [
            (
                Accepted(receipt, duplicate, sum(revived.get(place, 0) for place in set(places))),
                [] if duplicate else works.get(receipt, []),
            )
            for receipt, duplicate, places in sorted_
        ]

    def _look(self) -> Iterator[int]:
        """Learn which keys are known. Gives receipts to use."""
        keys = _keys_of(self.acceptances)
        # In a pipeline the next statement does not wait for the answer to the one before.
        with self.connection.pipeline():
            # A request holds no key that a repair holds, too: neither would meet the other's.
            if any(is_beginning(key) for _, key in keys):
                exclude(self.connection)
            announce(self.connection)
            known = self.connection.execute(
                "SELECT source, key, receipt, position FROM hookkit_known WHERE (source, key) IN "
                "(SELECT * FROM unnest(%s::text[], %s::text[]))",
                ([source for source, _ in keys], [key for _, key in keys]),
            )
            numbers = self.connection.execute(
                "SELECT nextval(pg_get_serial_sequence('hookkit_deliveries', 'receipt')) "
                "FROM generate_series(1, %s)",
                (len(self.acceptances),),
            )
        self.known = {
            (source, key): (receipt, position) for source, key, receipt, position in known
        }
        for source, beginning in (key for key in keys if is_beginning(key[1])):
            rows = begun(self.connection, "hookkit_known", "%s", source, beginning)
            self.known |= {(source, key): (receipt, position) for key, receipt, position in rows}
        return iter(sorted(number for (number,) in numbers))

    def _write(self) -> None:
        """Keys, deliveries and repeats."""
        written = None
        with self.connection.pipeline():
            lock_deliveries(self.connection, {receipt for receipt, _ in self.again})
            if self.keys:
                written = self._write_keys()
            self._write_deliveries()
            self._count_repeats()
        if written is not None and written.rowcount != len(self.keys):
            raise Again  # whoever was first has committed: the key is seen now

    def _count_repeats(self) -> None:
        if self.repeats:
            self.connection.execute(
                "UPDATE hookkit_deliveries d SET repeats = repeats + told.times FROM "
                "(SELECT receipt, count(*) AS times FROM unnest(%s::bigint[]) AS receipt GROUP BY 1) told "
                "WHERE d.receipt = told.receipt",
                (sorted(self.repeats),),
            )

    def _sort(
        self, acceptance: Acceptance, receipts: Iterable[int]
    ) -> tuple[int, bool, list[tuple[int, int]]]:
        """The receipt, whether it is a repeat, and where the events are that came again."""
        arrival = acceptance.arrival
        found = [
            first_known(self.known, arrival.source, keys) for keys in arrival.looked_up or ((),)
        ]
        places = [place for place in found if place is not None]
        self.again += places
        if places and None not in found:
            receipt = places[-1][0]
            self.repeats.append(receipt)
            return receipt, True, places
        receipt = next(iter(receipts))
        self.fresh.append((receipt, acceptance))
        for position, keys in enumerate(arrival.held):
            # Of several, those that are known are another's.
            if arrival.heads is None or found[position] is None:
                self._hold(arrival, keys, receipt, WHOLE if arrival.heads is None else position)
        return receipt, False, places

    def _hold(self, arrival: Arrival, keys: Sequence[str], receipt: int, position: int) -> None:
        """Note these keys, but what is known."""
        for key in map(clean, keys):
            if (arrival.source, key) not in self.known:
                self.known[arrival.source, key] = (receipt, position)
                self.keys.append((arrival.source, key, receipt, position))

    def _write_keys(self) -> Any:
        # In one order, so that two batches with the same keys wait for each other one way.
        sources, keys, receipts, positions = zip(*sorted(self.keys), strict=True)
        return self.connection.execute(
            "INSERT INTO hookkit_known "  # a fixed text
            f"SELECT source, key, receipt, position, {AGE} FROM "
            "unnest(%s::text[], %s::text[], %s::bigint[], %s::int[]) "
            "AS given (source, key, receipt, position) ON CONFLICT DO NOTHING",
            (list(sources), list(keys), list(receipts), list(positions)),
        )

    def _write_deliveries(self) -> None:
        if not self.fresh:
            return
        cursor = self.connection.cursor()
        cursor.executemany(
            INSERT_DELIVERY,
            [
                delivery_row(
                    receipt, each.arrival, "accepted" if each.events is None else "expanded"
                )
                for receipt, each in self.fresh
            ],
        )

    def _expanded(self) -> list[Expanded]:
        """What is expanded at once, with the events that are its own."""
        return [
            (Delivery(receipt, each.arrival), self._own(receipt, each, each.events), each)
            for receipt, each in self.fresh
            if each.events is not None
        ]

    def _own(
        self, receipt: int, acceptance: Acceptance, events: Sequence[NewEvent]
    ) -> list[NewEvent]:
        """Those that no other delivery has brought, and no other event of this one is."""
        source = acceptance.arrival.source
        return [
            event
            for event in events
            if not event.keys
            or first_known(self.known, source, event.keys) == (receipt, event.position)
        ]

    def _write_events(self, expanded: Iterable[Expanded]) -> dict[int, list[Work]]:
        """The works that are held, by receipt."""
        return {
            delivery.receipt: write_events(
                self.connection, delivery, events, each.lease, each.seconds
            )
            for delivery, events, each in expanded
        }


INSERT_DELIVERY = (
    f"INSERT INTO hookkit_deliveries (receipt, state, reason, due, {ARRIVAL}) "
    "VALUES (%s,%s,%s,statement_timestamp(),%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)"
)


def delivery_row(
    receipt: int, arrival: Arrival, state: str, reason: str | None = None
) -> tuple[Any, ...]:
    """The values of `INSERT_DELIVERY`."""
    return (receipt, state, reason, *values_of(arrival, clean))


def first_known(known: Known, source: str, keys: Sequence[str]) -> tuple[int, int] | None:
    """Receipt and position of the event that has one of these keys."""
    return find(known, source, map(clean, keys))


def _keys_of(acceptances: Iterable[Acceptance]) -> list[tuple[str, str]]:
    return [
        (each.arrival.source, clean(key))
        for each in acceptances
        for keys in (*each.arrival.looked_up, *each.arrival.holds)
        for key in keys
    ]


def lock_deliveries(connection: Any, receipts: Collection[int]) -> None:
    """Lock these that are there, for the transaction: before any of their events is brought back.

    Else they could be pruned, erased or discarded meanwhile by what has seen them before. Everybody locks in
    one order: deliveries, keys, lanes, events, works.
    """
    if receipts:
        announce(connection)
        connection.execute(
            "SELECT 1 FROM hookkit_deliveries WHERE receipt = ANY(%s) ORDER BY receipt FOR UPDATE",
            (sorted(receipts),),
        )


class Dead(NamedTuple):
    """A dead work, by its event and its lane, if any; and the place at which it came again."""

    event: int
    source: str
    lane: str | None
    place: tuple[int, int]


def dead_at(connection: Any, places: Collection[tuple[int, int]]) -> list[Dead]:
    """The dead works of what came again at these places, of deliveries that are locked."""
    if not places:
        return []
    receipts, positions = zip(*sorted(set(places)), strict=True)
    rows = connection.execute(
        "SELECT e.number, w.source, w.lane, given.receipt, given.position FROM "
        "unnest(%s::bigint[], %s::int[]) AS given (receipt, position) "
        "JOIN hookkit_events e ON e.receipt = given.receipt "
        "AND (given.position = -1 OR e.position = given.position) AND e.state = 'dead' "
        "JOIN hookkit_works w ON w.event = e.number AND w.state = 'dead' ORDER BY e.number",
        (list(receipts), list(positions)),
    )
    return [
        Dead(event, source, lane, (receipt, position))
        for event, source, lane, receipt, position in rows
    ]


def lanes_of_dead(dead: Iterable[Dead]) -> set[tuple[str, str]]:
    """The lanes that `revive` enters."""
    return {(each.source, each.lane) for each in dead if each.lane is not None}


def revive(connection: Any, dead: Sequence[Dead]) -> dict[tuple[int, int], int]:
    """Queue these, whose lanes are locked. How many events there were at each place."""
    if not dead:
        return {}
    numbers = sorted({each.event for each in dead})
    connection.execute(
        "SELECT 1 FROM hookkit_events WHERE number = ANY(%s) ORDER BY number FOR UPDATE", (numbers,)
    )
    # Only those that are dead still: another may have given them up meanwhile.
    rows = connection.execute(
        "UPDATE hookkit_works SET state = 'waiting', attempts = 0, lease = NULL, ended_at = NULL, "
        "due = CASE WHEN lane IS NULL THEN statement_timestamp() ELSE 'infinity' END "
        "WHERE event = ANY(%s) AND state = 'dead' RETURNING event",
        (numbers,),
    )
    revived = {int(event) for (event,) in rows}
    connection.execute(
        "UPDATE hookkit_events SET state = 'waiting' WHERE number = ANY(%s)", (sorted(revived),)
    )
    lanes.enter(connection, lanes_of_dead(dead))
    places = {(each.place, each.event) for each in dead if each.event in revived}
    return Counter(place for place, _ in places)


def lanes_of(delivery: Delivery, events: Iterable[NewEvent]) -> set[tuple[str, str]]:
    """The lanes that `write_events` enters."""
    source = delivery.arrival.source
    works = (work for event in events for work in event.works)
    return {(source, work.lane) for work in works if work.lane is not None}


def write_events(
    connection: Any,
    delivery: Delivery,
    events: Sequence[NewEvent],
    lease: str,
    seconds: float,
) -> list[Work]:
    """A delivery's events with their works, whose lanes are locked; those that are held, leased."""
    held: list[Work] = []
    replacing: set[tuple[str, str]] = set()
    source = delivery.arrival.source
    for event in events:
        key = event.keys[0] if event.keys else f"receipt:{delivery.receipt}:{event.position}"
        (number,) = connection.execute(
            "INSERT INTO hookkit_events (receipt, position, source, state, type, event_id, event_time, key) "
            "VALUES (%s,%s,%s,%s,%s,%s,%s,%s) RETURNING number",
            (
                delivery.receipt,
                event.position,
                source,
                "waiting" if event.works else "done",
                event.head.type,
                event.head.id,
                event.head.time,
                clean(key),
            ),
        ).fetchone()
        for work in event.works:
            written = _write_work(connection, delivery, number, work, lease, seconds)
            if work.lane is not None and work.replaces:
                replacing.add((work.lane, work.handler))
            if work.held:
                held.append(
                    leased_at_once(
                        written, number, key, delivery, event.position, work.handler, lease
                    )
                )
    lanes.enter(connection, lanes_of(delivery, events))
    for lane, handler in sorted(replacing):
        lanes.hasten(connection, source, lane, handler)
    return held


def _write_work(
    connection: Any, delivery: Delivery, event: int, work: NewWork, lease: str, seconds: float
) -> int:
    after, rank = (seconds if work.held else 0.0), None
    if work.lane is not None:
        after, rank = inf, float(delivery.receipt) if work.rank is None else work.rank
    (number,) = connection.execute(
        "INSERT INTO hookkit_works (event, source, handler, state, attempts, lease, due, lane, rank) "
        "VALUES (%s,%s,%s,'waiting',%s,%s,"
        "CASE WHEN %s THEN 'infinity' ELSE statement_timestamp() + make_interval(secs => %s) END,%s,%s) "
        "RETURNING number",
        (
            event,
            delivery.arrival.source,
            work.handler,
            int(work.held),
            lease if work.held else None,
            after == inf,
            0.0 if after == inf else after,
            work.lane,
            rank,
        ),
    ).fetchone()
    return int(number)
