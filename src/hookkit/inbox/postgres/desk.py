"""The desk of a Postgres store."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

from hookkit.errors import InboxError
from hookkit.inbox.book import Book
from hookkit.inbox.desk import Failure, Filter, Kept, KeptEvent, KeptWork, Line, Mark
from hookkit.inbox.postgres import lanes
from hookkit.inbox.postgres.accept import announce, lock_deliveries
from hookkit.inbox.postgres.news import notify
from hookkit.inbox.postgres.pool import Database
from hookkit.inbox.postgres.text import AGE, clean
from hookkit.inbox.records import Arrival, Head
from hookkit.inbox.rows import ARRIVAL, arrival_of, state_of, values_of, where

__all__ = ["PostgresDesk"]

STATE = state_of("hookkit_events")


class PostgresDesk:
    """A `Desk`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.book = Book(database.run, database.run, "known", "hookkit_", "%s", clean)

    # Looking.

    def look(self, wanted: Filter, before: int | None, most: int) -> list[Line]:
        clause, values = where(wanted, "hookkit_events", "%s", clean)

        def look(connection: Any) -> list[Line]:
            rows = connection.execute(
                f"SELECT d.receipt, d.source, {STATE}, d.received_at, d.delivery_id, d.origin, d.repeats, "
                f"length(d.body), d.reason, d.heads FROM hookkit_deliveries d WHERE {clause} "
                "AND (%s::bigint IS NULL OR d.receipt < %s) ORDER BY d.receipt DESC LIMIT %s",
                (*values, before, before, most),
            ).fetchall()
            events = defaultdict(list)
            for receipt, *event in connection.execute(
                "SELECT receipt, type, event_id, state FROM hookkit_events WHERE receipt = ANY(%s) "
                "ORDER BY receipt, position",
                ([row[0] for row in rows],),
            ):
                events[receipt].append(tuple(event))
            return [_line(row, events[row[0]]) for row in rows]

        return self._database.run(look)

    def show(self, receipt: int) -> Kept | None:
        found = self._database.run(
            lambda connection: _kept(connection, "receipt = %s", (receipt,), 1)
        )
        return found[0] if found else None

    def arrivals(self, receipts: Collection[int]) -> list[tuple[int, Arrival]]:
        meant = sorted(receipts)

        def look(connection: Any) -> list[tuple[int, Arrival]]:
            rows = connection.execute(
                f"SELECT receipt, {ARRIVAL} FROM hookkit_deliveries WHERE receipt = ANY(%s) "
                "ORDER BY receipt",
                (meant,),
            )
            return [(receipt, arrival_of(row)) for receipt, *row in rows]

        return self._database.run(look)

    def last(self) -> int:
        return self._database.ask(_last)

    def newer(self, after: int, most: int) -> list[tuple[int, Arrival]]:
        def look(connection: Any) -> list[tuple[int, Arrival]]:
            last = _last(connection)
            if last <= after or not _settled(connection):
                return []
            rows = connection.execute(
                f"SELECT receipt, {ARRIVAL} FROM hookkit_deliveries WHERE receipt > %s AND receipt <= %s "
                "AND state IN ('accepted', 'expanded') ORDER BY receipt LIMIT %s",
                (after, last, most),
            )
            return [(receipt, arrival_of(row)) for receipt, *row in rows]

        return self._database.ask(look)

    def kept(self, after: int, most: int) -> list[Kept]:
        return self._database.run(
            lambda connection: _kept(connection, "receipt > %s", (after,), most)
        )

    def tally(self) -> list[tuple[str, str, int]]:
        def tally(connection: Any) -> list[tuple[str, str, int]]:
            rows = connection.execute(
                "SELECT source, state, count(*) FROM hookkit_deliveries WHERE state <> 'expanded' "
                "GROUP BY source, state UNION ALL "
                "SELECT source, state, count(*) FROM hookkit_events GROUP BY source, state"
            )
            return [(source, state, int(times)) for source, state, times in rows]

        return self._database.run(tally)

    def backlog(self, most: int) -> tuple[int, float]:
        def look(connection: Any) -> tuple[int, float]:
            (count,) = connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM hookkit_works WHERE state = 'waiting' "
                "UNION ALL SELECT 1 FROM hookkit_deliveries WHERE state = 'accepted' LIMIT %s) undone",
                (most,),
            ).fetchone()
            (oldest,) = connection.execute(
                "SELECT coalesce(extract(epoch FROM statement_timestamp() - least("
                "(SELECT min(due) FROM hookkit_works WHERE state = 'waiting' AND isfinite(due)), "
                "(SELECT min(due) FROM hookkit_deliveries WHERE state = 'accepted')))::float8, 0)"
            ).fetchone()
            return int(count), max(0.0, oldest)

        return self._database.run(look)

    def touch(self) -> None:
        self._database.run(
            lambda connection: connection.execute("UPDATE hookkit_clock SET age = age")
        )

    def size(self) -> int:
        def size(connection: Any) -> int:
            (taken,) = connection.execute(
                "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
                "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() "
                "AND c.relkind = 'r' AND c.relname LIKE 'hookkit\\_%%'",
                (),
            ).fetchone()
            return int(taken)

        return self._database.run(size)

    # Changing.

    def queue(self, receipts: Collection[int], handler: tuple[str, str] | None) -> int:
        meant = sorted(receipts)
        source = None if handler is None else handler[0]

        def queue(connection: Any) -> int:
            lock_deliveries(connection, meant)
            again = connection.execute(
                "UPDATE hookkit_deliveries SET state = 'accepted', reason = NULL, lease = NULL, "
                "due = statement_timestamp() WHERE state = 'rejected' AND receipt = ANY(%s)",
                (meant,),
            ).rowcount
            events = [
                number
                for (number,) in connection.execute(
                    "SELECT e.number FROM hookkit_events e JOIN hookkit_deliveries d USING (receipt) "
                    "WHERE d.state = 'expanded' AND receipt = ANY(%s) "
                    "AND (%s::text IS NULL OR e.source = %s)",
                    (meant, source, source),
                )
            ]
            return int(again) + _queue(connection, events, handler)

        queued = self._database.run(queue)
        self._database.ask(notify)
        return queued

    def discard(self, receipts: Collection[int]) -> int:
        meant = sorted(receipts)

        def discard(connection: Any) -> int:
            lock_deliveries(connection, meant)
            unparsed = connection.execute(
                "UPDATE hookkit_deliveries SET state = 'rejected', reason = 'discarded', lease = NULL "
                "WHERE state = 'accepted' AND (lease IS NULL OR due <= statement_timestamp()) "
                "AND receipt = ANY(%s)",
                (meant,),
            ).rowcount
            free = "AND (w.lease IS NULL OR w.due <= statement_timestamp())"
            return int(unparsed) + _give_up(connection, meant, free)

        return self._database.run(discard)

    def prune(self, wanted: Filter, most: int) -> int:
        clause, values = where(wanted, "hookkit_events", "%s", clean)
        finished = (
            f"SELECT d.receipt FROM hookkit_deliveries d WHERE {clause} AND d.state <> 'accepted' "
            "AND NOT EXISTS (SELECT 1 FROM hookkit_events "
            "WHERE receipt = d.receipt AND state = 'waiting')"
        )

        def prune(connection: Any) -> int:
            announce(connection)
            found = connection.execute(
                f"{finished} ORDER BY d.receipt LIMIT %s FOR UPDATE SKIP LOCKED", (*values, most)
            )
            locked = [receipt for (receipt,) in found]
            # Looked at once more: what came again after the first look, and before it was locked, is undone.
            found = connection.execute(f"{finished} AND d.receipt = ANY(%s)", (*values, locked))
            meant = [receipt for (receipt,) in found]
            of_events = "(SELECT number FROM hookkit_events WHERE receipt = ANY(%s))"
            connection.execute(
                "DELETE FROM hookkit_failures WHERE work IN "
                f"(SELECT number FROM hookkit_works WHERE event IN {of_events})",
                (meant,),
            )
            connection.execute(f"DELETE FROM hookkit_works WHERE event IN {of_events}", (meant,))
            connection.execute("DELETE FROM hookkit_events WHERE receipt = ANY(%s)", (meant,))
            connection.execute("DELETE FROM hookkit_deliveries WHERE receipt = ANY(%s)", (meant,))
            return len(meant)

        return self._database.run(prune)

    def erase(self, receipts: Collection[int]) -> int:
        meant = sorted(receipts)

        def erase(connection: Any) -> int:
            lock_deliveries(connection, meant)
            _give_up(connection, meant, "")
            of_works = (
                "(SELECT w.number FROM hookkit_works w JOIN hookkit_events e ON e.number = w.event "
                "WHERE e.receipt = ANY(%s))"
            )
            connection.execute(
                f"UPDATE hookkit_works SET error = '', traceback = '' WHERE number IN {of_works}",
                (meant,),
            )
            connection.execute(f"DELETE FROM hookkit_failures WHERE work IN {of_works}", (meant,))
            return int(
                connection.execute(
                    "UPDATE hookkit_deliveries SET state = 'erased', body = '', headers = '[]', url = '', "
                    "lease = NULL, reason = NULL WHERE state <> 'erased' AND receipt = ANY(%s)",
                    (meant,),
                ).rowcount
            )

        return self._database.run(erase)

    def shrink(self) -> None:
        tables = ("deliveries", "events", "works", "failures", "known")
        with self._database.connect() as connection:  # in no transaction
            for table in tables:
                connection.execute(f"VACUUM (FULL, ANALYZE) hookkit_{table}")

    # Copying.

    def keep(self, items: Sequence[Kept]) -> int:
        def keep(connection: Any) -> int:
            announce(connection)
            lanes.lock(connection, _lanes_of(items))
            new = sum(_keep(connection, item) for item in items)
            connection.execute(
                "SELECT setval(pg_get_serial_sequence('hookkit_deliveries', 'receipt'), "
                "greatest((SELECT max(receipt) FROM hookkit_deliveries), "
                "(SELECT last_value FROM hookkit_deliveries_receipt_seq)))"
            )
            return new

        return self._database.run(keep) if items else 0

    def recast(
        self,
        after: int,
        most: int,
        arrival: Callable[[Arrival], Arrival],
        text: Callable[[str], str],
    ) -> int:
        return self._database.run(
            lambda connection: _recast(connection, after, most, arrival, text)
        )

    def marks(self, after: tuple[str, str] | None, most: int) -> list[Mark]:
        source, key = after or ("", "")

        def marks(connection: Any) -> list[Mark]:
            rows = connection.execute(
                f"SELECT source, key, receipt, position, greatest(0, {AGE} - seen) FROM hookkit_known "
                "WHERE (source, key) > (%s, %s) ORDER BY source, key LIMIT %s",
                (source, key, most),
            )
            return [Mark._make(row) for row in rows]

        return self._database.run(marks)

    def hold(self, marks: Sequence[Mark]) -> int:
        def hold(connection: Any) -> int:
            sources, keys, receipts, positions, known = zip(*sorted(marks), strict=True)
            return int(
                connection.execute(
                    "INSERT INTO hookkit_known "
                    f"SELECT source, key, receipt, position, {AGE} - known_for FROM unnest("
                    "%s::text[], %s::text[], %s::bigint[], %s::int[], %s::float8[]) "
                    "AS given (source, key, receipt, position, known_for) ON CONFLICT DO NOTHING",
                    (
                        list(sources),
                        [clean(key) for key in keys],
                        list(receipts),
                        list(positions),
                        list(known),
                    ),
                ).rowcount
            )

        return self._database.run(hold) if marks else 0


