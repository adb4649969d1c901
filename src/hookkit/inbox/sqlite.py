"""The store in a SQLite file: nothing to install, one machine, any number of processes."""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from hookkit.errors import ConfigError, InboxError
from hookkit.inbox import machine
from hookkit.inbox.forks import around_fork
from hookkit.inbox.records import (
    Accepted,
    Arrival,
    Counts,
    Delivery,
    Ended,
    Fate,
    Head,
    NewEvent,
    Unexpanded,
    Work,
)
from hookkit.inbox.store import Handlers, Held
from hookkit.inbox.writer import Writer

__all__ = ["SQLiteStore"]

logger = logging.getLogger("hookkit.inbox")

VERSIONS = ("sqlite_0001.sql",)
"""Scripts that make the schema, each from what the one before has made. Never edited once published."""

MEMORY = ":memory:"

WHOLE = -1
"""Position of the mark of a delivery that is parsed later."""

PAIRS = "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
"""The rows of a parameter that is a JSON array of pairs."""

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
        self._wait = wait
        self._clock = clock
        self._ticking = ticking
        self._boot = boot
        self._identity: tuple[int, int] | None = None
        self._writer = Writer(self._connect_to_write, wait, self._is_current)
        if self.path != MEMORY:
            # SQLite's locks are the process's: a connection that is open while it forks leaves the child
            # believing that it holds them, and the file is damaged when the parent ends.
            around_fork(self._writer.pause, self._writer.resume)

    def open(self) -> None:
        if self.path == MEMORY:
            return  # it is made with the connection, and gone with it
        try:
            # Not the writer's: whoever opens may fork, and SQLite wants no connection carried across.
            self._connect().close()
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

        def accept(connection: sqlite3.Connection) -> tuple[Accepted, list[Work]]:
            known, revived = self._known(connection, arrival, now)
            if known is not None:
                return Accepted(known, duplicate=True, revived=revived), []
            state = "accepted" if events is None else "expanded"
            receipt = self._insert(connection, arrival, state, now)
            if arrival.heads is None and arrival.keys:
                self._mark(connection, arrival.source, arrival.keys[0], receipt, WHOLE)
            for position, keys in enumerate(arrival.keys if arrival.heads is not None else ()):
                if self._first_marked(connection, arrival.source, keys) is None:
                    self._mark(connection, arrival.source, keys, receipt, position)
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
        for keys in arrival.keys or ((),):
            found = self._first_marked(connection, arrival.source, keys)
            if found is None:
                fresh = True
                continue
            known = found[0]
            revived += self._revive(connection, *found, now)
        if fresh or known is None:
            return None, revived
        connection.execute(
            "UPDATE deliveries SET repeats = repeats + 1 WHERE receipt = ?", (known,)
        )
        return known, revived

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
        age = self._age(connection)
        connection.executemany(
            "INSERT OR IGNORE INTO marks VALUES (?, ?, ?, ?, ?)",
            [(source, key, receipt, position, age) for key in keys],
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
            connection.execute(
                "UPDATE works SET state = 'waiting', attempts = 0, due = ?, lease = NULL, ended_at = NULL "
                "WHERE event = ? AND state = 'dead'",
                (now, event),
            )
            connection.execute("UPDATE events SET state = 'waiting' WHERE number = ?", (event,))
        return len(dead)

    def _insert(
        self,
        connection: sqlite3.Connection,
        arrival: Arrival,
        state: str,
        now: float,
        reason: str | None = None,
    ) -> int:
        cursor = connection.execute(
            "INSERT INTO deliveries (source, state, method, url, headers, received_at, secret, signed_at, "
            "age, delivery_id, heads, keys, reason, due, body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                arrival.source,
                state,
                arrival.method,
                arrival.url,
                json.dumps(arrival.headers),
                arrival.received_at,
                arrival.secret,
                arrival.signed_at,
                arrival.age,
                arrival.delivery_id,
                None if arrival.heads is None else json.dumps(arrival.heads),
                json.dumps(arrival.keys),
                reason,
                now,
                arrival.body,
            ),
        )
        return cast("int", cursor.lastrowid)

    def reject(self, arrival: Arrival, reason: str) -> int:
        now = self._ticking()
        return self._writer.run(
            lambda connection: self._insert(connection, arrival, "rejected", now, reason)
        )

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
                "ORDER BY works.number",
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

    def claim(self, handlers: Handlers, lease: str, seconds: float) -> Work | Unexpanded | None:
        now = self._ticking()
        known = json.dumps(sorted(handlers))
        sources = json.dumps(sorted({source for source, _ in handlers}))

        def claim(connection: sqlite3.Connection) -> Work | Unexpanded | None:
            row = connection.execute(
                "SELECT number FROM works WHERE state = 'waiting' AND due <= ? "  # noqa: S608
                f"AND (source, handler) IN {PAIRS} "
                "ORDER BY due, number LIMIT 1",
                (now, known),
            ).fetchone()
            if row is not None:
                return self._leased(connection, row[0], lease, now + seconds)
            row = connection.execute(
                "SELECT receipt FROM deliveries WHERE state = 'accepted' AND due <= ? "
                "AND source IN (SELECT value FROM json_each(?)) ORDER BY due, receipt LIMIT 1",
                (now, sources),
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE deliveries SET due = ?, lease = ? WHERE receipt = ?",
                (now + seconds, lease, row[0]),
            )
            return Unexpanded(self._delivery(connection, row[0]), lease)

        return self._writer.run_undoably(claim)

    def _leased(
        self, connection: sqlite3.Connection, number: int, lease: str, until: float
    ) -> Work:
        """The work, now under this lease, one attempt on."""
        connection.execute(
            "UPDATE works SET attempts = attempts + 1, lease = ?, due = ? WHERE number = ?",
            (lease, until, number),
        )
        event, handler, attempts, receipt, position, key = connection.execute(
            "SELECT event, handler, attempts, receipt, position, key FROM works "
            "JOIN events ON events.number = event WHERE works.number = ?",
            (number,),
        ).fetchone()
        return Work(
            number=number,
            event=event,
            handler=handler,
            attempt=attempts,
            lease=lease,
            position=position,
            key=key,
            delivery=self._delivery(connection, receipt),
        )

    def _delivery(self, connection: sqlite3.Connection, receipt: int) -> Delivery:
        row = connection.execute(
            "SELECT source, method, url, headers, body, received_at, secret, signed_at, age, "
            "delivery_id, heads, keys FROM deliveries WHERE receipt = ?",
            (receipt,),
        ).fetchone()
        return Delivery(receipt, _arrival(row))

    def expand(self, task: Unexpanded, events: Sequence[NewEvent], seconds: float) -> list[Work]:
        now = self._ticking()

        def expand(connection: sqlite3.Connection) -> list[Work]:
            if not self._ends_lease(connection, task, "expanded"):
                return []
            return self._write_events(connection, task.delivery, events, task.lease, now, seconds)

        return self._writer.run_undoably(expand)

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
            number = self._write_event(connection, delivery, event)
            for work in event.works:
                cursor = connection.execute(
                    "INSERT INTO works (event, source, handler, state, due) VALUES (?,?,?,'waiting',?)",
                    (number, source, work.handler, now),
                )
                if work.held:
                    work_number = cast("int", cursor.lastrowid)
                    held.append(self._leased(connection, work_number, lease, now + seconds))
        return held

    def _write_event(
        self, connection: sqlite3.Connection, delivery: Delivery, event: NewEvent
    ) -> int:
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
                event.keys[0] if event.keys else f"receipt:{delivery.receipt}:{event.position}",
            ),
        )
        return cast("int", cursor.lastrowid)

    def renew(self, leases: Collection[str], seconds: float) -> None:
        until, under = self._ticking() + seconds, json.dumps(list(leases))

        def renew(connection: sqlite3.Connection) -> None:
            for table in ("works", "deliveries"):
                state = "waiting" if table == "works" else "accepted"
                connection.execute(
                    f"UPDATE {table} SET due = ? WHERE state = '{state}' "  # noqa: S608  # fixed texts
                    "AND lease IN (SELECT value FROM json_each(?))",
                    (until, under),
                )

        self._writer.run_undoably(renew)

    def finish(self, work: Work, ended: Ended) -> bool:
        due, at = self._ticking() + ended.after, self._clock()

        def finish(connection: sqlite3.Connection) -> bool:
            changed = connection.execute(
                "UPDATE works SET state = ?, due = ?, lease = NULL, error = ?, traceback = ?, ended_at = ? "
                "WHERE number = ? AND lease = ? AND state = 'waiting'",
                (ended.fate, due, ended.error, ended.traceback, at, work.number, work.lease),
            )
            if changed.rowcount != 1:
                return False
            if ended.fate is not Fate.RETRY:
                self._settle(connection, work.event)
            return True

        return self._writer.run(finish)

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
            connection.execute(
                "UPDATE works SET lease = NULL, due = ?, attempts = attempts - 1 WHERE state = 'waiting' "
                "AND lease IN (SELECT value FROM json_each(?))",
                (now, under),
            )
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
            by_state = {
                table: dict(
                    connection.execute(f"SELECT state, count(*) FROM {table} GROUP BY state")  # noqa: S608
                )
                for table in ("deliveries", "events", "works")
            }
            (repeats,) = connection.execute(
                "SELECT coalesce(sum(repeats), 0) FROM deliveries"
            ).fetchone()
            (orphaned,) = connection.execute(
                "SELECT count(*) FROM works WHERE state = 'waiting' "  # noqa: S608
                f"AND (source, handler) NOT IN {PAIRS}",
                (known,),
            ).fetchone()
            return Counts(**by_state, duplicates=repeats, orphaned=orphaned)

        return self._writer.run(count)

    def prune_marks(self, source: str, keep: float) -> int:
        def prune(connection: sqlite3.Connection) -> int:
            before = self._grow_older(connection) - keep
            pruned = connection.execute(
                "DELETE FROM marks WHERE source = ? AND seen < ?", (source, before)
            )
            return pruned.rowcount

        return self._writer.run(prune)

    # The file.

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self._wait, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_to_write(self) -> sqlite3.Connection:
        """A connection whose transactions the writer itself waits to begin."""
        connection = self._connect()
        connection.execute("PRAGMA busy_timeout = 0")
        self._identity = self._on_disk()
        return connection

    def _is_current(self) -> bool:
        """Whether the file is the one that is open: what is written to a deleted file is lost."""
        return self._on_disk() == self._identity

    def _on_disk(self) -> tuple[int, int] | None:
        if self.path == MEMORY:
            return None
        try:
            found = os.stat(self.path)  # noqa: PTH116  # once a transaction, and a Path costs more than that
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Make the schema what this version knows; of several processes one does, the others wait."""
        if self._version(connection) == len(VERSIONS):
            self._rebase(connection)
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            for script in VERSIONS[self._version(connection) :]:
                text = files("hookkit.inbox").joinpath("sql", script).read_text(encoding="utf-8")
                for statement in _statements(text):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(VERSIONS)}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
            raise
        self._rebase(connection)

    def _version(self, connection: sqlite3.Connection) -> int:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(VERSIONS):
            raise InboxError(
                f"{self.path} was made by a newer hookkit (schema {version}, this one knows "
                f"{len(VERSIONS)}): upgrade hookkit here, or use another file"
            )
        return int(version)

    def _rebase(self, connection: sqlite3.Connection) -> None:
        """After a new start of the machine, count from that: nobody holds a lease, and waits go on."""
        boot = self._boot()
        if connection.execute("SELECT 1 FROM clock WHERE boot = ?", (boot,)).fetchone():
            return  # the usual case, in which nobody need be waited for
        connection.execute("BEGIN IMMEDIATE")
        ticking, wall = self._ticking(), self._clock()
        base = connection.execute("SELECT boot, ticking, wall FROM clock").fetchone()
        if base is None:
            connection.execute("INSERT INTO clock VALUES (1, ?, ?, ?, 0)", (boot, ticking, wall))
        elif base[0] != boot:
            # What was left of a wait by the calendar, but never more than it can have been.
            shift = (base[2] - base[1]) - (wall - ticking)
            for table in ("works", "deliveries"):
                connection.execute(
                    f"UPDATE {table} SET lease = NULL, due = CASE WHEN lease IS NULL "  # noqa: S608
                    "THEN min(due + ?, due - ? + ?) ELSE ? END",
                    (shift, base[1], ticking, ticking),
                )
            connection.execute(
                "UPDATE clock SET boot = ?, ticking = ?, wall = ?, "
                "age = max(age, (SELECT coalesce(max(seen), 0) FROM marks))",
                (boot, ticking, wall),
            )
        connection.execute("COMMIT")

    def _age(self, connection: sqlite3.Connection) -> float:
        """Seconds for which this inbox was up: it neither jumps nor runs while nothing can arrive."""
        base, age = connection.execute("SELECT ticking, age FROM clock").fetchone()
        return float(age + max(0.0, self._ticking() - base))

    def _grow_older(self, connection: sqlite3.Connection) -> float:
        age = self._age(connection)
        connection.execute(
            "UPDATE clock SET ticking = ?, age = ?, wall = ?", (self._ticking(), age, self._clock())
        )
        return age


def _arrival(row: Row) -> Arrival:
    source, method, url, headers, body, received_at, secret, signed_at, age, sent, heads, keys = row
    return Arrival(
        source=source,
        method=method,
        url=url,
        headers=tuple((name, value) for name, value in json.loads(headers)),
        body=body,
        received_at=received_at,
        secret=secret,
        signed_at=signed_at,
        age=age,
        delivery_id=sent,
        heads=None if heads is None else tuple(Head(*head) for head in json.loads(heads)),
        keys=tuple(map(tuple, json.loads(keys))),
    )


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; executescript() would commit before it begins."""
    for statement in re.sub(r"--[^\n]*", "", script).split(";"):
        if statement.strip():
            yield statement
