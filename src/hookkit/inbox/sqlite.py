"""The store in a SQLite file: nothing to install, one machine, any number of processes."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from math import inf
from pathlib import Path
from typing import Any, cast

from hookkit.errors import ConfigError, InboxError
from hookkit.inbox import machine, sqlite_lanes
from hookkit.inbox.forks import around_fork
from hookkit.inbox.records import (
    Accepted,
    Arrival,
    Counts,
    Delivery,
    Ended,
    Fate,
    Finished,
    NewEvent,
    NewWork,
    Unexpanded,
    Work,
)
from hookkit.inbox.rows import ARRIVAL, arrival_of, leased_at_once, values_of
from hookkit.inbox.sqlite_desk import SQLiteDesk
from hookkit.inbox.sqlite_file import AGE, MEMORY, File
from hookkit.inbox.store import Handlers, Held
from hookkit.inbox.writer import Writer

__all__ = ["SQLiteStore"]

WHOLE = -1
"""Position of the mark of a delivery that is parsed later."""

PAIRS = "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
"""The rows of a parameter that is a JSON array of pairs."""

OF_RECEIPT = "AND event IN (SELECT number FROM events WHERE receipt = {:d}) "
IS_RECEIPT = "AND receipt = {:d} "

Row = tuple[Any, ...]


class SQLiteStore:
    """A `Store` in a file.

    Write-ahead log and ``synchronous=FULL``: what is committed survives a power loss. The file must be on a
    local disk, as SQLite's locks do not hold on most network file systems.

    Args:
        path: of the file, made on first use; ``:memory:`` for tests.
        wait: seconds to wait for another process that is writing; then InboxError.
        clock: unix seconds, for what people read.
        ticking: seconds of the clock that no one sets, for leases and waits.
        boot: which start of the machine `ticking` counts from.

    Raises:
        ConfigError: there is no path.
    """

    poll = 0.25

    def __init__(
        self,
        path: str,
        *,
        wait: float = 5.0,
        clock: Callable[[], float] = time.time,
        ticking: Callable[[], float] = machine.seconds,
        boot: Callable[[], str] = machine.boot,
    ) -> None:
        if not path:
            raise ConfigError('the inbox has no file: write Inbox("sqlite:///hooks.db")')
        self.path = path if path == MEMORY else str(Path(path).absolute())
        self._clock = clock
        self._ticking = ticking
        self._file = File(self.path, wait, clock, ticking, boot)
        shared = None if path == MEMORY else self.path
        # Receipts of what came again: counted soon, so that a repeat waits for no disk.
        self._again: deque[int] = deque()
        self._writer = Writer(
            self._file.connect_to_write, wait, self._file.is_current, shared, self._left
        )
        self.desk = SQLiteDesk(self._file, self._writer, ticking)
        if self.path != MEMORY:
            # SQLite's locks are the process's: a connection that is open while it forks leaves the child
            # believing that it holds them, and the file is damaged when the parent ends.
            around_fork(self._writer.pause, self._writer.resume)

    def open(self) -> None:
        if self.path == MEMORY:
            return  # it is made with the connection, and gone with it
        try:
            # Not the writer's: whoever opens may fork, and SQLite wants no connection carried across.
            self._file.connect().close()
        except sqlite3.Error as error:
            raise InboxError(f"{self.path}: {error}. Can this user write there?") from None
        except OSError as error:
            raise InboxError(f"{self.path}: {error.strerror}. Is it there?") from None

    def close(self) -> None:
        self._writer.close()

    # Accepting.

    def submit(
        self,
        arrival: Arrival,
        events: Sequence[NewEvent] | None = None,
        lease: str = "",
        seconds: float = 0,
    ) -> Future[tuple[Accepted, list[Work]]]:
        now = self._ticking()
        state = "accepted" if events is None else "expanded"
        row = (state, None, now, *values_of(arrival))  # here, as in there all wait for it

        def accept(connection: sqlite3.Connection) -> tuple[Accepted, list[Work]]:
            known, revived = self._known(connection, arrival, now)
            if known is not None:
                return Accepted(known, duplicate=True, revived=revived), []
            receipt = _insert(connection, row)
            if arrival.heads is None and arrival.keys:
                self._mark(connection, arrival.source, arrival.held[0], receipt, WHOLE)
            events_keys = zip(arrival.keys, arrival.held, strict=True)
            for position, (keys, held) in enumerate(
                events_keys if arrival.heads is not None else ()
            ):
                # Of one alone it is known; among several some may be another's, or each other's.
                alone = len(arrival.keys) == 1
                if alone or self._first_marked(connection, arrival.source, keys) is None:
                    self._mark(connection, arrival.source, held, receipt, position)
            works: list[Work] = []
            if events is not None:
                delivery = Delivery(receipt, arrival)
                works = self._write_events(connection, delivery, events, lease, now, seconds)
            return Accepted(receipt, revived=revived), works

        return self._writer.submit(accept)

    def _known(
        self, connection: sqlite3.Connection, arrival: Arrival, now: float
    ) -> tuple[int | None, int]:
        """The receipt under which all of its events are known, or ``None``; and how many it revives."""
        fresh, known, revived = False, None, 0
        for keys in arrival.looked_up or ((),):
            found = self._first_marked(connection, arrival.source, keys)
            if found is None:
                fresh = True
                continue
            known = found[0]
            revived += self._revive(connection, *found, now)
        if fresh or known is None:
            return None, revived
        self._again.append(known)
        return known, revived

    def _left(self) -> Callable[[sqlite3.Connection], None] | None:
        return self._count_repeats if self._again else None

    def _count_repeats(self, connection: sqlite3.Connection) -> None:
        counted = [self._again.popleft() for _ in range(len(self._again))]
        connection.executemany(
            "UPDATE deliveries SET repeats = repeats + 1 WHERE receipt = ?",
            [(receipt,) for receipt in counted],
        )

    def _marked(
        self, connection: sqlite3.Connection, source: str, key: str
    ) -> tuple[int, int] | None:
        """Receipt and position of the event that has this key."""
        row = connection.execute(
            "SELECT receipt, position FROM marks WHERE source = ? AND key = ?", (source, key)
        ).fetchone()
        return cast("tuple[int, int] | None", row)

    def _first_marked(
        self, connection: sqlite3.Connection, source: str, keys: Sequence[str]
    ) -> tuple[int, int] | None:
        """Receipt and position of the event that has one of these keys."""
        marks = (self._marked(connection, source, key) for key in keys)
        return next((mark for mark in marks if mark is not None), None)

    def _mark(
        self,
        connection: sqlite3.Connection,
        source: str,
        keys: Sequence[str],
        receipt: int,
        position: int,
    ) -> None:
        """Hold these keys."""
        if not keys:
            return
        now = self._ticking()
        connection.executemany(
            f"INSERT OR IGNORE INTO marks SELECT ?, ?, ?, ?, {AGE} FROM clock",
            [(source, key, receipt, position, now) for key in keys],
        )

    def _revive(
        self, connection: sqlite3.Connection, receipt: int, position: int, now: float
    ) -> int:
        """Queue the dead works of what came again. How many events have some."""
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
                    sqlite_lanes.enter(connection, source, lane, now)
            connection.execute("UPDATE events SET state = 'waiting' WHERE number = ?", (event,))
        return len(dead)

    def reject(self, arrival: Arrival, reason: str) -> int:
        row = ("rejected", reason, self._ticking(), *values_of(arrival))
        return self._writer.run(lambda connection: _insert(connection, row))

    # Working.

    def take(
        self, source: str, keys: Sequence[str], handlers: Handlers, lease: str, seconds: float
    ) -> list[Work]:
        now = self._ticking()

        def take(connection: sqlite3.Connection) -> list[Work]:
            mark = self._first_marked(connection, source, keys)
            if mark is None:
                return []
            if connection.execute(
                "SELECT 1 FROM deliveries WHERE receipt = ? AND state = 'accepted'", mark[:1]
            ).fetchone():
                raise Held  # a worker is about to expand it
            rows = connection.execute(
                "SELECT works.number, works.lease, works.due, works.handler FROM works "
                "JOIN events ON events.number = works.event "
                "WHERE events.receipt = ? AND events.position = ? AND works.state = 'waiting' "
                "AND lane IS NULL ORDER BY works.number",
                mark,
            ).fetchall()
            if any(held not in (None, lease) and due > now for _, held, due, _ in rows):
                raise Held
            known = {name for each, name in handlers if each == source}
            return [
                self._leased(connection, number, lease, now + seconds)
                for number, held, _, handler in rows
                if handler in known and held != lease
            ]

        return self._writer.run_undoably(take)

    def claim(
        self, handlers: Handlers, lease: str, seconds: float, receipt: int | None = None
    ) -> Work | Unexpanded | None:
        return next(iter(self._claimed(handlers, [lease], seconds, receipt)), None)

    def claim_some(
        self, handlers: Handlers, leases: Sequence[str], seconds: float
    ) -> list[Work | Unexpanded]:
        return self._claimed(handlers, leases, seconds, None)

    def _claimed(
        self, handlers: Handlers, leases: Sequence[str], seconds: float, receipt: int | None
    ) -> list[Work | Unexpanded]:
        now = self._ticking()
        known = json.dumps(sorted(handlers))
        sources = json.dumps(sorted({source for source, _ in handlers}))

        def claim(connection: sqlite3.Connection) -> list[Work | Unexpanded]:
            row = connection.execute(
                "SELECT number FROM works WHERE state = 'waiting' AND due <= ? "
                f"AND (source, handler) IN {PAIRS} {_of(receipt, OF_RECEIPT)}"
                "ORDER BY due, number LIMIT 1",
                (now, known),
            ).fetchone()
            if row is not None:
                return [self._leased(connection, row[0], leases[0], now + seconds)]
            rows = connection.execute(
                "SELECT receipt FROM deliveries WHERE state = 'accepted' AND due <= ? "
                f"AND source IN (SELECT value FROM json_each(?)) {_of(receipt, IS_RECEIPT)}"
                "ORDER BY due, receipt LIMIT ?",
                (now, sources, len(leases)),
            ).fetchall()
            receipts = [receipt for (receipt,) in rows]
            connection.executemany(
                "UPDATE deliveries SET due = ?, lease = ? WHERE receipt = ?",
                [(now + seconds, *each) for each in zip(leases, receipts, strict=False)],
            )
            return [
                Unexpanded(self._delivery(connection, receipt), lease)
                for lease, receipt in zip(leases, receipts, strict=False)
            ]

        return self._writer.run_undoably(claim)

    def due(self, handlers: Handlers, since: float, most: int) -> list[tuple[str, int]]:
        before = self._ticking() - since
        known = json.dumps(sorted(handlers))
        sources = json.dumps(sorted({source for source, _ in handlers}))

        def look(connection: sqlite3.Connection) -> list[tuple[str, int]]:
            rows = connection.execute(
                "SELECT source, receipt, min(due) AS due FROM ("
                "SELECT works.source, receipt, due FROM works JOIN events ON events.number = event "
                f"WHERE works.state = 'waiting' AND due <= ?1 AND (works.source, handler) IN {PAIRS} "
                "UNION ALL SELECT source, receipt, due FROM deliveries "
                "WHERE state = 'accepted' AND due <= ?1 AND source IN (SELECT value FROM json_each(?3))"
                ") GROUP BY source, receipt ORDER BY due, receipt LIMIT ?4",
                (before, known, sources, most),
            )
            return [(source, receipt) for source, receipt, _ in rows]

        return self._writer.run_undoably(look)

    def watch(self, tell: Callable[[], None]) -> Callable[[], None]:
        return lambda: None  # one look costs little here

    def _leased(
        self, connection: sqlite3.Connection, number: int, lease: str, until: float
    ) -> Work:
        """The work, now under this lease, one attempt on."""
        connection.execute(
            "UPDATE works SET attempts = attempts + 1, lease = ?, due = ? WHERE number = ?",
            (lease, until, number),
        )
        event, handler, attempts, receipt, position, key, lane, late, superseded = (
            connection.execute(
                "SELECT event, handler, attempts, receipt, position, key, works.lane, rank < done, "
                "EXISTS (SELECT 1 FROM works n WHERE n.source = works.source AND n.lane = works.lane "
                "AND n.state = 'waiting' AND n.handler = works.handler "
                "AND (n.rank, n.number) > (works.rank, works.number)) FROM works "
                "JOIN events ON events.number = event "
                "LEFT JOIN lanes ON lanes.source = works.source AND lanes.lane = works.lane "
                "WHERE works.number = ?",
                (number,),
            ).fetchone()
        )
        return Work(
            number=number,
            event=event,
            handler=handler,
            attempt=attempts,
            lease=lease,
            position=position,
            key=key,
            delivery=self._delivery(connection, receipt),
            lane=lane,
            late=bool(late),
            superseded=bool(superseded),
        )

    def _delivery(self, connection: sqlite3.Connection, receipt: int) -> Delivery:
        row = connection.execute(
            f"SELECT {ARRIVAL} FROM deliveries WHERE receipt = ?",
            (receipt,),
        ).fetchone()
        return Delivery(receipt, arrival_of(row))

    def expand(self, task: Unexpanded, events: Sequence[NewEvent], seconds: float) -> list[Work]:
        return self.expanding(task, events, seconds).result()

    def expanding(
        self, task: Unexpanded, events: Sequence[NewEvent], seconds: float
    ) -> Future[list[Work]]:
        now = self._ticking()

        def expand(connection: sqlite3.Connection) -> list[Work]:
            if not self._ends_lease(connection, task, "expanded"):
                return []
            return self._write_events(connection, task.delivery, events, task.lease, now, seconds)

        return self._writer.submit_undoably(expand)

    def unparseable(self, task: Unexpanded, reason: str) -> None:
        def reject(connection: sqlite3.Connection) -> None:
            if self._ends_lease(connection, task, "rejected", reason):
                connection.execute("DELETE FROM marks WHERE receipt = ?", (task.delivery.receipt,))

        self._writer.run(reject)

    def _ends_lease(
        self,
        connection: sqlite3.Connection,
        task: Unexpanded,
        state: str,
        reason: str | None = None,
    ) -> bool:
        changed = connection.execute(
            "UPDATE deliveries SET state = ?, reason = ?, lease = NULL "
            "WHERE receipt = ? AND lease = ? AND state = 'accepted'",
            (state, reason, task.delivery.receipt, task.lease),
        )
        return changed.rowcount == 1

    def _write_events(
        self,
        connection: sqlite3.Connection,
        delivery: Delivery,
        events: Sequence[NewEvent],
        lease: str,
        now: float,
        seconds: float,
    ) -> list[Work]:
        """The events of which no other delivery has a key, with their works; those that are held."""
        source = delivery.arrival.source
        held: list[Work] = []
        for event in events:
            known = self._first_marked(connection, source, event.keys)
            if known is None:
                self._mark(connection, source, event.keys, delivery.receipt, event.position)
            elif known != (delivery.receipt, event.position):
                # Another delivery brought it. What is parsed later is known to come again only now.
                if delivery.arrival.heads is None:
                    self._revive(connection, *known, now)
                continue
            number, key = self._write_event(connection, delivery, event)
            for work in event.works:
                if not work.held:
                    self._write_work(connection, delivery, number, work, now)
                    continue
                written = self._write_leased(
                    connection, delivery, number, work, lease, now + seconds
                )
                held.append(
                    leased_at_once(
                        written, number, key, delivery, event.position, work.handler, lease
                    )
                )
        return held

    def _write_leased(
        self,
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
        self,
        connection: sqlite3.Connection,
        delivery: Delivery,
        event: int,
        work: NewWork,
        now: float,
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
            sqlite_lanes.enter(connection, source, work.lane, now)
            if work.replaces:
                sqlite_lanes.hasten(connection, source, work.lane, work.handler, now)

    def _write_event(
        self, connection: sqlite3.Connection, delivery: Delivery, event: NewEvent
    ) -> tuple[int, str]:
        """Its number, and its first key or what stands for one."""
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

    def renew(self, leases: Collection[str], seconds: float) -> None:
        until, under = self._ticking() + seconds, json.dumps(list(leases))

        def renew(connection: sqlite3.Connection) -> None:
            for table in ("works", "deliveries"):
                state = "waiting" if table == "works" else "accepted"
                connection.execute(
                    f"UPDATE {table} SET due = ? WHERE state = '{state}' "  # fixed texts
                    "AND lease IN (SELECT value FROM json_each(?))",
                    (until, under),
                )

        self._writer.run_undoably(renew)

    def finish(self, work: Work, ended: Ended) -> Finished:
        return self.finishing(work, ended).result()

    def finishing(self, work: Work, ended: Ended) -> Future[Finished]:
        now, at = self._ticking(), self._clock()

        def finish(connection: sqlite3.Connection) -> Finished:
            row = connection.execute(
                "UPDATE works SET state = ?, due = ?, lease = NULL, error = ?, traceback = ?, ended_at = ? "
                "WHERE number = ? AND lease = ? AND state = 'waiting' RETURNING source, rank",
                (
                    ended.fate,
                    now + ended.after,
                    ended.error,
                    ended.traceback,
                    at,
                    work.number,
                    work.lease,
                ),
            ).fetchone()
            if row is None:
                return Finished(written=False)
            if ended.fate is not Fate.DONE:
                connection.execute(
                    "INSERT INTO failures VALUES (?,?,?,?,?,?)",
                    (work.number, work.attempt, ended.fate, at, ended.error, ended.traceback),
                )
            if ended.fate is not Fate.RETRY:
                self._settle(connection, work.event)
            if work.lane is None:
                return Finished(written=True)
            source, rank = row
            if ended.fate is Fate.RETRY:
                freed = sqlite_lanes.give_turn(connection, source, work.lane, now)
            else:
                done = rank if ended.fate is Fate.DONE else None
                freed = sqlite_lanes.leave(connection, source, work.lane, done, now)
            return Finished(written=True, freed=freed)

        return self._writer.submit(finish)

    def _settle(self, connection: sqlite3.Connection, event: int) -> None:
        """An event is as its works are: waiting while one is, then dead where one is."""
        states = {
            state
            for (state,) in connection.execute(
                "SELECT DISTINCT state FROM works WHERE event = ?", (event,)
            )
        }
        if "waiting" not in states:
            state = "dead" if "dead" in states else "done"
            connection.execute("UPDATE events SET state = ? WHERE number = ?", (state, event))

    def release(self, leases: Collection[str]) -> None:
        now, under = self._ticking(), json.dumps(list(leases))

        def release(connection: sqlite3.Connection) -> None:
            released = connection.execute(
                "UPDATE works SET lease = NULL, due = ?, attempts = attempts - 1 "
                "WHERE state = 'waiting' AND lease IN (SELECT value FROM json_each(?)) "
                "RETURNING source, lane",
                (now, under),
            ).fetchall()
            for source, lane in released:
                if lane is not None:
                    sqlite_lanes.give_turn(connection, source, lane, now)
            connection.execute(
                "UPDATE deliveries SET lease = NULL, due = ? WHERE state = 'accepted' "
                "AND lease IN (SELECT value FROM json_each(?))",
                (now, under),
            )

        self._writer.run_undoably(release)

    # Looking.

    def counts(self, handlers: Handlers = ()) -> Counts:
        known = json.dumps(sorted(handlers))

        def count(connection: sqlite3.Connection) -> Counts:
            self._count_repeats(connection)
            by_state = {
                table: dict(
                    connection.execute(f"SELECT state, count(*) FROM {table} GROUP BY state")
                )
                for table in ("deliveries", "events", "works")
            }
            (repeats,) = connection.execute(
                "SELECT coalesce(sum(repeats), 0) FROM deliveries"
            ).fetchone()
            (orphaned,) = connection.execute(
                "SELECT count(*) FROM works WHERE state = 'waiting' "
                f"AND (source, handler) NOT IN {PAIRS}",
                (known,),
            ).fetchone()
            return Counts(**by_state, duplicates=repeats, orphaned=orphaned)

        return self._writer.run_undoably(count)

    def prune_marks(self, source: str, keep: float) -> int:
        def prune(connection: sqlite3.Connection) -> int:
            before = self._file.grow_older(connection) - keep
            pruned = connection.execute(
                "DELETE FROM marks WHERE source = ? AND seen < ?", (source, before)
            )
            return pruned.rowcount

        return self._writer.run(prune)


def _insert(connection: sqlite3.Connection, row: Row) -> int:
    """Write a delivery: its state, why it was rejected, when it is due, and the columns of `ARRIVAL`."""
    cursor = connection.execute(
        f"INSERT INTO deliveries (state, reason, due, {ARRIVAL}) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        row,
    )
    return cast("int", cursor.lastrowid)


def _of(receipt: int | None, clause: str) -> str:
    """The clause of a query that is about one delivery; none of one that is about all."""
    return "" if receipt is None else clause.format(receipt)