def _line(row: Sequence[Any], events: list[tuple[str, str | None, str]]) -> Line:
    *told, heads = row
    if not events and heads is not None:
        events = [(head[0], head[1], told[2]) for head in json.loads(heads)]
    return Line._make((*told, tuple(events)))


def _kept(connection: Any, clause: str, values: tuple[Any, ...], most: int) -> list[Kept]:
    rows = connection.execute(
        f"SELECT receipt, state, repeats, reason, {ARRIVAL} FROM hookkit_deliveries "
        f"WHERE {clause} ORDER BY receipt LIMIT %s",
        (*values, most),
    ).fetchall()
    receipts = [row[0] for row in rows]
    events = _events(connection, receipts)
    return [
        Kept(
            receipt=receipt,
            state=state,
            arrival=arrival_of(arrival),
            repeats=repeats,
            reason=reason,
            events=tuple(events[receipt]),
        )
        for receipt, state, repeats, reason, *arrival in rows
    ]


def _events(connection: Any, receipts: list[int]) -> dict[int, list[KeptEvent]]:
    """Of these deliveries, by receipt."""
    rows = connection.execute(
        "SELECT receipt, number, position, state, type, event_id, event_time, key FROM hookkit_events "
        "WHERE receipt = ANY(%s) ORDER BY receipt, position",
        (receipts,),
    ).fetchall()
    works = _works(connection, [row[1] for row in rows])
    events: dict[int, list[KeptEvent]] = defaultdict(list)
    for receipt, number, position, state, *head, key in rows:
        events[receipt].append(
            KeptEvent(
                position=position,
                state=state,
                head=Head(*head),
                key=key,
                works=tuple(works[number]),
            )
        )
    return events


