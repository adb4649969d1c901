"""The store in a Postgres database: any number of machines."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from hookkit.errors import InboxError
from hookkit.inbox.postgres import lanes
from hookkit.inbox.postgres.accept import (
    INSERT_DELIVERY,
    Dead,
    announce,
    dead_at,
    delivery_row,
    lanes_of,
    lanes_of_dead,
    lock_deliveries,
    revive,
    write_events,
)
from hookkit.inbox.postgres.accepting import Accepting
from hookkit.inbox.postgres.desk import PostgresDesk
from hookkit.inbox.postgres.news import Listener
from hookkit.inbox.postgres.pool import Database
from hookkit.inbox.postgres.schema import migrate
from hookkit.inbox.postgres.text import AGE, clean
from hookkit.inbox.records import (
    Accepted,
    Arrival,
    Counts,
    Delivery,
    Ended,
    Fate,
    Finished,
    NewEvent,
    Unexpanded,
    Work,
)
from hookkit.inbox.rows import ARRIVAL, arrival_of
from hookkit.inbox.store import Handlers, Held

__all__ = ["PostgresStore"]

R = TypeVar("R")

MATCHING = "(source, handler) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
"""Takes the sources and the names of handlers, as two arrays."""

LATER = "statement_timestamp() + make_interval(secs => %s)"

NOT_SYNCED = "set_config('synchronous_commit', 'off', true) = 'off'"
"""Always true: the transaction does not wait for the disk. For leases, which a crash of the server ends."""

DELIVERY = ", ".join(f"d.{column}" for column in ("receipt", *ARRIVAL.split(", ")))

LEASED = (
    "UPDATE hookkit_works SET attempts = attempts + 1, lease = %s, "
    f"due = {LATER} "
    "WHERE number = {which} "
    f"AND {NOT_SYNCED} RETURNING number, event, handler, attempts, source, lane, rank"
)

SUPERSEDED = (
    "EXISTS (SELECT FROM hookkit_works n WHERE n.source = leased.source AND n.lane = leased.lane "
    "AND n.state = 'waiting' AND n.handler = leased.handler "
    "AND (n.rank, n.number) > (leased.rank, leased.number))"
)

WORK = (
    "WITH leased AS ({update}) "
    "SELECT leased.number, leased.event, leased.handler, leased.attempts, e.position, e.key, leased.lane, "
    f"coalesce(leased.rank < l.done, false), {SUPERSEDED}, {DELIVERY} "
    "FROM leased JOIN hookkit_events e ON e.number = leased.event "
    "JOIN hookkit_deliveries d ON d.receipt = e.receipt "
    "LEFT JOIN hookkit_lanes l ON l.source = leased.source AND l.lane = leased.lane"
)

NEXT = (
    "(SELECT number FROM hookkit_works WHERE state = 'waiting' AND due <= statement_timestamp() "
    f"AND {MATCHING} "
    "{of} ORDER BY due, number LIMIT 1 FOR UPDATE SKIP LOCKED)"
)

CLAIM = WORK.replace("{update}", LEASED.replace("{which}", NEXT.replace("{of}", "")))
CLAIM_OF = WORK.replace(
    "{update}",
    LEASED.replace(
        "{which}",
        NEXT.replace("{of}", "AND event IN (SELECT number FROM hookkit_events WHERE receipt = %s)"),
    ),
)
LEASE_ONE = WORK.replace("{update}", LEASED.replace("{which}", "%s"))

CLAIM_DELIVERY = (
    "WITH leased AS (UPDATE hookkit_deliveries SET lease = %s, "
    f"due = {LATER} WHERE receipt = (SELECT receipt FROM hookkit_deliveries WHERE state = 'accepted' "
    "AND due <= statement_timestamp() AND source = ANY(%s) AND (%s::bigint IS NULL OR receipt = %s) "
    f"ORDER BY due, receipt LIMIT 1 FOR UPDATE SKIP LOCKED) AND {NOT_SYNCED} RETURNING *) "
    f"SELECT {DELIVERY} FROM leased d"
)

CLAIM_DELIVERIES = (
    "WITH next AS (SELECT receipt, row_number() OVER (ORDER BY due, receipt) AS place FROM ("
    "SELECT receipt, due FROM hookkit_deliveries WHERE state = 'accepted' "
    "AND due <= statement_timestamp() AND source = ANY(%s) "
    "ORDER BY due, receipt LIMIT %s FOR UPDATE SKIP LOCKED) found), "
    "leased AS (UPDATE hookkit_deliveries d SET lease = (%s::text[])[next.place], "
    f"due = {LATER} FROM next WHERE d.receipt = next.receipt AND {NOT_SYNCED} RETURNING d.*, next.place) "
    f"SELECT d.lease, {DELIVERY} FROM leased d ORDER BY d.place"
)


class PostgresStore:
    """A `Store` in the tables ``hookkit_…`` of a database's current schema; made on first use.

    Args:
        url: ``postgresql://user@host/database``, or libpq's ``name=value`` form.
        connections: at most, of each process; and one more where workers run, for news.
        wait: seconds to wait for a connection or a lock; then InboxError.
        clock: unix seconds, for what people read.

    Raises:
        ConfigError: psycopg is not installed, or this is no such URL.
    """

    poll = 1.0

    def __init__(
        self,
        url: str,
        *,
        connections: int = 4,
        wait: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._database = Database(url, connections, wait)
        self.desk = PostgresDesk(self._database)
        self._accepting = Accepting(self._database, max(1, connections // 2), wait)

    def open(self) -> None:
        # Not by the pool: that tries for seconds where there is no such database, and does not say why. And
        # this process may fork now, and carries no connection across.
        self._database.run_alone(migrate)

    def close(self) -> None:
        self._accepting.close()
        self._database.close()

    # Accepting.

    def submit(
        self,
        arrival: Arrival,
        events: Sequence[NewEvent] | None = None,
        lease: str = "",
        seconds: float = 0,
    ) -> Future[tuple[Accepted, list[Work]]]:
        return self._accepting.submit(arrival, events, lease, seconds)

    def reject(self, arrival: Arrival, reason: str) -> int:
        def reject(connection: Any) -> int:
            announce(connection)
            (receipt,) = connection.execute(
                "SELECT nextval(pg_get_serial_sequence('hookkit_deliveries', 'receipt'))"
            ).fetchone()
            connection.execute(INSERT_DELIVERY, delivery_row(receipt, arrival, "rejected", reason))
            return int(receipt)

        return self._database.run(reject)

    # Working.

    def take(
        self, source: str, keys: Sequence[str], handlers: Handlers, lease: str, seconds: float
    ) -> list[Work]:
        def take(connection: Any) -> list[Work]:
            found = dict(
                connection.execute(
                    "SELECT key, (receipt, position) FROM hookkit_known WHERE source = %s AND key = ANY(%s)",
                    (source, [clean(key) for key in keys]),
                ).fetchall()
            )
            place = next((found[clean(key)] for key in keys if clean(key) in found), None)
            if place is None:
                return []
            receipt, position = map(int, place)
            if connection.execute(
                "SELECT 1 FROM hookkit_deliveries WHERE receipt = %s AND state = 'accepted'",
                (receipt,),
            ).fetchone():
                raise Held  # a worker is about to expand it
            rows = connection.execute(
                "SELECT w.number, w.lease, w.due > statement_timestamp(), w.handler "
                "FROM hookkit_works w JOIN hookkit_events e ON e.number = w.event "
                "WHERE e.receipt = %s AND e.position = %s AND w.state = 'waiting' AND w.lane IS NULL "
                "ORDER BY w.number FOR UPDATE OF w",
                (receipt, position),
            ).fetchall()
            if any(held not in (None, lease) and alive for _, held, alive, _ in rows):
                raise Held
            known = {name for each, name in handlers if each == source}
            return [
                _work(connection.execute(LEASE_ONE, (lease, seconds, number)).fetchone(), lease)
                for number, held, _, handler in rows
                if handler in known and held != lease
            ]

        return self._database.run(take)

    def claim(
        self, handlers: Handlers, lease: str, seconds: float, receipt: int | None = None
    ) -> Work | Unexpanded | None:
        sources = [source for source, _ in handlers]
        names = [name for _, name in handlers]

        def claim(connection: Any) -> Work | Unexpanded | None:
            given: tuple[Any, ...] = (lease, seconds, sources, names)
            statement = CLAIM
            if receipt is not None:
                statement, given = CLAIM_OF, (*given, receipt)
            row = connection.execute(statement, given).fetchone()
            if row is not None:
                return _work(row, lease)
            row = connection.execute(
                CLAIM_DELIVERY, (lease, seconds, sorted(set(sources)), receipt, receipt)
            ).fetchone()
            return None if row is None else Unexpanded(_delivery(row), lease)

        return self._database.ask(claim)

    def claim_some(
        self, handlers: Handlers, leases: Sequence[str], seconds: float
    ) -> list[Work | Unexpanded]:
        sources = [source for source, _ in handlers]
        names = [name for _, name in handlers]

        def claim(connection: Any) -> list[Work | Unexpanded]:
            row = connection.execute(CLAIM, (leases[0], seconds, sources, names)).fetchone()
            if row is not None:
                return [_work(row, leases[0])]
            rows = connection.execute(
                CLAIM_DELIVERIES, (sorted(set(sources)), len(leases), list(leases), seconds)
            ).fetchall()
            return [Unexpanded(_delivery(delivery), lease) for lease, *delivery in rows]

        return self._database.ask(claim)

    def due(self, handlers: Handlers, since: float, most: int) -> list[tuple[str, int]]:
        sources = [source for source, _ in handlers]
        names = [name for _, name in handlers]

        def look(connection: Any) -> list[tuple[str, int]]:
            rows = connection.execute(
                "SELECT source, receipt FROM ("
                "SELECT w.source, e.receipt, w.due FROM hookkit_works w "
                "JOIN hookkit_events e ON e.number = w.event WHERE w.state = 'waiting' "
                "AND w.due <= statement_timestamp() - make_interval(secs => %s) AND (w.source, w.handler) "
                "IN (SELECT * FROM unnest(%s::text[], %s::text[])) "
                "UNION ALL SELECT source, receipt, due FROM hookkit_deliveries WHERE state = 'accepted' "
                "AND due <= statement_timestamp() - make_interval(secs => %s) AND source = ANY(%s)"
                ") found GROUP BY source, receipt ORDER BY min(due), receipt LIMIT %s",
                (since, sources, names, since, sorted(set(sources)), most),
            )
            return [(source, int(receipt)) for source, receipt in rows]

        return self._database.run(look)

    def watch(self, tell: Callable[[], None]) -> Callable[[], None]:
        return Listener(self._database, tell).stop

    def expand(self, task: Unexpanded, events: Sequence[NewEvent], seconds: float) -> list[Work]:
        delivery = task.delivery

        def expand(connection: Any) -> list[Work]:
            if delivery.arrival.heads is None:
                lock_deliveries(connection, _concerned(connection, delivery, events))
            if not _ends_lease(connection, task, "expanded"):
                return []
            known = _hold(connection, delivery, events)
            mine = [
                event
                for event in events
                if known[event.position] in (None, (delivery.receipt, event.position))
            ]
            dead = _dead_elsewhere(connection, delivery, known)
            lanes.lock(connection, lanes_of_dead(dead) | lanes_of(delivery, mine))
            revive(connection, dead)
            return write_events(connection, delivery, mine, task.lease, seconds)

        return self._database.run(expand)

    def expanding(
        self, task: Unexpanded, events: Sequence[NewEvent], seconds: float
    ) -> Future[list[Work]]:
        return _at_once(lambda: self.expand(task, events, seconds))

    def unparseable(self, task: Unexpanded, reason: str) -> None:
        def reject(connection: Any) -> None:
            if _ends_lease(connection, task, "rejected", reason):
                connection.execute(
                    "DELETE FROM hookkit_known WHERE receipt = %s AND position = -1",
                    (task.delivery.receipt,),
                )

        self._database.run(reject)

    def renew(self, leases: Collection[str], seconds: float) -> None:
        def renew(connection: Any) -> None:
            for table, state in (("deliveries", "accepted"), ("works", "waiting")):
                connection.execute(
                    f"UPDATE hookkit_{table} SET due = {LATER} "  # fixed texts
                    f"WHERE state = %s AND lease = ANY(%s) AND {NOT_SYNCED}",
                    (seconds, state, list(leases)),
                )

        self._database.run(renew)

    def finish(self, work: Work, ended: Ended) -> Finished:
        source = work.delivery.arrival.source

        def finish(connection: Any) -> Finished:
            if work.lane is not None:
                lanes.lock(connection, [(source, work.lane)])
            with connection.pipeline():
                # Locked, so that of two handlers that end together one sees the other.
                connection.execute(
                    "SELECT 1 FROM hookkit_events WHERE number = %s FOR UPDATE", (work.event,)
                )
                changed = connection.execute(
                    f"UPDATE hookkit_works SET state = %s, due = {LATER}, lease = NULL, "
                    "error = %s, traceback = %s, ended_at = %s "
                    "WHERE number = %s AND lease = %s AND state = 'waiting' RETURNING rank",
                    (
                        str(ended.fate),
                        ended.after,
                        clean(ended.error),
                        clean(ended.traceback),
                        self._clock(),
                        work.number,
                        work.lease,
                    ),
                )
                connection.execute(SETTLE, (work.event,))
            row = changed.fetchone()
            if row is None:
                return Finished(written=False)
            if ended.fate is not Fate.DONE:
                connection.execute(
                    "INSERT INTO hookkit_failures VALUES (%s,%s,%s,%s,%s,%s)",
                    (
                        work.number,
                        work.attempt,
                        str(ended.fate),
                        self._clock(),
                        clean(ended.error),
                        clean(ended.traceback),
                    ),
                )
            if work.lane is None:
                return Finished(written=True)
            if ended.fate is Fate.RETRY:
                freed = lanes.give_turn(connection, source, work.lane)
            else:
                done = row[0] if ended.fate is Fate.DONE else None
                freed = lanes.leave(connection, source, work.lane, done)
            return Finished(written=True, freed=freed)

        return self._database.run(finish)

    def finishing(self, work: Work, ended: Ended) -> Future[Finished]:
        return _at_once(lambda: self.finish(work, ended))

    def release(self, leases: Collection[str]) -> None:
        def release(connection: Any) -> None:
            under = list(leases)
            connection.execute(
                "UPDATE hookkit_deliveries SET lease = NULL, due = statement_timestamp() "
                "WHERE state = 'accepted' AND lease = ANY(%s)",
                (under,),
            )
            entered = connection.execute(
                "SELECT source, lane FROM hookkit_works WHERE state = 'waiting' AND lease = ANY(%s) "
                "AND lane IS NOT NULL",
                (under,),
            ).fetchall()
            lanes.lock(connection, entered)
            connection.execute(
                "UPDATE hookkit_works SET lease = NULL, due = statement_timestamp(), "
                "attempts = attempts - 1 WHERE state = 'waiting' AND lease = ANY(%s)",
                (under,),
            )
            for source, lane in sorted(set(entered)):
                lanes.give_turn(connection, source, lane)

        self._database.run(release)

    # Looking.

    def counts(self, handlers: Handlers = ()) -> Counts:
        def count(connection: Any) -> Counts:
            by_state = {
                table: dict(
                    connection.execute(
                        f"SELECT state, count(*) FROM hookkit_{table} GROUP BY state"
                    ).fetchall()
                )
                for table in ("deliveries", "events", "works")
            }
            (repeats,) = connection.execute(
                "SELECT coalesce(sum(repeats), 0)::bigint FROM hookkit_deliveries"
            ).fetchone()
            (orphaned,) = connection.execute(
                f"SELECT count(*) FROM hookkit_works WHERE state = 'waiting' AND NOT {MATCHING}",
                ([source for source, _ in handlers], [name for _, name in handlers]),
            ).fetchone()
            return Counts(**by_state, duplicates=repeats, orphaned=orphaned)

        return self._database.run(count)

    def prune_marks(self, source: str, keep: float) -> int:
        def count(connection: Any) -> None:
            connection.execute(
                f"UPDATE hookkit_clock SET age = {AGE}, counted_at = clock_timestamp()"
            )

        def prune(connection: Any) -> int:
            pruned = connection.execute(
                "DELETE FROM hookkit_known WHERE source = %s "
                "AND seen < (SELECT age FROM hookkit_clock) - %s",
                (source, keep),
            )
            return int(pruned.rowcount)

        self._database.run(count)  # by itself: whoever excludes others waits for it
        return self._database.run(prune)

    def __repr__(self) -> str:
        return f"<PostgresStore {self._database!r}>"


SETTLE = (
    "UPDATE hookkit_events e SET state = now.state FROM ("
    "SELECT CASE WHEN bool_or(state = 'waiting') THEN 'waiting' "
    "WHEN bool_or(state = 'dead') THEN 'dead' ELSE 'done' END AS state, event "
    "FROM hookkit_works WHERE event = %s GROUP BY event) now "
    "WHERE e.number = now.event AND e.state <> now.state"
)
"""An event is as its works are: waiting while one is, then dead where one is."""


def _ends_lease(connection: Any, task: Unexpanded, state: str, reason: str | None = None) -> bool:
    changed = connection.execute(
        "UPDATE hookkit_deliveries SET state = %s, reason = %s, lease = NULL "
        "WHERE receipt = %s AND lease = %s AND state = 'accepted'",
        (state, reason, task.delivery.receipt, task.lease),
    )
    return bool(changed.rowcount == 1)


def _hold(
    connection: Any, delivery: Delivery, events: Sequence[NewEvent]
) -> dict[int, tuple[int, int] | None]:
    """Hold the keys of these events where none is known. For each position, where it is known from."""
    source = delivery.arrival.source
    found: dict[int, tuple[int, int] | None] = {}
    for event in sorted(events, key=lambda each: each.keys):
        place = _place(connection, source, event.keys)
        if place is None and event.keys:
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO hookkit_known VALUES (%s, %s, %s, %s, {AGE}) ON CONFLICT DO NOTHING",
                    [
                        (source, clean(key), delivery.receipt, event.position)
                        for key in sorted(event.keys)
                    ],
                )
            # Another may have been first meanwhile.
            place = _place(connection, source, event.keys)
        found[event.position] = place
    return found


def _concerned(connection: Any, delivery: Delivery, events: Sequence[NewEvent]) -> set[int]:
    """The delivery's receipt, and those of others that have brought some of these events."""
    found = connection.execute(
        "SELECT receipt FROM hookkit_known WHERE source = %s AND key = ANY(%s)",
        (delivery.arrival.source, [clean(key) for event in events for key in event.keys]),
    )
    return {delivery.receipt, *(int(receipt) for (receipt,) in found)}


