"""Group commit: what threads write at the same time shares one transaction, and so one sync of the disk.

A commit costs what the disk takes to make it durable, however much is in it. So one writes at a time: it
takes all that is waiting, runs it in one transaction, and wakes each waiter when that is committed. Nobody
is told before.

Who waits while nobody writes does it itself, as handing it to a thread and back costs as much as a third of
the commit. What comes meanwhile is left to the thread, so that nobody works for others for long. After what
several shared the thread waits a moment for them to come again: whoever was first would else write alone,
and all others would wait for that.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from hookkit.errors import InboxError
from hookkit.inbox.bell import Bell
from hookkit.inbox.forks import after_fork
from hookkit.inbox.futures import Offered, Outcome, tell_in_turn
from hookkit.inbox.gathering import Gathering
from hookkit.inbox.sqlite.file import primary_code
from hookkit.inbox.sqlite.queueing import Queue

__all__ = ["Writer"]

T = TypeVar("T")
R = TypeVar("R")
Job = Callable[[sqlite3.Connection], R]
Together = Callable[[sqlite3.Connection, Sequence[T]], Sequence[R]]


class Entry(NamedTuple):
    """A job that waits.

    Attributes:
        given: the job itself, or what `together` does it with.
        together: does at once what waits beside each other of its kind; ``None`` where the job stands alone.
    """

    given: Any
    together: Together[Any, Any] | None
    future: Offered[Any]
    synchronous: str


DURABLE, UNDOABLE = "FULL", "NORMAL"
"""SQLite's words for when a commit waits for the disk. Everything is FULL but what says otherwise."""

ALONE = "alone"
"""Marks a job that runs in no transaction."""

ALONE_WAIT = 30.0
"""Seconds that such a job waits for others."""

REST = 0.5
"""Seconds after which what was left to be written soon is."""

MOST = 256
"""Jobs of one transaction, so that the first does not wait for all of a burst."""

PAUSE = 0.0005
"""Seconds between looks at whether another process still writes.

SQLite's own waiting sleeps longer each time, up to 100 ms, and so loses to whoever has just begun: measured
with 8 processes on a disk of 5 ms a sync, a request in a hundred waited 2.4 s.
"""

BROKEN = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
"""SQLite's codes after which a new connection may do what this one cannot."""

OF_ONE_JOB = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)
"""What a statement is refused for, and not the database's state."""


