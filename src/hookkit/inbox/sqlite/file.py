"""The file of a SQLite store: how it is opened, which schema it has, and how it tells time over restarts."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from importlib.resources import files

from hookkit.errors import InboxError

__all__ = ["AGE", "MEMORY", "File", "primary_code"]

VERSIONS = (
    "0001.sql",
    "0002.sql",
    "0003.sql",
    "0004.sql",
    "0005.sql",
)
"""Scripts that make the schema, each from what the one before has made. Never edited once published."""

AGE = "(age + max(0.0, ? - ticking))"
"""Of the inbox in seconds, in a query of `clock`; its parameter is machine time."""

MEMORY = ":memory:"

PAUSE = 0.005
"""Seconds between tries to begin the write-ahead log."""

given_up: set[str] = set()
"""Paths of files that this process must not open: its parent held locks on them when it forked, which SQLite
would take for this process's own. For the process as a whole, as SQLite's locks are."""


def primary_code(error: BaseException) -> int:
    """SQLite's primary code; 0 for what the module raises itself, and of other errors."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


class File:
    """Opens connections to one file, with its schema made.

    Args:
        path: absolute, or ``:memory:``.
        wait: seconds to wait for another process that makes the schema.
        clock: unix seconds.
        ticking: seconds of the clock that no one sets.
        boot: which start of the machine `ticking` counts from.
    """

    def __init__(
        self,
        path: str,
        wait: float,
        clock: Callable[[], float],
        ticking: Callable[[], float],
        boot: Callable[[], str],
    ) -> None:
        self.path = path
        self._wait = wait
        self._clock = clock
        self._ticking = ticking
        self._boot = boot
        self._identity: tuple[int, int] | None = None

    def connect(self) -> sqlite3.Connection:
        """A connection in autocommit mode.

        Raises:
            sqlite3.Error: there is none to be had.
            InboxError: of a newer schema, or of a file that was given up.
        """
        if self.path in given_up:
            raise InboxError(
                f"{self.path} was being read while this process was forked, after which SQLite "
                "cannot tell who holds its locks: start this process anew"
            )
        # The writer's goes from thread to thread, one at a time.
        connection = sqlite3.connect(
            self.path, timeout=self._wait, isolation_level=None, check_same_thread=False
        )
        try:
            self._use_log(connection)
            connection.execute("PRAGMA synchronous = FULL")
            # What is erased is overwritten, and not only forgotten.
            connection.execute("PRAGMA secure_delete = ON")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _use_log(self, connection: sqlite3.Connection) -> None:
        """Switch to write-ahead logging; try again, as SQLite does not wait here for other processes."""
        until = time.monotonic() + self._wait
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = primary_code(error) == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() >= until:
                    raise
            else:
                return
            time.sleep(PAUSE)

    def give_up(self) -> None:
        """Open it no more in this process, nor in those that it forks."""
        given_up.add(self.path)

    def connect_to_write(self) -> sqlite3.Connection:
        """A connection whose transactions the writer itself waits to begin."""
        connection = self.connect()
        connection.execute("PRAGMA busy_timeout = 0")
        # What a savepoint keeps to be undone: in a file of its own it costs as much as what is written.
        connection.execute("PRAGMA temp_store = MEMORY")
        self._identity = self._on_disk()
        return connection

    def is_current(self) -> bool:
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
                text = (
                    files("hookkit.inbox.sqlite")
                    .joinpath("sql", script)
                    .read_text(encoding="utf-8")
                )
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
        """After a start of the machine, move stored times to its new clock: leases end, waits go on."""
        boot = self._boot()
        if connection.execute("SELECT 1 FROM clock WHERE boot = ?", (boot,)).fetchone():
            return  # the usual case, which waits for no other process
        connection.execute("BEGIN IMMEDIATE")
        ticking, wall = self._ticking(), self._clock()
        stored = connection.execute("SELECT boot, ticking, wall FROM clock").fetchone()
        if stored is None:
            connection.execute("INSERT INTO clock VALUES (1, ?, ?, ?, 0)", (boot, ticking, wall))
        elif stored[0] != boot:
            _, ticking_then, wall_then = stored
            _end_leases_and_move_waits(
                connection,
                ticking_then,
                ticking,
                calendar=(wall_then - ticking_then) - (wall - ticking),
            )
            connection.execute(
                "UPDATE clock SET boot = ?, ticking = ?, wall = ?, "
                "age = max(age, (SELECT coalesce(max(seen), 0) FROM marks))",
                (boot, ticking, wall),
            )
        connection.execute("COMMIT")

    def age(self, connection: sqlite3.Connection) -> float:
        """Seconds for which this inbox was up: it neither jumps nor runs while nothing can arrive."""
        (age,) = connection.execute(f"SELECT {AGE} FROM clock", (self._ticking(),)).fetchone()
        return float(age)

    def grow_older(self, connection: sqlite3.Connection) -> float:
        """As `age`, which is stored."""
        age = self.age(connection)
        connection.execute(
            "UPDATE clock SET ticking = ?, age = ?, wall = ?", (self._ticking(), age, self._clock())
        )
        return age


def _end_leases_and_move_waits(
    connection: sqlite3.Connection, then: float, now: float, calendar: float
) -> None:
    """From a machine clock that was read `then` to another, read `now`, which differ by `calendar` seconds.

    A wait goes on by the calendar, but is never longer than what was left of it by the old clock.
    """
    for table in ("works", "deliveries"):
        connection.execute(
            f"UPDATE {table} SET lease = NULL, due = CASE WHEN lease IS NULL "
            "THEN min(due + ?, due - ? + ?) ELSE ? END",
            (calendar, then, now, now),
        )


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; executescript() would commit before it begins."""
    for statement in re.sub(r"--[^\n]*", "", script).split(";"):
        if statement.strip():
            yield statement
