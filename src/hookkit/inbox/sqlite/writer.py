"""Group commit: what threads write at the same time shares one transaction, and so one sync of the disk.

A commit costs what the disk takes to make it durable, however much is in it. So one thread writes at a time:
it takes all jobs that are waiting, runs them in one transaction, and answers them when that is committed, not
before.

A thread whose job waits while no other writes does so itself, as to hand the job to the writer's thread and
back costs as much as a third of the commit. It writes once; jobs that come meanwhile are left to the writer's
thread, so that no request works for others for long. That thread lets jobs gather first: see `Gathering`.
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
from hookkit.inbox.futures import JobOutcome, Offered, tell_in_turn
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
        given: the job itself; or, where there is `together`, what that is given for it.
        together: runs several jobs of one kind at once; ``None``: the job is run by itself.
        future: of its result.
        synchronous: when the commit waits for the disk: `DURABLE`, `UNDOABLE`; or `ALONE`.
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
"""Seconds after which the job of `left` is written, where no other job brings it along."""

MOST = 256
"""Jobs of one transaction at the most, so that the first does not wait for a whole burst."""

PAUSE = 0.0005
"""Seconds between looks at whether another process still writes.

SQLite's own waiting sleeps longer each time, up to 100 ms, and so loses to a process that has just begun:
measured with 8 processes on a disk of 5 ms a sync, a request in a hundred waited 2.4 s.
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
"""Errors of one job's statement or values, which say nothing of the database's state."""


class Writer:
    """Runs jobs: in the thread that waits for one, or in its own, which starts with the first job.

    Args:
        connect: gives a connection in autocommit mode that does not itself wait for other processes.
        wait: seconds after which jobs are given up that could not begin because another process is writing.
        is_current: whether a connection from `connect` still leads to where a new one would.
        path: of the file, where other processes may wait for it.
        left: gives a job that is not urgent, or ``None``; asked every half second.
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
        """The job's result, once it is durable; InboxError where it cannot be.

        Where the job itself raises, it alone is undone, and the future has what it raised.
        """
        return self._put(job, DURABLE)

    def submit_among(self, together: Together[T, R], given: T) -> Future[R]:
        """As `submit`, for one of several jobs of a kind, which are run together where they wait together.

        `together` is called with what each was given, and gives the result of each. Where it raises, what it
        did is undone, and it is called again for each by itself.
        """
        return self._put(given, DURABLE, together)

    def run(self, job: Job[R]) -> R:
        """As `submit`, and wait for the result."""
        return self.submit(job).result()

    def run_undoably(self, job: Job[R]) -> R:
        """As `run`, without waiting for the disk: a loss of power soon after may undo it.

        The next durable commit makes it durable, too. For leases, which a loss of power ends anyway.
        """
        return self.submit_undoably(job).result()

    def submit_undoably(self, job: Job[R]) -> Future[R]:
        """As `run_undoably`, without waiting."""
        return self._put(job, UNDOABLE)

    def between(self, job: Job[R]) -> R:
        """As `run`, between transactions: for what SQLite cannot do within one."""
        return self._put(job, ALONE).result()

    def _put(
        self, given: Any, synchronous: str, together: Together[Any, R] | None = None
    ) -> Future[R]:
        future: Offered[R] = Offered()
        with self._lock:
            if self._crew is None:
                self._crew = self._start_crew()
            future.crew = self._crew
            self._crew.put(Entry(given, together, future, synchronous))
        return future

    def _start_crew(self) -> _Crew:
        crew = _Crew(
            self._connect, self._wait, self._is_current, Queue(self._path, PAUSE), self._left
        )
        try:
            crew.start()
        except RuntimeError as error:  # no more threads, or the interpreter is about to end
            raise InboxError(f"the inbox cannot be written: {error}") from None
        return crew

    def close(self) -> None:
        """Finish what was submitted, and close the connection. A later job opens another."""
        with self._lock:
            crew, self._crew = self._crew, None
        if crew is not None:
            crew.finish()

    def pause(self) -> None:
        """As `close`, and let no job begin until `resume` is called, in the same thread."""
        self._lock.acquire()
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.finish()

    def resume(self) -> None:
        """End a `pause`."""
        self._lock.release()


class _Crew:
    """One connection, and the threads that write with it, one at a time: its own, and those that wait."""

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
        self._turn = threading.RLock()  # reentrant, as it then knows which thread has it
        self._is_writing = False
        self._ending = False
        self._gathering = Gathering(self._waiting)
        self._thread = threading.Thread(target=self._work, name="hookkit-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, entry: Entry) -> None:
        self._waiting.append(entry)

    def wake(self) -> None:
        """Have the writer's thread write what is waiting, unless it is about to: then it is gathering."""
        if not self._gathering.has_come():
            self._something.ring()

    def lead(self) -> None:
        """Write what is waiting in this thread, once. Where another thread writes already: as `wake`.

        Raises InboxError where this very thread is writing, as it may be below a signal's handler: it would
        wait for itself.
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
                    pass  # another thread has it, and the exception struck before that was noted
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
            # Asked before jobs are taken: what was submitted before the end is then among them.
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
        """Take the jobs that are waiting, and write them. The caller has the turn."""
        if self._is_writing:
            raise InboxError("the inbox cannot be written from within its own writing")
        taken: list[Entry] = []
        try:
            self._is_writing = True
            while self._waiting and len(taken) < MOST:
                # In this order, so that a signal's exception in between loses no job.
                taken.append(self._waiting[0])
                self._waiting.popleft()
            # From here on none can be cancelled; one that was must not be given a result.
            jobs = [each for each in taken if each.future.set_running_or_notify_cancel()]
            together = [each for each in jobs if each.synchronous != ALONE]
            if together:
                self._commit(together, self._until(together))
            for each in jobs:
                if each.synchronous == ALONE:
                    self._run_alone(each)
        except BaseException as error:
            # A signal's, in the thread that leads: those that wait for it are not to wait for ever.
            self._undo(error)
            if taken and self._waiting and self._waiting[0] is taken[-1]:
                self._waiting.popleft()  # it struck between the two lines above
            for each in taken:
                if not each.future.done():
                    each.future.set_exception(_unavailable(error))
            raise
        finally:
            self._is_writing = False

    def _tidy(self) -> None:
        """Write the job of `left`, every half second and in the end."""
        now = time.monotonic()
        if now - self._tidied < REST and not self._ending:
            return
        self._tidied = now
        job = self._left()
        if job is not None:
            future: Offered[None] = Offered()
            future.set_running_or_notify_cancel()
            # In the end there is no next time.
            wait = self._wait if self._ending else REST
            self._commit([Entry(job, None, future, UNDOABLE)], now + wait)

    def _until(self, jobs: list[Entry]) -> float:
        """When these are given up, in monotonic seconds: so that the last to begin to wait has its full time.

        A job that no thread waits for yet may be older, and must not cut the time of the others short.
        """
        last = max(each.future.awaited_since for each in jobs)
        return min(last, time.monotonic()) + self._wait

    def _commit(self, jobs: list[Entry], until: float) -> None:
        """Run these in one transaction, and answer each. It is not begun after `until`."""
        try:
            connection = self._connected()
            with _synchronous(connection, [each.synchronous for each in jobs]):
                _begin(connection, self._queue, until)
                begun = time.monotonic()
                outcomes = [
                    outcome for some in _alike(jobs) for outcome in _attempt_all(connection, some)
                ]
                connection.execute("COMMIT")
                took = time.monotonic() - begun
        except Exception as error:  # noqa: BLE001  # whatever it is, every waiting thread must hear of it
            self._undo(error)
            for each in jobs:
                each.future.set_exception(_unavailable(error))
            return
        # Before they are answered, as the first may be back at once.
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
        """Roll back. Where that fails or is of no use, disconnect, so that the next job connects anew.

        So it is after a signal's exception, too, which may have kept a PRAGMA from being set back.
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
    """Begin a transaction once no other process writes. Raises the database's error after `until`."""
    queue.let_others_go_first()
    if _try_to_begin(connection, until):
        return
    with queue.waiting():
        while not _try_to_begin(connection, until):
            time.sleep(PAUSE)