def _works(connection: Any, events: list[int]) -> dict[int, list[KeptWork]]:
    """Of these events, by number."""
    rows = connection.execute(
        "SELECT event, number, handler, state, attempts, isfinite(due), "
        "CASE WHEN isfinite(due) THEN extract(epoch FROM due - statement_timestamp())::float8 END, "
        "lease IS NOT NULL AND due > statement_timestamp(), error, traceback, ended_at, lane, rank "
        "FROM hookkit_works WHERE event = ANY(%s) ORDER BY number",
        (events,),
    ).fetchall()
    failures = defaultdict(list)
    for number, *failure in connection.execute(
        "SELECT work, attempt, fate, ended_at, error, traceback FROM hookkit_failures "
        "WHERE work = ANY(%s) ORDER BY ended_at, attempt",
        ([row[1] for row in rows],),
    ):
        failures[number].append(Failure(*failure))
    works: dict[int, list[KeptWork]] = defaultdict(list)
    for event, number, handler, state, attempts, finite, due_in, leased, *told in rows:
        error, traceback, ended_at, lane, rank = told
        behind = not finite and state == "waiting"
        works[event].append(
            KeptWork(
                handler=handler,
                state=state,
                attempts=attempts,
                due_in=None if behind else max(0.0, due_in or 0.0),
                error=error,
                traceback=traceback,
                ended_at=ended_at,
                lane=lane,
                rank=rank,
                leased=leased,
                failures=tuple(failures[number]),
            )
        )
    return works


