"""The store in a SQLite file: nothing to install, one machine, any number of processes."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from pathlib import Path

from hookkit.errors import ConfigError, InboxError
from hookkit.inbox import machine_clock
from hookkit.inbox.forks import around_fork
from hookkit.inbox.records import (
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
from hookkit.inbox.rows import ARRIVAL, arrival_of, values_of
from hookkit.inbox.sqlite import lanes
from hookkit.inbox.sqlite.accept import (
    Acceptance,
    Batch,
    Result,
    first_marked,
    insert,
    ours,
    receipts,
    write_events,
)
from hookkit.inbox.sqlite.desk import SQLiteDesk
from hookkit.inbox.sqlite.file import MEMORY, File, primary_code
from hookkit.inbox.sqlite.readings import Readings
from hookkit.inbox.sqlite.writer import Writer
from hookkit.inbox.store import Handlers, Held

__all__ = ["SQLiteStore"]

PAIRS = "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
"""The rows of a parameter that is a JSON array of pairs."""

UNOPENED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
"""SQLite's codes of a file that could not be opened or made."""

OF_RECEIPT = "AND event IN (SELECT number FROM events WHERE receipt = {:d}) "
IS_RECEIPT = "AND receipt = {:d} "


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
        ticking: Callable[[], float] = machine_clock.seconds,
        boot: Callable[[], str] = machine_clock.boot,
    ) -> None:
        if not path:
            raise ConfigError('the inbox has no file: write Inbox("sqlite:///hooks.db")')
        self.path = path if path == MEMORY else str(Path(path).absolute())
        self._clock = clock
        self._ticking = ticking
        self._file = File(self.path, wait, clock, ticking, boot)
        shared = None if path == MEMORY else self.path
        # Receipts of deliveries that came again. Counted later, so that a repeat waits for no disk.
        self._uncounted: deque[int] = deque()
        self._writer = Writer(
            self._file.connect_to_write, wait, self._file.is_current, shared, self._left
        )
        self._readings = Readings(self._file)
        self.desk = SQLiteDesk(self._file, self._readings, self._writer, ticking)
        if self.path != MEMORY:
            # SQLite's locks are the process's: a connection that is open while it forks leaves the child
            # believing that it holds them, and the file is damaged when the parent ends.
            around_fork(self._writer.pause, self._writer.resume)
            around_fork(self._readings.pause, self._readings.resume)

    def open(self) -> None:
        if self.path == MEMORY:
            return  # it is made with the connection, and gone with it
        try:
            # Not the writer's: whoever opens may fork, and SQLite wants no connection carried across.
            with self._readings.reading():
                pass
        except sqlite3.Error as error:
            raise InboxError(f"{self.path}: {error}{_advice(error, self.path)}") from None
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
    ) -> Future[Result]:
        state = "accepted" if events is None else "expanded"
        # Made here and not in the transaction, for which all others wait.
        row = (state, None, self._ticking(), *values_of(arrival))
        acceptance = Acceptance(arrival, row, events, lease, seconds)
        return self._writer.submit_among(self._accept, acceptance)

    def _accept(
        self, connection: sqlite3.Connection, acceptances: Sequence[Acceptance]
    ) -> list[Result]:
        batch = Batch(connection, acceptances, self._ticking())
        results = batch.accept()
        self._uncounted += batch.repeats
        return results

    def _left(self) -> Callable[[sqlite3.Connection], None] | None:
        return self._count_repeats if self._uncounted else None

    def _count_repeats(self, connection: sqlite3.Connection) -> None:
        counted = [self._uncounted.popleft() for _ in range(len(self._uncounted))]
        connection.executemany(
            "UPDATE deliveries SET repeats = repeats + 1 WHERE receipt = ?",
            [(receipt,) for receipt in counted],
        )

    def reject(self, arrival: Arrival, reason: str) -> int:
        row = ("rejected", reason, self._ticking(), *values_of(arrival))

        def reject(connection: sqlite3.Connection) -> int:
            receipt = next(receipts(connection))
            insert(connection, [(receipt, *row)])
            return receipt

        return self._writer.run(reject)

    # Working.

    def take(
        self, source: str, keys: Sequence[str], handlers: Handlers, lease: str, seconds: float
    ) -> list[Work]:
        def take(connection: sqlite3.Connection) -> list[Work]:
            now = self._ticking()
            place = first_marked(connection, source, keys)
            if place is None:
                return []
            if connection.execute(
                "SELECT 1 FROM deliveries WHERE receipt = ? AND state = 'accepted'", place[:1]
            ).fetchone():
                raise Held  # no worker has expanded it yet
            rows = connection.execute(
                "SELECT works.number, works.lease, works.due, works.handler FROM works "
                "JOIN events ON events.number = works.event "
                "WHERE events.receipt = ? AND events.position = ? AND works.state = 'waiting' "
                "AND lane IS NULL ORDER BY works.number",
                place,
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
        known = json.dumps(sorted(handlers))
        sources = json.dumps(sorted({source for source, _ in handlers}))

        def claim(connection: sqlite3.Connection) -> list[Work | Unexpanded]:
            # In here: a lease told before waiting to write could have ended by now.
            now = self._ticking()
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
        def expand(connection: sqlite3.Connection) -> list[Work]:
            now = self._ticking()
            if not self._ends_lease(connection, task, "expanded"):
                return []
            mine = ours(connection, task.delivery, events, now)
            return write_events(connection, task.delivery, mine, task.lease, now, now + seconds)

        return self._writer.submit_undoably(expand)

    def unparseable(self, task: Unexpanded, reason: str) -> None:
        def reject(connection: sqlite3.Connection) -> None:
            if self._ends_lease(connection, task, "rejected", reason):
                connection.execute(
                    "DELETE FROM marks WHERE receipt = ? AND position = -1",
                    (task.delivery.receipt,),
                )

        self._writer.run(reject)

    def _ends_lease(
        self,
        connection: sqlite3.Connection,
        task: Unexpanded,
        state: str,
        reason: str | None = None,
    ) -> bool:
        """Give the delivery this state and its lease up. Whether the lease was still ours."""
        changed = connection.execute(
            "UPDATE deliveries SET state = ?, reason = ?, lease = NULL "
            "WHERE receipt = ? AND lease = ? AND state = 'accepted'",
            (state, reason, task.delivery.receipt, task.lease),
        )
        return changed.rowcount == 1

    def renew(self, leases: Collection[str], seconds: float) -> None:
        under = json.dumps(list(leases))

        def renew(connection: sqlite3.Connection) -> None:
            until = self._ticking() + seconds
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
                freed = lanes.give_turn(connection, source, work.lane, now)
            else:
                done = rank if ended.fate is Fate.DONE else None
                freed = lanes.leave(connection, source, work.lane, done, now)
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
                    lanes.give_turn(connection, source, lane, now)
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


def _of(receipt: int | None, clause: str) -> str:
    """The clause of a query that is about one delivery; none of one that is about all."""
    return "" if receipt is None else clause.format(receipt)


def _advice(error: sqlite3.Error, path: str) -> str:
    """What to look at, where the file could not even be opened or made."""
    if primary_code(error) not in UNOPENED:
        return ""
    folder = Path(path).resolve().parent
    return ". Can this user write there?" if folder.is_dir() else f": there is no folder {folder}"
