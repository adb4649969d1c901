"""`Readings`: connections for reading, of which none is open while the process forks."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hookkit.inbox.forks import after_fork
from hookkit.inbox.sqlite.file import File

__all__ = ["Readings"]

PATIENCE = 2.0
"""Seconds that a fork waits for reads to end by themselves; then they are interrupted."""

LONGEST = 10.0
"""Seconds after which a fork goes on all the same: what still reads may be waiting for the forking thread."""

PAUSE = 0.001
"""Seconds between two looks at what is still being read."""


class _Reading:
    """A read that is under way. `connection`: ``None`` until it is open."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.connection: sqlite3.Connection | None = None

    def interrupt(self) -> None:
        """Have the statement that it runs, if any, raise."""
        if self.connection is not None:
            with suppress(sqlite3.Error):  # it is closed
                self.connection.interrupt()


class Readings:
    """Reads a file over connections that are closed before the process forks.

    SQLite's locks belong to the process. A child that is forked while one is held believes that it has it;
    and the parent, when it closes its last connection, deletes the log into which the child still commits.
    """

    def __init__(self, file: File) -> None:
        self._file = file
        self._open: set[_Reading] = set()
        # A fork's copy of a connection is never closed: that would be done to the parent's file.
        self._left_behind: list[_Reading] = []
        self._start_afresh()
        after_fork(self._start_afresh)

    def _start_afresh(self) -> None:
        self._gate = threading.RLock()  # reentrant: the thread that forks may read meanwhile
        if self._open:
            self._file.give_up()
        self._left_behind += self._open
        self._open = set()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for as long as the block lasts, after any `pause`. Raises as `File.connect` does.

        Where the process forks while the block still lasts, and that for too long, its statement raises
        sqlite3.OperationalError.
        """
        reading = _Reading()
        try:
            with self._gate:
                self._open.add(reading)
            reading.connection = self._file.connect()
            yield reading.connection
        finally:
            if reading in self._open:  # else it never began, or this is a fork's child
                try:
                    if reading.connection is not None:
                        reading.connection.close()
                finally:
                    self._open.discard(reading)

    def pause(self) -> None:
        """Let no other thread begin to read until `resume`, and wait until none does."""
        self._gate.acquire()
        begun = time.monotonic()
        while (others := self._others()) and time.monotonic() < begun + LONGEST:
            if time.monotonic() >= begun + PATIENCE:
                for each in others:
                    each.interrupt()
            time.sleep(PAUSE)

    def resume(self) -> None:
        """End a `pause`, in the same thread."""
        self._gate.release()

    def _others(self) -> list[_Reading]:
        """Reads of other threads: a thread that forks in the middle of its own cannot wait for that one."""
        return [each for each in list(self._open) if each.thread != threading.get_ident()]