def _queue(connection: Any, events: list[int], handler: tuple[str, str] | None) -> int:
    """Have these events handled again. How many works."""
    source, name = handler or (None, None)
    meant = "event = ANY(%s) AND (%s::text IS NULL OR handler = %s)"
    values = (events, name, name)
    # Also of what is waiting: it may end before its lane is locked.
    entered = connection.execute(
        f"SELECT DISTINCT source, lane FROM hookkit_works WHERE {meant} AND lane IS NOT NULL",
        values,
    ).fetchall()
    lanes.lock(connection, entered)
    connection.execute(
        "SELECT 1 FROM hookkit_events WHERE number = ANY(%s) ORDER BY number FOR UPDATE", (events,)
    )
    if handler is not None:
        connection.execute(
            "INSERT INTO hookkit_works (event, source, handler, state, due) "
            "SELECT number, %s, %s, 'discarded', '-infinity' FROM unnest(%s::bigint[]) AS number "
            "ON CONFLICT DO NOTHING",
            (source, name, events),
        )
    queued = connection.execute(
        "UPDATE hookkit_works SET state = 'waiting', attempts = 0, lease = NULL, ended_at = NULL, "
        "due = CASE WHEN lane IS NULL THEN statement_timestamp() ELSE 'infinity' END "
        f"WHERE {meant} AND state <> 'waiting' RETURNING event",
        values,
    ).fetchall()
    connection.execute(
        "UPDATE hookkit_events SET state = 'waiting' WHERE number = ANY(%s)",
        ([event for (event,) in queued],),
    )
    lanes.enter(connection, entered)
    return len(queued)