def _try_to_begin(connection: sqlite3.Connection, until: float) -> bool:
    """Try to begin a transaction. False where another process writes; after `until` that is raised."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
            raise
        return False
    return True


@contextmanager
def _synchronous(connection: sqlite3.Connection, wanted: Sequence[str]) -> Iterator[None]:
    """Inside, a commit waits for the disk where one of the jobs wants that; outside, always."""
    if DURABLE in wanted:
        yield
        return
    try:
        connection.execute(f"PRAGMA synchronous = {UNDOABLE}")
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")  # the PRAGMA has no effect within a transaction
        connection.execute(f"PRAGMA synchronous = {DURABLE}")


def _alike(jobs: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The jobs in the groups that are run together."""
    for together, some in groupby(jobs, lambda job: job.together):
        if together is None:
            yield from ([each] for each in some)
        else:
            yield list(some)


def _attempt_all(connection: sqlite3.Connection, alike: Sequence[Entry]) -> Sequence[JobOutcome]:
    """What came of jobs that are run together; where that fails, of each by itself."""
    results, failure = _attempt(connection, alike)
    if failure is None:
        return [(result, None) for result in results]
    if len(alike) == 1:
        return [(None, failure)]
    return [outcome for each in alike for outcome in _attempt_all(connection, [each])]


def _attempt(connection: sqlite3.Connection, alike: Sequence[Entry]) -> JobOutcome:
    """The results; or what a job raised, which is then undone. An error of the database is raised on."""
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
        return InboxError(str(error))  # a new one for each waiting thread, as each raises its own
    # Its text is SQLite's own and short; the statement's values are not in it.
    return InboxError(f"the inbox cannot be written: {type(error).__name__}: {error}")
