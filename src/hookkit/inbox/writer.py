"""Group commit: what threads write at the same time shares one transaction, and so one sync of the disk.

A commit costs what the disk takes to make it durable, however much is in it. So one thread writes: it takes
all that is waiting, runs it in one transaction, and wakes each waiter when that is committed. Nobody is told
before, and nobody waits for a time that might bring more.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from hookkit.errors import InboxError
from hookkit.inbox.forks import after_fork

__all__ = ["Writer"]

R = TypeVar("R")
Job = Callable[[sqlite3.Connection], R]
Entry = tuple[Job[Any], Future[Any], str]

DURABLE, UNDOABLE = "FULL", "NORMAL"
"""SQLite's words for when a commit waits for the disk. Everything is FULL but what says otherwise."""

MOST = 256
"""Jobs of one transaction, so that the first does not wait for all of a burst."""


class Writer:
    """Runs jobs in a thread of its own, which starts with the first, and anew after a fork.

    Args:
        connect: gives a connection in autocommit mode; called in that thread.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._crew: _Crew | None = None
        # A fork's copies of connections are never closed: SQLite would take the file for abandoned.
        self._left_behind: list[_Crew] = []
        self._start_afresh()
        after_fork(self._start_afresh)

    def _start_afresh(self) -> None:
        self._lock = threading.Lock()
        if self._crew is not None:
            self._left_behind.append(self._crew)
        self._crew = None

    def submit(self, job: Job[R]) -> Future[R]:
        """The job's result, when it is durable; InboxError where it cannot be.

        What a job raises itself undoes that job alone, and is its result.
        """
        return self._put(job, DURABLE)

    def run(self, job: Job[R]) -> R:
        """As `submit`, and waits."""
        return self.submit(job).result()

    def run_undoably(self, job: Job[R]) -> R:
        """As `run`, but where the machine loses power at once, it may be as if it had not happened.

        What is durable later makes it durable, too. For leases, which such an end ends anyway.
        """
        return self._put(job, UNDOABLE).result()

    def _put(self, job: Job[R], synchronous: str) -> Future[R]:
        future: Future[R] = Future()
        with self._lock:
            if self._crew is None:
                self._crew = _Crew(self._connect)
                self._crew.start()
            self._crew.put((job, future, synchronous))
        return future

    def close(self) -> None:
        """Finish what was submitted, and close the connection. What is submitted later opens another."""
        with self._lock:
            crew, self._crew = self._crew, None
        if crew is not None:
            crew.finish()


class _Crew:
    """The thread of one process, its connection and its queue."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[Entry] = deque()
        self._something = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="hookkit-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, entry: Entry) -> None:
        self._waiting.append(entry)
        self._something.set()

    def finish(self) -> None:
        self._ending = True
        self._something.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            while self._waiting:
                most = min(len(self._waiting), MOST)
                self._commit([self._waiting.popleft() for _ in range(most)])
            if self._ending and not self._waiting:
                self._disconnect()
                return

    def _commit(self, jobs: list[Entry]) -> None:
        """One transaction, and then the results."""
        try:
            connection = self._connected()
            with _waiting_for_the_disk(connection, [synchronous for _, _, synchronous in jobs]):
                connection.execute("BEGIN IMMEDIATE")
                results = [_attempt(connection, job) for job, _, _ in jobs]
                connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # each waiter must hear of it, whatever it is
            self._undo()
            for _, future, _ in jobs:
                future.set_exception(_unavailable(error))
            return
        for (_, future, _), (result, failure) in zip(jobs, results, strict=True):
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _undo(self) -> None:
        """Leave no transaction open. Where not even that works, the next one connects anew."""
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextmanager
def _waiting_for_the_disk(connection: sqlite3.Connection, wanted: Sequence[str]) -> Iterator[None]:
    """Inside, a commit waits for it where one of the jobs wants that; outside, always."""
    if DURABLE in wanted:
        yield
        return
    connection.execute(f"PRAGMA synchronous = {UNDOABLE}")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")  # within one it cannot be set
        connection.execute(f"PRAGMA synchronous = {DURABLE}")


def _attempt(connection: sqlite3.Connection, job: Job[Any]) -> tuple[Any, Exception | None]:
    """The job's result, or what it raised, itself undone. The database's own errors end the transaction."""
    connection.execute("SAVEPOINT job")
    try:
        result = job(connection)
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001  # it is the job's result
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, error
    connection.execute("RELEASE job")
    return result, None


def _unavailable(error: Exception) -> Exception:
    if isinstance(error, InboxError):
        return error
    # Its text is SQLite's own and short; the statement's values are not in it.
    return InboxError(f"the inbox cannot be written: {type(error).__name__}: {error}")