def _give_up(connection: Any, receipts: list[int], free: str) -> int:
    """Discard what is undone of these deliveries. How many works."""
    undone = (
        "FROM hookkit_works w JOIN hookkit_events e ON e.number = w.event "
        f"WHERE w.state IN ('waiting', 'dead') AND e.receipt = ANY(%s) {free}"
    )
    entered = connection.execute(
        f"SELECT DISTINCT w.source, w.lane {undone} AND w.lane IS NOT NULL", (receipts,)
    ).fetchall()
    lanes.lock(connection, entered)
    connection.execute(
        "SELECT 1 FROM hookkit_events WHERE receipt = ANY(%s) ORDER BY number FOR UPDATE",
        (receipts,),
    )
    rows = connection.execute(
        "UPDATE hookkit_works SET state = 'discarded', lease = NULL, error = 'discarded by hand' "
        f"WHERE number IN (SELECT w.number {undone}) RETURNING number, event, source, lane",
        (receipts,),
    ).fetchall()
    connection.execute(
        "UPDATE hookkit_events e SET state = now.state FROM ("
        "SELECT event, CASE WHEN bool_or(state = 'waiting') THEN 'waiting' "
        "WHEN bool_or(state = 'dead') THEN 'dead' ELSE 'done' END AS state "
        "FROM hookkit_works WHERE event = ANY(%s) GROUP BY event) now WHERE e.number = now.event",
        (sorted({event for _, event, _, _ in rows}),),
    )
    for source, lane in sorted({(source, lane) for _, _, source, lane in rows if lane is not None}):
        lanes.leave_by(connection, source, lane, [number for number, *_ in rows])
    return len(rows)


def _recast(
    connection: Any,
    after: int,
    most: int,
    arrival: Callable[[Arrival], Arrival],
    text: Callable[[str], str],
) -> int:
    announce(connection)
    rows = connection.execute(
        f"SELECT receipt, {ARRIVAL} FROM hookkit_deliveries WHERE receipt > %s ORDER BY receipt "
        "LIMIT %s FOR UPDATE",
        (after, most),
    ).fetchall()
    changed = ((receipt, arrival(arrival_of(row))) for receipt, *row in rows)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE hookkit_deliveries SET url = %s, headers = %s, body = %s WHERE receipt = %s",
            [
                (clean(new.url), json.dumps(new.headers), new.body, receipt)
                for receipt, new in changed
            ],
        )
    meant = [row[0] for row in rows]
    of_works = (
        "(SELECT w.number FROM hookkit_works w JOIN hookkit_events e ON e.number = w.event "
        "WHERE e.receipt = ANY(%s))"
    )
    for table, column in (("works", "number"), ("failures", "work")):
        told = connection.execute(
            f"SELECT ctid::text, error, traceback FROM hookkit_{table} WHERE {column} IN {of_works} "
            "AND (error <> '' OR traceback <> '') FOR UPDATE",
            (meant,),
        ).fetchall()
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE hookkit_{table} SET error = %s, traceback = %s WHERE ctid = %s::tid",
                [(text(error), text(traceback), row) for row, error, traceback in told],
            )
    return rows[-1][0] if rows else 0


