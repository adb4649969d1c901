"""The desk of a SQLite store."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from hookkit.errors import InboxError
from hookkit.inbox.book import Book
from hookkit.inbox.desk import Failure, Filter, Kept, KeptEvent, KeptWork, Line, Mark
from hookkit.inbox.records import Arrival, Head
from hookkit.inbox.rows import ARRIVAL, arrival_of, state_of, values_of, where
from hookkit.inbox.sqlite import lanes
from hookkit.inbox.sqlite.file import MEMORY, File
from hookkit.inbox.sqlite.readings import Readings
from hookkit.inbox.sqlite.writer import Writer

__all__ = ["SQLiteDesk"]

R = TypeVar("R")

STATE = state_of("events")

AMONG = "(SELECT value FROM json_each(?))"


class SQLiteDesk:
    """A `Desk`. It reads over connections of its own, beside the writer."""

    def __init__(
        self, file: File, readings: Readings, writer: Writer, ticking: Callable[[], float]
    ) -> None:
        self._file = file
        self._readings = readings
        self._writer = writer
        self._ticking = ticking
        self.book = Book(self._read, writer.run)

    def _read(self, job: Callable[[sqlite3.Connection], R]) -> R:
        if self._file.path == MEMORY:
            return self._writer.run(job)  # there is one connection alone
        try:
            with self._readings.reading() as connection:
                return job(connection)
        except sqlite3.Error as error:
            raise InboxError(f"the inbox cannot be read: {error}") from None

    # Looking.

    def look(self, wanted: Filter, before: int | None, most: int) -> list[Line]:
        clause, values = where(wanted, "events", "?")

        def look(connection: sqlite3.Connection) -> list[Line]:
            rows = connection.execute(
                f"SELECT d.receipt, d.source, {STATE}, d.received_at, d.delivery_id, d.origin, d.repeats, "
                f"length(d.body), d.reason, d.heads FROM deliveries d WHERE {clause} AND d.receipt < ? "
                "ORDER BY d.receipt DESC LIMIT ?",
                (*values, inf if before is None else before, most),
            ).fetchall()
            return [self._line(connection, row) for row in rows]

        return self._read(look)

    def _line(self, connection: sqlite3.Connection, row: tuple[Any, ...]) -> Line:
        *columns, heads = row
        events = connection.execute(
            "SELECT type, event_id, state FROM events WHERE receipt = ? ORDER BY position",
            columns[:1],
        ).fetchall()
        if not events and heads is not None:
            events = [(head[0], head[1], columns[2]) for head in json.loads(heads)]
        return Line._make((*columns, tuple(events)))

    def show(self, receipt: int) -> Kept | None:
        return self._read(
            lambda connection: next(self._kept(connection, receipt - 1, 1, receipt), None)
        )

    def arrivals(self, receipts: Collection[int]) -> list[tuple[int, Arrival]]:
        meant = json.dumps(sorted(receipts))

        def look(connection: sqlite3.Connection) -> list[tuple[int, Arrival]]:
            rows = connection.execute(
                f"SELECT receipt, {ARRIVAL} FROM deliveries WHERE receipt IN {AMONG} ORDER BY receipt",
                (meant,),
            )
            return [(receipt, arrival_of(row)) for receipt, *row in rows]

        return self._read(look)

    def last(self) -> int:
        def look(connection: sqlite3.Connection) -> int:
            (receipt,) = connection.execute(
                "SELECT coalesce(max(receipt), 0) FROM deliveries"
            ).fetchone()
            return int(receipt)

        return self._read(look)

    def newer(self, after: int, most: int) -> list[tuple[int, Arrival]]:
        def look(connection: sqlite3.Connection) -> list[tuple[int, Arrival]]:
            rows = connection.execute(
                f"SELECT receipt, {ARRIVAL} FROM deliveries WHERE receipt > ? "
                "AND state IN ('accepted', 'expanded') ORDER BY receipt LIMIT ?",
                (after, most),
            )
            return [(receipt, arrival_of(row)) for receipt, *row in rows]

        return self._read(look)

    def kept(self, after: int, most: int) -> list[Kept]:
        return self._read(lambda connection: list(self._kept(connection, after, most, inf)))

    def _kept(
        self, connection: sqlite3.Connection, after: int, most: int, last: float
    ) -> Iterator[Kept]:
        now = self._ticking()
        rows = connection.execute(
            f"SELECT receipt, state, repeats, reason, {ARRIVAL} FROM deliveries "
            "WHERE receipt > ? AND receipt <= ? ORDER BY receipt LIMIT ?",
            (after, last, most),
        ).fetchall()
        for receipt, state, repeats, reason, *arrival in rows:
            yield Kept(
                receipt=receipt,
                state=state,
                arrival=arrival_of(arrival),
                repeats=repeats,
                reason=reason,
                events=tuple(self._events(connection, receipt, now)),
            )

    def _events(
        self, connection: sqlite3.Connection, receipt: int, now: float
    ) -> Iterator[KeptEvent]:
        rows = connection.execute(
            "SELECT number, position, state, type, event_id, event_time, key FROM events "
            "WHERE receipt = ? ORDER BY position",
            (receipt,),
        ).fetchall()
        for number, position, state, *head, key in rows:
            yield KeptEvent(
                position=position,
                state=state,
                head=Head(*head),
                key=key,
                works=tuple(self._works(connection, number, now)),
            )

    def _works(self, connection: sqlite3.Connection, event: int, now: float) -> Iterator[KeptWork]:
        rows = connection.execute(
            "SELECT number, handler, state, attempts, due, lease, error, traceback, ended_at, lane, rank "
            "FROM works WHERE event = ? ORDER BY number",
            (event,),
        ).fetchall()
        for number, handler, state, attempts, due, lease, *ending in rows:
            error, traceback, ended_at, lane, rank = ending
            failures = connection.execute(
                "SELECT attempt, fate, ended_at, error, traceback FROM failures WHERE work = ? "
                "ORDER BY rowid",
                (number,),
            ).fetchall()
            yield KeptWork(
                handler=handler,
                state=state,
                attempts=attempts,
                due_in=None if due == inf else max(0.0, due - now),
                error=error,
                traceback=traceback,
                ended_at=ended_at,
                lane=lane,
                rank=rank,
                leased=lease is not None and due > now,
                failures=tuple(Failure(*each) for each in failures),
            )

    def tally(self) -> list[tuple[str, str, int]]:
        return self._read(
            lambda connection: connection.execute(
                "SELECT source, state, count(*) FROM deliveries WHERE state <> 'expanded' "
                "GROUP BY source, state UNION ALL "
                "SELECT source, state, count(*) FROM events GROUP BY source, state"
            ).fetchall()
        )

    def backlog(self, most: int) -> tuple[int, float]:
        now = self._ticking()

        def look(connection: sqlite3.Connection) -> tuple[int, float]:
            (count,) = connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM works WHERE state = 'waiting' "
                "UNION ALL SELECT 1 FROM deliveries WHERE state = 'accepted' LIMIT ?)",
                (most,),
            ).fetchone()
            dues = [
                connection.execute(
                    f"SELECT min(due) FROM {table} WHERE state = '{state}'"
                ).fetchone()[0]
                for table, state in (("works", "waiting"), ("deliveries", "accepted"))
            ]
            return count, max([0.0, *(now - due for due in dues if due is not None)])

        return self._read(look)

    def touch(self) -> None:
        def touch(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE clock SET wall = wall")

        self._writer.run(touch)

    def size(self) -> int:
        if self._file.path == MEMORY:
            return 0
        paths = [Path(self._file.path + suffix) for suffix in ("", "-wal")]
        return sum(path.stat().st_size for path in paths if path.exists())

    # Changing.

    def queue(self, receipts: Collection[int], handler: tuple[str, str] | None) -> int:
        now, meant = self._ticking(), json.dumps(sorted(receipts))
        source, name = handler or ("", "")

        def queue(connection: sqlite3.Connection) -> int:
            again = connection.execute(
                "UPDATE deliveries SET state = 'accepted', reason = NULL, lease = NULL, due = ? "
                f"WHERE state = 'rejected' AND receipt IN {AMONG} RETURNING receipt",
                (now, meant),
            ).fetchall()
            events = connection.execute(
                "SELECT number FROM events WHERE receipt IN (SELECT receipt FROM deliveries "
                f"WHERE state = 'expanded' AND receipt IN {AMONG}) AND (? = '' OR source = ?)",
                (meant, source, source),
            ).fetchall()
            if handler is not None:
                connection.executemany(
                    "INSERT OR IGNORE INTO works (event, source, handler, state, due) "
                    "VALUES (?, ?, ?, 'discarded', 0)",
                    [(number, source, name) for (number,) in events],
                )
            return len(again) + sum(
                self._queue_event(connection, number, name, now) for (number,) in events
            )

        return self._writer.run(queue)

    def _queue_event(
        self, connection: sqlite3.Connection, event: int, handler: str, now: float
    ) -> int:
        queued = connection.execute(
            "UPDATE works SET state = 'waiting', attempts = 0, lease = NULL, ended_at = NULL, "
            "due = CASE WHEN lane IS NULL THEN ? ELSE ? END "
            "WHERE event = ? AND state <> 'waiting' AND (? = '' OR handler = ?) RETURNING source, lane",
            (now, inf, event, handler, handler),
        ).fetchall()
        if queued:
            connection.execute("UPDATE events SET state = 'waiting' WHERE number = ?", (event,))
        for source, lane in set(queued):
            if lane is not None:
                lanes.enter(connection, source, lane, now)
        return len(queued)

    def discard(self, receipts: Collection[int]) -> int:
        now, meant = self._ticking(), json.dumps(sorted(receipts))

        def discard(connection: sqlite3.Connection) -> int:
            unparsed = connection.execute(
                "UPDATE deliveries SET state = 'rejected', reason = 'discarded', lease = NULL "
                f"WHERE state = 'accepted' AND (lease IS NULL OR due <= ?) AND receipt IN {AMONG}",
                (now, meant),
            ).rowcount
            return unparsed + self._give_up(
                connection,
                f"receipt IN {AMONG} AND (works.lease IS NULL OR due <= ?)",
                (meant, now),
                now,
            )

        return self._writer.run(discard)

    def _give_up(
        self, connection: sqlite3.Connection, clause: str, values: tuple[Any, ...], now: float
    ) -> int:
        """Discard the undone works for which the clause is true. Gives how many."""
        rows = connection.execute(
            "SELECT works.number, event, works.source, lane FROM works "
            "JOIN events ON events.number = event "
            f"WHERE works.state IN ('waiting', 'dead') AND {clause}",
            values,
        ).fetchall()
        for number, event, source, lane in rows:
            connection.execute(
                "UPDATE works SET state = 'discarded', lease = NULL, error = 'discarded by hand' "
                "WHERE number = ?",
                (number,),
            )
            connection.execute(
                "UPDATE events SET state = CASE "
                "WHEN EXISTS (SELECT 1 FROM works WHERE event = ?1 AND state = 'waiting') THEN 'waiting' "
                "WHEN EXISTS (SELECT 1 FROM works WHERE event = ?1 AND state = 'dead') THEN 'dead' "
                "ELSE 'done' END WHERE number = ?1",
                (event,),
            )
            if lane is not None:
                lanes.leave_by(connection, source, lane, number, now)
        return len(rows)

    def prune(self, wanted: Filter, most: int) -> int:
        clause, values = where(wanted, "events", "?")

        def prune(connection: sqlite3.Connection) -> int:
            rows = connection.execute(
                f"SELECT d.receipt FROM deliveries d WHERE {clause} AND d.state <> 'accepted' "
                "AND NOT EXISTS (SELECT 1 FROM events WHERE receipt = d.receipt AND state = 'waiting') "
                "ORDER BY d.receipt LIMIT ?",
                (*values, most),
            ).fetchall()
            meant = (json.dumps([receipt for (receipt,) in rows]),)
            of_events = f"(SELECT number FROM events WHERE receipt IN {AMONG})"
            connection.execute(
                f"DELETE FROM failures WHERE work IN (SELECT number FROM works WHERE event IN {of_events})",
                meant,
            )
            connection.execute(f"DELETE FROM works WHERE event IN {of_events}", meant)
            connection.execute(f"DELETE FROM events WHERE receipt IN {AMONG}", meant)
            connection.execute(f"DELETE FROM deliveries WHERE receipt IN {AMONG}", meant)
            return len(rows)

        return self._writer.run(prune)

    def erase(self, receipts: Collection[int]) -> int:
        now, meant = self._ticking(), json.dumps(sorted(receipts))

        def erase(connection: sqlite3.Connection) -> int:
            self._give_up(connection, f"receipt IN {AMONG}", (meant,), now)
            of_works = (
                "(SELECT works.number FROM works JOIN events ON events.number = event "
                f"WHERE receipt IN {AMONG})"
            )
            connection.execute(
                f"UPDATE works SET error = '', traceback = '' WHERE number IN {of_works}", (meant,)
            )
            connection.execute(f"DELETE FROM failures WHERE work IN {of_works}", (meant,))
            return connection.execute(
                "UPDATE deliveries SET state = 'erased', body = x'', headers = '[]', url = '', "
                f"lease = NULL, reason = NULL WHERE state <> 'erased' AND receipt IN {AMONG}",
                (meant,),
            ).rowcount

        return self._writer.run(erase)

    def shrink(self) -> None:
        if self._file.path != MEMORY:
            self._writer.between(_shrink)

    # Copying.

    def keep(self, items: Sequence[Kept]) -> int:
        now = self._ticking()

        def keep(connection: sqlite3.Connection) -> int:
            return sum(self._keep(connection, item, now) for item in items)

        return self._writer.run(keep)

    def _keep(self, connection: sqlite3.Connection, item: Kept, now: float) -> bool:
        arrival = item.arrival
        found = connection.execute(
            "SELECT source, received_at FROM deliveries WHERE receipt = ?", (item.receipt,)
        ).fetchone()
        if found is not None:
            if found != (arrival.source, arrival.received_at):
                raise InboxError(
                    f"receipt {item.receipt} is another delivery here: copy into an inbox that is empty"
                )
            return False
        connection.execute(
            f"INSERT INTO deliveries (receipt, state, reason, repeats, due, {ARRIVAL}) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (item.receipt, item.state, item.reason, item.repeats, now, *values_of(arrival)),
        )
        for event in item.events:
            self._keep_event(connection, item, event, now)
        return True

    def _keep_event(
        self, connection: sqlite3.Connection, item: Kept, event: KeptEvent, now: float
    ) -> None:
        source = item.arrival.source
        number = connection.execute(
            "INSERT INTO events (receipt, position, source, state, type, event_id, event_time, key) "
            "VALUES (?,?,?,?,?,?,?,?)",
            (item.receipt, event.position, source, event.state, *event.head, event.key),
        ).lastrowid
        for work in event.works:
            due = inf if work.lane is not None else now + (work.due_in or 0.0)
            written = connection.execute(
                "INSERT INTO works (event, source, handler, state, attempts, due, error, traceback, "
                "ended_at, lane, rank) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (
                    number,
                    source,
                    work.handler,
                    work.state,
                    work.attempts,
                    due,
                    work.error,
                    work.traceback,
                    work.ended_at,
                    work.lane,
                    work.rank,
                ),
            ).lastrowid
            connection.executemany(
                "INSERT INTO failures (work, attempt, fate, ended_at, error, traceback) "
                "VALUES (?,?,?,?,?,?)",
                [(written, *failure) for failure in work.failures],
            )
            if work.lane is not None:
                lanes.enter(connection, source, work.lane, now)
                if work.state == "done":
                    lanes.note_done(connection, source, work.lane, work.rank)

    def recast(
        self,
        after: int,
        most: int,
        arrival: Callable[[Arrival], Arrival],
        text: Callable[[str], str],
    ) -> int:
        def recast(connection: sqlite3.Connection) -> int:
            rows = connection.execute(
                f"SELECT receipt, {ARRIVAL} FROM deliveries WHERE receipt > ? ORDER BY receipt LIMIT ?",
                (after, most),
            ).fetchall()
            for receipt, *row in rows:
                new = arrival(arrival_of(row))
                connection.execute(
                    "UPDATE deliveries SET url = ?, headers = ?, body = ? WHERE receipt = ?",
                    (new.url, json.dumps(new.headers), new.body, receipt),
                )
            meant = json.dumps([row[0] for row in rows])
            of_events = f"(SELECT number FROM events WHERE receipt IN {AMONG})"
            of_works = f"(SELECT number FROM works WHERE event IN {of_events})"
            for table, clause in (
                ("works", f"event IN {of_events}"),
                ("failures", f"work IN {of_works}"),
            ):
                texts = connection.execute(
                    f"SELECT rowid, error, traceback FROM {table} WHERE {clause} "
                    "AND (error <> '' OR traceback <> '')",
                    (meant,),
                ).fetchall()
                connection.executemany(
                    f"UPDATE {table} SET error = ?, traceback = ? WHERE rowid = ?",
                    [(text(error), text(traceback), row) for row, error, traceback in texts],
                )
            return rows[-1][0] if rows else 0

        return self._writer.run(recast)

    def marks(self, after: tuple[str, str] | None, most: int) -> list[Mark]:
        def marks(connection: sqlite3.Connection) -> list[Mark]:
            age = self._file.age(connection)
            rows = connection.execute(
                "SELECT source, key, receipt, position, seen FROM marks WHERE (source, key) > (?, ?) "
                "ORDER BY source, key LIMIT ?",
                (*(after or ("", "")), most),
            )
            return [Mark._make((*columns, max(0.0, age - seen))) for *columns, seen in rows]

        return self._read(marks)

    def hold(self, marks: Sequence[Mark]) -> int:
        def hold(connection: sqlite3.Connection) -> int:
            age = self._file.age(connection)
            return connection.executemany(
                "INSERT OR IGNORE INTO marks (source, key, receipt, position, seen) VALUES (?,?,?,?,?)",
                [(*mark[:4], age - mark.known_for) for mark in marks],
            ).rowcount

        return self._writer.run(hold)


def _shrink(connection: sqlite3.Connection) -> None:
    # The copy that it makes is as large as all that is kept, and no memory need be.
    connection.execute("PRAGMA temp_store = FILE")
    try:
        connection.execute("VACUUM")
    finally:
        connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