class Writer:
    """Runs jobs in the thread of who waits, or in one of its own, which starts with the first job.

    Args:
        connect: gives a connection in autocommit mode that does not wait for others itself; called in that
            thread.
        wait: seconds after which a job that is waited for and has not begun, as another process is writing,
            is given up.
        is_current: whether a connection from `connect` still leads to where a new one would.
        path: of the file for which other processes may wait, if any.
        left: gives a job for what was left to be written soon, or ``None``; asked every half second.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        wait: float,
        is_current: Callable[[], bool] = lambda: True,
        path: str | None = None,
        left: Callable[[], Job[None] | None] = lambda: None,
    ) -> None:
        self._connect = connect
        self._wait = wait
        self._is_current = is_current
        self._path = path
        self._left = left
        self._crew: _Crew | None = None
        # A fork's copy of a connection is never closed: that would be done to the parent's file.
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

    def submit_among(self, together: Together[T, R], given: T) -> Future[R]:
        """As `submit`, of one job among several of a kind.

        `together` does all that wait beside each other, and gives the result of each. Where it raises, what
        it did is undone, and it is called for each by itself.
        """
        return self._put(given, DURABLE, together)

    def run(self, job: Job[R]) -> R:
        """As `submit`, and waits."""
        return self.submit(job).result()

    def run_undoably(self, job: Job[R]) -> R:
        """As `run`, but where the machine loses power at once, it may be as if it had not happened.

        What is durable later makes it durable, too. For leases, which such an end ends anyway.
        """
        return self.submit_undoably(job).result()

    def submit_undoably(self, job: Job[R]) -> Future[R]:
        """As `run_undoably`, without waiting."""
        return self._put(job, UNDOABLE)

    def between(self, job: Job[R]) -> R:
        """As `run`, between transactions: for what SQLite does in none."""
        return self._put(job, ALONE).result()

    def _put(
        self, given: Any, synchronous: str, together: Together[Any, R] | None = None
    ) -> Future[R]:
        future: Offered[R] = Offered()
        with self._lock:
            if self._crew is None:
                self._crew = self._started()
            future.crew = self._crew
            self._crew.put(Entry(given, together, future, synchronous))
        return future

    def _started(self) -> _Crew:
        crew = _Crew(
            self._connect, self._wait, self._is_current, Queue(self._path, PAUSE), self._left
        )
        try:
            crew.start()
        except RuntimeError as error:  # no more threads, or the interpreter is about to end
            raise InboxError(f"the inbox cannot be written: {error}") from None
        return crew

    def close(self) -> None:
        """Finish what was submitted, and close the connection. What is submitted later opens another."""
        with self._lock:
            crew, self._crew = self._crew, None
        if crew is not None:
            crew.finish()

    def pause(self) -> None:
        """As `close`, and let nothing begin until `resume` is called in the same thread."""
        self._lock.acquire()
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.finish()

    def resume(self) -> None:
        """End a `pause`."""
        self._lock.release()


class _Crew:
    """Those who write in one process, one at a time: its thread, and who waits."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        wait: float,
        is_current: Callable[[], bool],
        queue: Queue,
        left: Callable[[], Job[None] | None],
    ) -> None:
        self._connect = connect
        self._wait = wait
        self._left = left
        self._tidied = time.monotonic()
        self._is_current = is_current
        self._queue = queue
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[Entry] = deque()
        self._something = Bell()
        self._turn = threading.RLock()  # as that knows whose it is
        self._is_writing = False
        self._ending = False
        self._gathering = Gathering(self._waiting)
        self._thread = threading.Thread(target=self._work, name="hookkit-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, entry: Entry) -> None:
        self._waiting.append(entry)

    def wake(self) -> None:
        """Have the thread write what is waiting, where it does not wait for more."""
        if not self._gathering.has_come():
            self._something.ring()

    def lead(self) -> None:
        """Write once what is waiting, unless somebody writes already.

        Raises InboxError in who is at that himself, as in a signal's handler: he would wait for himself.
        """
        is_others = False
        try:
            # A signal's exception may strike as soon as the turn is taken, before that is noted.
            is_others = not self._turn.acquire(blocking=False)
            if not is_others:
                self._write_some()
        finally:
            if not is_others:
                try:  # noqa: SIM105  # a call of a context manager may be struck before it does anything
                    self._turn.release()
                except RuntimeError:
                    pass  # it was another's, and struck before that was noted
        if is_others or self._waiting or self._left() is not None:
            self.wake()

    def finish(self) -> None:
        self._ending = True
        self._gathering.end()
        self._something.ring()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self._something.wait(None if self._left() is None else REST)
            # Asked first: what came before the end then waits already, and is written.
            is_ending = self._ending
            with self._turn:
                self._tidy()
                while self._gathering.let_come():
                    self._write_some()
                    self._tidy()
                if is_ending:
                    self._disconnect()
                    return

    def _write_some(self) -> None:
        """Take what is waiting, and write it. The caller has the turn."""
        if self._is_writing:
            raise InboxError("the inbox cannot be written from within its own writing")
        taken: list[Entry] = []
        try:
            self._is_writing = True
            while self._waiting and len(taken) < MOST:
                # In this order, so that a signal's exception in between loses nobody.
                taken.append(self._waiting[0])
                self._waiting.popleft()
            # From here on nobody can cancel: a future that was may not be given a result.
            jobs = [each for each in taken if each.future.set_running_or_notify_cancel()]
            together = [each for each in jobs if each.synchronous != ALONE]
            if together:
                self._commit(together, self._until(together))
            for each in jobs:
                if each.synchronous == ALONE:
                    self._run_alone(each)
        except BaseException as error:
            # A signal's, in the thread of who waits: the others are not to wait for ever.
            self._undo(error)
            if taken and self._waiting and self._waiting[0] is taken[-1]:
                self._waiting.popleft()  # it struck in between
            for each in taken:
                if not each.future.done():
                    each.future.set_exception(_unavailable(error))
            raise
        finally:
            self._is_writing = False

    def _tidy(self) -> None:
        """Write what was left, now and then and in the end."""
        now = time.monotonic()
        if now - self._tidied < REST and not self._ending:
            return
        self._tidied = now
        job = self._left()
        if job is not None:
            future: Offered[None] = Offered()
            future.set_running_or_notify_cancel()
            self._commit([Entry(job, None, future, UNDOABLE)], now + REST)

    def _until(self, jobs: list[Entry]) -> float:
        """When they are given up: as whoever began last to wait for one of them has waited long enough.

        What nobody waits for yet may be older than that, and is not to take from others the time they have.
        """
        last = max(each.future.awaited_since for each in jobs)
        return min(last, time.monotonic()) + self._wait

    def _commit(self, jobs: list[Entry], until: float) -> None:
        """One transaction, and then the results. It is not begun after `until`."""
        try:
            connection = self._connected()
            with _waiting_for_the_disk(connection, [each.synchronous for each in jobs]):
                _begin(connection, self._queue, until)
                begun = time.monotonic()
                outcomes = [
                    outcome for some in _alike(jobs) for outcome in _attempt_all(connection, some)
                ]
                connection.execute("COMMIT")
                took = time.monotonic() - begun
        except Exception as error:  # noqa: BLE001  # each waiter must hear of it, whatever it is
            self._undo(error)
            for each in jobs:
                each.future.set_exception(_unavailable(error))
            return
        # Before anybody is told, and so back.
        self._gathering.expect(sum(each.future.is_awaited for each in jobs), took)
        tell_in_turn([each.future for each in jobs], outcomes)

    def _run_alone(self, entry: Entry) -> None:
        try:
            connection = self._connected()
            connection.execute(f"PRAGMA busy_timeout = {int(ALONE_WAIT * 1000)}")
            try:
                entry.future.set_result(entry.given(connection))
            finally:
                connection.execute("PRAGMA busy_timeout = 0")
        except Exception as error:  # noqa: BLE001  # as above
            self._undo(error)
            entry.future.set_exception(_unavailable(error))

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and not self._is_current():
            self._disconnect()
        if self._connection is None:
            self._connection = self._connect()
            self._queue.open()
        return self._connection

    def _undo(self, error: BaseException) -> None:
        """Leave no transaction open. Where that does not work or help, the next one connects anew.

        So it does after a signal's exception, which may have kept what was set from being set back.
        """
        if not isinstance(error, Exception) or primary_code(error) in BROKEN:
            self._disconnect()
            return
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._queue.close()
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _begin(connection: sqlite3.Connection, queue: Queue, until: float) -> None:
    """Begin to write, when no other process does. Raises the database's error after `until`."""
    queue.let_others_go_first()
    if _begun(connection, until):
        return
    with queue.waiting():
        while not _begun(connection, until):
            time.sleep(PAUSE)


def _begun(connection: sqlite3.Connection, until: float) -> bool:
    """Whether the transaction has begun; false where another process writes. Raises after `until`."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
            raise
        return False
    return True


@contextmanager
def _waiting_for_the_disk(connection: sqlite3.Connection, wanted: Sequence[str]) -> Iterator[None]:
    """Inside, a commit waits for it where one of the jobs wants that; outside, always."""
    if DURABLE in wanted:
        yield
        return
    try:
        connection.execute(f"PRAGMA synchronous = {UNDOABLE}")
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")  # within one it cannot be set
        connection.execute(f"PRAGMA synchronous = {DURABLE}")


def _alike(jobs: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Those beside each other that are done together."""
    for together, some in groupby(jobs, lambda job: job.together):
        if together is None:
            yield from ([each] for each in some)
        else:
            yield list(some)


def _attempt_all(connection: sqlite3.Connection, alike: Sequence[Entry]) -> Sequence[Outcome]:
    """What came of jobs that are done together; of each by itself where they fail."""
    results, failure = _attempt(connection, alike)
    if failure is None:
        return [(result, None) for result in results]
    if len(alike) == 1:
        return [(None, failure)]
    return [outcome for each in alike for outcome in _attempt_all(connection, [each])]


def _attempt(connection: sqlite3.Connection, alike: Sequence[Entry]) -> Outcome:
    """Their results, or what was raised, itself undone. The database's own errors end the transaction."""
    connection.execute("SAVEPOINT job")
    try:
        results = _run(connection, alike)
    except Exception as error:
        if isinstance(error, sqlite3.Error) and not isinstance(error, OF_ONE_JOB):
            raise
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, _unavailable(error) if isinstance(error, OF_ONE_JOB) else error
    connection.execute("RELEASE job")
    return results, None


def _run(connection: sqlite3.Connection, alike: Sequence[Entry]) -> Sequence[Any]:
    together = alike[0].together
    if together is None:
        return [alike[0].given(connection)]
    return together(connection, [each.given for each in alike])


def _unavailable(error: BaseException) -> Exception:
    if isinstance(error, InboxError):
        return InboxError(str(error))  # one for each waiter: they raise it in threads of their own
    # Its text is SQLite's own and short; the statement's values are not in it.
    return InboxError(f"the inbox cannot be written: {type(error).__name__}: {error}")