def _lanes_of(items: Sequence[Kept]) -> set[tuple[str, str]]:
    works = ((each, work) for each in items for event in each.events for work in event.works)
    return {(each.arrival.source, work.lane) for each, work in works if work.lane is not None}


def _keep(connection: Any, item: Kept) -> bool:
    arrival = item.arrival
    found = connection.execute(
        "SELECT source, received_at FROM hookkit_deliveries WHERE receipt = %s", (item.receipt,)
    ).fetchone()
    if found is not None:
        if found != (arrival.source, arrival.received_at):
            raise InboxError(
                f"receipt {item.receipt} is another delivery here: copy into an inbox that is empty"
            )
        return False
    connection.execute(
        f"INSERT INTO hookkit_deliveries (receipt, state, reason, repeats, due, {ARRIVAL}) VALUES "
        "(%s,%s,%s,%s,statement_timestamp(),%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        (item.receipt, item.state, item.reason, item.repeats, *values_of(arrival, clean)),
    )
    for event in item.events:
        _keep_event(connection, item, event)
    return True


def _keep_event(connection: Any, item: Kept, event: KeptEvent) -> None:
    source = item.arrival.source
    (number,) = connection.execute(
        "INSERT INTO hookkit_events (receipt, position, source, state, type, event_id, event_time, key) "
        "VALUES (%s,%s,%s,%s,%s,%s,%s,%s) RETURNING number",
        (item.receipt, event.position, source, event.state, *event.head, clean(event.key)),
    ).fetchone()
    for work in event.works:
        (written,) = connection.execute(
            "INSERT INTO hookkit_works (event, source, handler, state, attempts, due, error, traceback, "
            "ended_at, lane, rank) VALUES (%s,%s,%s,%s,%s,CASE WHEN %s::text IS NULL "
            "THEN statement_timestamp() + make_interval(secs => %s) ELSE 'infinity' END,%s,%s,%s,%s,%s) "
            "RETURNING number",
            (
                number,
                source,
                work.handler,
                work.state,
                work.attempts,
                work.lane,
                work.due_in or 0.0,
                clean(work.error),
                clean(work.traceback),
                work.ended_at,
                work.lane,
                work.rank,
            ),
        ).fetchone()
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO hookkit_failures (work, attempt, fate, ended_at, error, traceback) "
                "VALUES (%s,%s,%s,%s,%s,%s)",
                [(written, *failure) for failure in work.failures],
            )
        if work.lane is not None:
            lanes.enter(connection, [(source, work.lane)])
            if work.state == "done":
                lanes.note_done(connection, source, work.lane, work.rank)


def _last(connection: Any) -> int:
    (receipt,) = connection.execute(
        "SELECT coalesce(max(receipt), 0) FROM hookkit_deliveries"
    ).fetchone()
    return int(receipt)


WRITERS = (
    "SELECT virtualtransaction FROM pg_locks WHERE relation = 'hookkit_deliveries'::regclass "
    "AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"
)
"""Who may have taken a receipt that nobody sees yet: they lock the table before, and until they commit."""


def _settled(connection: Any) -> bool:
    """Wait for those who write now. Whether they have ended; it is not worth a long wait."""
    writing = {each for (each,) in connection.execute(WRITERS)}
    for wait in PAUSES:
        if not writing:
            return True
        time.sleep(wait)
        writing &= {each for (each,) in connection.execute(WRITERS)}
    return not writing


PAUSES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""Seconds. An accepting transaction takes some milliseconds."""