def _dead_elsewhere(
    connection: Any, delivery: Delivery, known: Mapping[int, tuple[int, int] | None]
) -> list[Dead]:
    """The dead works of what another delivery had brought; these are known to come again only now."""
    if delivery.arrival.heads is not None:
        return []
    own = {(delivery.receipt, position) for position in known}
    places = {place for place in known.values() if place is not None} - own
    # Most of these are locked, but those that came since then.
    lock_deliveries(connection, {receipt for receipt, _ in places})
    return dead_at(connection, places)


def _place(connection: Any, source: str, keys: Sequence[str]) -> tuple[int, int] | None:
    if not keys:
        return None
    cleaned = [clean(key) for key in keys]
    row = connection.execute(
        "SELECT receipt, position FROM hookkit_known WHERE source = %s AND key = ANY(%s) "
        "ORDER BY array_position(%s::text[], key) LIMIT 1",
        (source, cleaned, cleaned),
    ).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def _work(row: Sequence[Any], lease: str) -> Work:
    number, event, handler, attempts, position, key, lane, late, superseded, *delivery = row
    return Work(
        number=number,
        event=event,
        handler=handler,
        attempt=attempts,
        lease=lease,
        position=position,
        key=key,
        delivery=_delivery(delivery),
        lane=lane,
        late=late,
        superseded=superseded,
    )


def _delivery(row: Sequence[Any]) -> Delivery:
    receipt, *arrival = row
    return Delivery(receipt, arrival_of(arrival))


def _at_once(job: Callable[[], R]) -> Future[R]:
    """What comes of it, in a transaction of its own: two that hold several rows may lock each other."""
    future: Future[R] = Future()
    try:
        future.set_result(job())
    except InboxError as error:
        future.set_exception(error)
    return future
