"""Jobs that wait together share one transaction, and nobody is told before it is durable."""

import contextlib
import queue
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest

from hookkit.errors import InboxError
from hookkit.inbox.sqlite.writer import MOST, Writer

PATIENCE = 90.0


class Watched(sqlite3.Connection):
    """Notes its commits, and what else the test wishes of them."""

    before_commit = staticmethod(lambda: None)
    commits = 0
    closed = False

    def execute(self, statement, *values):
        if statement == "COMMIT":
            self.before_commit()
            self.commits += 1
        return super().execute(statement, *values)

    def close(self):
        self.closed = True
        super().close()


class Database:
    """A file with a table of one column, and the connections that were made to it."""

    def __init__(self, path):
        self.path = str(path)
        self.connections = []
        with self.reading() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE t (n UNIQUE)")

    def connect(self):
        connection = sqlite3.connect(
            self.path, timeout=90, isolation_level=None, factory=Watched, check_same_thread=False
        )
        # Another that closes keeps new connections out for a moment; from then on none waits by itself.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA busy_timeout = 0")
        self.connections.append(connection)
        return connection

    @contextlib.contextmanager
    def reading(self):
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield connection

    @contextlib.contextmanager
    def held_by_another(self):
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def rows(self):
        with self.reading() as connection:
            return [n for (n,) in connection.execute("SELECT n FROM t ORDER BY rowid")]

    @property
    def commits(self):
        return sum(connection.commits for connection in self.connections)


@pytest.fixture
def database(tmp_path):
    return Database(tmp_path / "t.db")


@pytest.fixture
def writer(database):
    writer = Writer(database.connect, PATIENCE)
    yield writer
    writer.close()


def _insert(n):
    def insert(connection):
        connection.execute("INSERT INTO t VALUES (?)", (n,))
        return n

    return insert


@contextlib.contextmanager
def _busy(writer):
    """While inside, the writer is at a job; what is submitted waits."""
    entered, go = threading.Event(), threading.Event()

    def job(_connection):
        entered.set()
        assert go.wait(PATIENCE)

    future = _told(writer.submit(job))
    assert entered.wait(PATIENCE)
    try:
        yield
    finally:
        go.set()
    future.result(PATIENCE)


def _told(future):
    """Begun in the writer's own thread, as for somebody who asks for a call and goes on."""
    future.add_done_callback(lambda _future: None)
    return future


def _together(writer, *jobs):
    """Futures of jobs that are in one transaction."""
    with _busy(writer):
        return [writer.submit(job) for job in jobs]


def test_a_job_is_run_and_its_result_comes_back(writer, database):
    """When it is to be seen by all."""
    assert writer.run(_insert(1)) == 1
    assert database.rows() == [1]


@pytest.mark.parametrize(("jobs", "commits"), [(1, 1), (10, 1), (MOST, 1), (MOST + 1, 2)])
def test_jobs_that_wait_share_a_transaction(writer, database, jobs, commits):
    """In the order in which they came, and no more at once than the first should wait for."""
    futures = _together(writer, *map(_insert, range(jobs)))
    assert [future.result(PATIENCE) for future in futures] == list(range(jobs))
    assert database.rows() == list(range(jobs))
    assert database.commits == 1 + commits


def test_nobody_is_told_before_the_commit(writer, database, monkeypatch):
    """A result that is there is durable."""
    at_commit, go = threading.Event(), threading.Event()

    def wait():
        at_commit.set()
        assert go.wait(PATIENCE)

    monkeypatch.setattr(Watched, "before_commit", staticmethod(wait))
    future = _told(writer.submit(_insert(1)))
    assert at_commit.wait(PATIENCE)
    assert (future.done(), database.rows()) == (False, [])
    go.set()
    assert future.result(PATIENCE) == 1
    assert database.rows() == [1]


def test_what_a_job_raises_undoes_that_job_alone(writer, database):
    """Its waiter gets it as it is; what was in the same transaction is written."""

    def fail(connection):
        _insert(2)(connection)
        raise LookupError("why")

    first, failed, last = _together(writer, _insert(1), fail, _insert(3))
    assert (first.result(PATIENCE), last.result(PATIENCE)) == (1, 3)
    with pytest.raises(LookupError, match="why"):
        failed.result(PATIENCE)
    assert database.rows() == [1, 3]


def test_what_a_statement_is_refused_for_undoes_that_job_alone(writer, database):
    """It is the job's fault and not the database's."""
    first, again = _together(writer, _insert(1), _insert(1))
    assert first.result(PATIENCE) == 1
    with pytest.raises(InboxError, match="UNIQUE"):
        again.result(PATIENCE)
    assert database.rows() == [1]


def test_the_databases_own_error_undoes_all(writer, database):
    """Each waiter hears of it with an error of its own, and the next job is served."""

    def full(_connection):
        raise sqlite3.OperationalError("database or disk is full")

    futures = _together(writer, _insert(1), full, _insert(2))
    errors = [future.exception(PATIENCE) for future in futures]
    assert [type(error) for error in errors] == [InboxError] * 3
    assert len({id(error) for error in errors}) == 3
    assert "database or disk is full" in str(errors[0])
    assert database.rows() == []
    assert writer.run(_insert(3)) == 3


def test_a_commit_that_fails_undoes_all(writer, database, monkeypatch):
    """Nothing of it is there, and the next job begins anew."""

    def fail():
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Watched, "before_commit", staticmethod(fail))
    with pytest.raises(InboxError, match="disk I/O error"):
        writer.run(_insert(1))
    monkeypatch.undo()
    assert writer.run(_insert(2)) == 2
    assert database.rows() == [2]


@pytest.mark.parametrize(
    ("code", "connections"),
    [
        (sqlite3.SQLITE_IOERR, 2),
        (sqlite3.SQLITE_IOERR_FSYNC, 2),
        (sqlite3.SQLITE_CORRUPT, 2),
        (sqlite3.SQLITE_NOTADB, 2),
        (sqlite3.SQLITE_CANTOPEN, 2),
        (sqlite3.SQLITE_READONLY, 2),
        (sqlite3.SQLITE_FULL, 1),
    ],
)
def test_a_connection_that_is_broken_is_replaced(writer, database, code, connections):
    """One that only had no room is kept."""

    def fail(_connection):
        error = sqlite3.OperationalError("as SQLite says")
        error.sqlite_errorcode = code
        raise error

    with pytest.raises(InboxError):
        writer.run(fail)
    assert writer.run(_insert(1)) == 1
    assert len(database.connections) == connections


@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("unable to open"), OSError("gone"), InboxError("newer")]
)
def test_where_no_connection_can_be_had_nothing_is_written(database, error):
    """Each time that is tried again."""
    errors = [error]

    def connect():
        if errors:
            raise errors.pop()
        return database.connect()

    writer = Writer(connect, PATIENCE)
    with pytest.raises(InboxError, match=str(error)):
        writer.run(_insert(1))
    assert writer.run(_insert(2)) == 2
    writer.close()


def test_a_connection_to_what_is_no_longer_there_is_replaced(database):
    """What is written to a deleted file is lost."""
    current = [True]
    writer = Writer(database.connect, PATIENCE, lambda: current[0])
    writer.run(_insert(1))
    current[0] = False
    writer.run(_insert(2))
    assert [connection.closed for connection in database.connections] == [True, False]
    writer.close()


def test_another_process_that_writes_is_waited_for(writer, database):
    """And then it is our turn."""
    with database.held_by_another():
        future = _told(writer.submit(_insert(1)))
        assert database.rows() == []
    assert future.result(PATIENCE) == 1


def test_another_process_that_writes_for_too_long_is_an_error(database):
    """Nothing is written, and there is nothing to mend when it has ended."""
    writer = Writer(database.connect, 0.01)
    with database.held_by_another(), pytest.raises(InboxError, match="locked"):
        writer.run(_insert(1))
    assert writer.run(_insert(2)) == 2
    assert database.rows() == [2]
    writer.close()


@pytest.mark.parametrize("is_awaited_at_once", [True, False])
def test_time_in_which_nobody_waits_for_a_job_is_not_counted(database, is_awaited_at_once):
    """Neither for itself nor for one that is written with it, as where a worker notes several ends."""
    writer = Writer(database.connect, 1.0)
    old = writer.submit(_insert(1))
    time.sleep(1.1)
    with ThreadPoolExecutor(1) as pool:
        with database.held_by_another():
            fresh = pool.submit(writer.run, _insert(2)) if is_awaited_at_once else None
            waiting = pool.submit(old.result)
            with pytest.raises(TimeoutError):
                (fresh or waiting).result(0.05)
        assert waiting.result(PATIENCE) == 1
        assert fresh is None or fresh.result(PATIENCE) == 2
    writer.close()


def test_a_job_that_was_cancelled_is_not_run(writer, database):
    """As its waiter has gone; those beside it are."""
    with _busy(writer):
        first, second = writer.submit(_insert(1)), writer.submit(_insert(2))
        assert first.cancel()
    assert second.result(PATIENCE) == 2
    assert database.rows() == [2]


def _synchronous(connection):
    return connection.execute("PRAGMA synchronous").fetchone()[0]


def test_what_may_be_undone_does_not_wait_for_the_disk(writer):
    """NORMAL is 1; FULL is 2, and what all else is written with, after as before."""
    assert writer.run(_synchronous) == 2
    assert writer.run_undoably(_synchronous) == 1
    assert writer.run(_synchronous) == 2


def test_what_shares_a_transaction_with_what_must_stay_waits_for_the_disk(writer, database):
    """Though it would not need to."""
    found = []
    undoable = threading.Thread(target=lambda: found.append(writer.run_undoably(_synchronous)))
    with _busy(writer):
        undoable.start()
        undoable.join(0.1)  # where that is too short, the count of commits tells
        durable = writer.submit(_synchronous)
    undoable.join(PATIENCE)
    assert durable.result(PATIENCE) == 2
    assert (found, database.commits) in (([2], 2), ([1], 3))
    assert writer.run(_synchronous) == 2


def test_after_one_that_could_not_begin_the_disk_is_waited_for(database):
    """What was set for it is not left behind."""
    writer = Writer(database.connect, 0.01)
    writer.run(_insert(1))
    with database.held_by_another(), pytest.raises(InboxError):
        writer.run_undoably(_insert(2))
    assert writer.run(_synchronous) == 2
    writer.close()


def _thread(_connection):
    return threading.current_thread().name


def test_who_waits_writes_where_nobody_does(writer):
    """And who asks for a call, or for only so long, leaves it to the writer's own thread."""
    assert writer.run(_thread) == threading.current_thread().name
    called = queue.SimpleQueue()
    writer.submit(_thread).add_done_callback(called.put)
    assert called.get(timeout=PATIENCE).result() == "hookkit-writer"
    assert writer.submit(_thread).result(PATIENCE) == "hookkit-writer"


def test_who_waits_while_somebody_writes_leaves_it_to_the_thread(writer):
    """So that the writing of one is not the waiting of another."""
    found = []
    with _busy(writer):
        waiting = threading.Thread(target=lambda: found.append(writer.run(_thread)))
        waiting.start()
        waiting.join(0.1)  # where that is too short, it may write itself after all
    waiting.join(PATIENCE)
    assert found in (["hookkit-writer"], [waiting.name])


def test_who_writes_takes_what_is_waiting_along(writer, database):
    """And no more: one transaction."""
    first, second = writer.submit(_thread), writer.submit(_insert(1))
    third = writer.submit(_thread)
    assert third.result() == threading.current_thread().name
    assert (first.result(), second.result()) == (third.result(), 1)
    assert database.commits == 1


@pytest.fixture
def patient(monkeypatch):
    """Those who were told together are waited for as long as it takes."""
    monkeypatch.setattr("hookkit.inbox.gathering.LEAST_PATIENCE", PATIENCE)
    monkeypatch.setattr("hookkit.inbox.gathering.MOST_PATIENCE", 1e9)
    monkeypatch.setattr("hookkit.inbox.gathering.LONGEST", 1e9)


def _shared(writer, jobs):
    """So many jobs have just shared a transaction, and each was waited for."""
    with _busy(writer):
        futures = [_told(writer.submit(lambda _connection: None)) for _ in range(jobs - 1)]
    futures.append(_told(writer.submit(lambda _connection: None)))  # who kept it busy is back
    for future in futures:
        future.result(PATIENCE)


@pytest.mark.usefixtures("patient")
def test_those_who_were_told_together_share_the_next_transaction(writer, database):
    """The first to come back waits for the others."""
    _shared(writer, 3)
    commits = database.commits
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(writer.run, _insert(0))
        with pytest.raises(TimeoutError):
            first.result(0.05)
        others = [pool.submit(writer.run, _insert(n)) for n in (1, 2)]
        assert [each.result(PATIENCE) for each in (first, *others)] == [0, 1, 2]
    assert database.commits == commits + 1


@pytest.mark.usefixtures("patient")
def test_those_who_came_meanwhile_wait_for_those_who_are_told(writer, database):
    """Else there would be two halves for ever, with a sync each."""
    with _busy(writer):
        meanwhile = [_told(writer.submit(_insert(n))) for n in (1, 2)]
    commits = database.commits
    with pytest.raises(TimeoutError):
        meanwhile[0].result(0.05)
    back = _told(writer.submit(_insert(3)))
    assert [each.result(PATIENCE) for each in (*meanwhile, back)] == [1, 2, 3]
    assert database.commits == commits + 1


@pytest.mark.usefixtures("patient")
def test_who_is_back_before_all_are_told_is_not_waited_for_again(writer):
    """As coroutines are: the first one's next is there while the others are told."""
    done = queue.SimpleQueue()

    def come_back(n):
        return lambda _future: writer.submit(_insert(n)).add_done_callback(done.put)

    with _busy(writer):
        for n in (1, 2):
            writer.submit(_insert(n)).add_done_callback(come_back(10 * n))
    writer.submit(_insert(3)).add_done_callback(come_back(30))  # who kept it busy is back
    assert [done.get(timeout=PATIENCE / 2).result() for _ in range(3)] == [10, 20, 30]


@pytest.mark.usefixtures("patient")
def test_one_alone_waits_for_nobody(writer):
    """Such as the only coroutine of a loop."""
    for n in range(3):
        assert _told(writer.submit(_insert(n))).result(PATIENCE / 2) == n


def test_who_does_not_come_back_is_not_waited_for(writer, database):
    """For longer than a moment; and no second time."""
    _shared(writer, 3)
    commits = database.commits
    for n in range(3):
        assert _told(writer.submit(_insert(n))).result(PATIENCE) == n
    assert database.commits == commits + 3


@pytest.mark.usefixtures("patient")
def test_closing_waits_for_nobody(writer, database):
    """What came is written."""
    _shared(writer, 3)
    future = _told(writer.submit(_insert(1)))
    writer.close()
    assert future.result(0) == 1


@pytest.mark.usefixtures("patient")
def test_what_nobody_waited_for_is_not_waited_for(writer):
    """Whoever submits several at once comes back once."""
    with _busy(writer):
        writer.submit(_insert(0))
        writer.submit(_insert(1))
    assert writer.submit(_insert(2)).result() == 2
    assert _told(writer.submit(_insert(3))).result(PATIENCE / 2) == 3


def test_what_nobody_waits_for_is_written_at_the_end(writer, database):
    writer.submit(_insert(1))
    writer.close()
    assert database.rows() == [1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_a_signal_in_who_writes_ends_no_others_wait(writer, database, error):
    """It goes on where it struck; the others hear that they were not written, and nothing was."""

    def interrupted(_connection):
        raise error

    other, mine = writer.submit(_insert(1)), writer.submit(interrupted)
    with pytest.raises(error):
        mine.result()
    with pytest.raises(InboxError, match=error.__name__):
        other.result()
    assert database.rows() == []
    assert writer.run(_insert(2)) == 2
    assert database.rows() == [2]


class _Struck:
    """Does as `inner`, but the last of so many calls of a method then raises as a signal's handler would."""

    def __init__(self, inner, method, calls=1):
        self._inner = inner
        self._method = method
        self._calls = calls

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        return self._striking(found) if name == self._method else found

    def _striking(self, method):
        def strike(*given, **more):
            result = method(*given, **more)
            self._calls -= 1
            if not self._calls:
                raise KeyboardInterrupt
            return result

        return strike


def test_a_signal_as_the_turn_is_taken_gives_it_back(writer):
    """Else nobody would write any more."""
    writer.run(_insert(1))
    turn = writer._crew._turn
    writer._crew._turn = _Struck(turn, "acquire")
    with pytest.raises(KeyboardInterrupt):
        writer.run(_insert(2))
    writer._crew._turn = turn
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(writer.run, _insert(3)).result(PATIENCE) == 3


def test_a_signal_as_the_turn_is_anothers_leaves_it_to_them(writer, database):
    with _busy(writer):
        turn = writer._crew._turn
        writer._crew._turn = _Struck(turn, "acquire")
        with pytest.raises(KeyboardInterrupt):
            writer.run(_insert(1))
        writer._crew._turn = turn
    assert writer.run(_insert(2)) == 2
    assert database.rows() == [1, 2]


class _Waiting(deque):
    """After the first time that something is taken from it, a signal strikes."""

    strikes = 1

    def popleft(self):
        taken = super().popleft()
        if self.strikes:
            self.strikes = 0
            raise KeyboardInterrupt
        return taken


class _WaitingStill(_Waiting):
    """The same, before it is taken out."""

    def popleft(self):
        if self.strikes:
            self.strikes = 0
            raise KeyboardInterrupt
        return super().popleft()


@pytest.mark.parametrize("kind", [_Waiting, _WaitingStill])
def test_a_signal_as_jobs_are_taken_loses_no_others(writer, database, kind):
    """Whoever waits for one that was in hand hears of it; the rest are written with the next."""
    writer.run(_insert(1))
    writer._crew._waiting = kind()
    other, mine = writer.submit(_insert(2)), writer.submit(_insert(3))
    with pytest.raises(KeyboardInterrupt):
        mine.result()
    with pytest.raises(InboxError, match="KeyboardInterrupt"):
        other.result(PATIENCE)
    assert writer.run(_insert(4)) == 4
    assert (mine.result(), database.rows()) == (3, [1, 3, 4])


@pytest.mark.parametrize("statements", range(1, 8))
def test_after_a_signal_the_disk_is_waited_for(writer, statements):
    """Wherever it struck in what may be undone."""
    writer.run(_insert(1))
    writer._crew._connection = _Struck(writer._crew._connection, "execute", statements)
    with pytest.raises(KeyboardInterrupt):
        writer.run_undoably(_insert(2))
    assert writer.run(_synchronous) == 2


def test_who_writes_does_not_wait_for_himself(writer, database):
    """Such as a signal's handler, which runs in the middle of something: it is told no."""

    def write(_connection):
        with pytest.raises(InboxError, match="from within its own writing"):
            writer.run(_insert(2))
        return 1

    assert writer.run(write) == 1
    assert writer.run(_insert(3)) == 3
    assert 3 in database.rows()


def test_whoever_writes_all_is_written_once(writer, database):
    """Many threads, some that wait and some that ask for a call."""
    called = queue.SimpleQueue()

    def put(thread):
        for number in range(thread * 50, thread * 50 + 50):
            if thread % 2:
                writer.submit(_insert(number)).add_done_callback(called.put)
            else:
                assert writer.run(_insert(number)) == number

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(8)))
    for _ in range(200):
        called.get(timeout=PATIENCE).result()
    assert sorted(database.rows()) == list(range(400))


def test_closing_finishes_what_was_submitted(writer, database):
    """And lets go of the file; what is submitted later opens it again."""
    with _busy(writer):
        future = writer.submit(_insert(1))
        closing = threading.Thread(target=writer.close)
        closing.start()
    closing.join(PATIENCE)
    assert future.result(PATIENCE) == 1
    assert database.connections[0].closed
    assert writer.run(_insert(2)) == 2
    writer.close()
    writer.close()
    assert all(connection.closed for connection in database.connections)


def test_closing_finishes_what_came_as_the_thread_looked_for_the_last_time(writer, database):
    """It had found that nobody waits, and not yet that it is to end."""
    writer.run(_insert(1))
    crew, futures = writer._crew, []
    let_come = crew._gathering.let_come
    closing = threading.Thread(target=writer.close)

    def come_late():
        found = let_come()
        if not found and not futures:
            futures.append(writer.submit(_insert(2)))
            closing.start()
            while not crew._ending:
                time.sleep(0.001)
        return found

    crew._gathering.let_come = come_late
    crew._something.ring()
    crew._thread.join(PATIENCE)
    closing.join(PATIENCE)
    assert futures[0].done()
    assert database.rows() == [1, 2]
    assert all(connection.closed for connection in database.connections)


def test_nothing_is_begun_during_a_pause(writer, database):
    """No thread and no connection is there, and what comes meanwhile is written after it."""
    writer.run(_insert(1))
    writer.pause()
    assert database.connections[0].closed
    order = []

    def late():
        writer.run(_insert(2))
        order.append("written")

    thread = threading.Thread(target=late)
    thread.start()
    thread.join(0.05)
    assert len(database.connections) == 1
    order.append("resumed")
    writer.resume()
    thread.join(PATIENCE)
    assert order == ["resumed", "written"]


def _insert_all(connection, numbers):
    connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in numbers])
    return [(n, len(numbers)) for n in numbers]


def test_jobs_of_a_kind_are_done_at_once(writer, database):
    """Those that wait beside each other; each has the result of its own."""
    with _busy(writer):
        futures = [writer.submit_among(_insert_all, n) for n in (1, 2)]
        futures += [writer.submit(_insert(3)), writer.submit_among(_insert_all, 4)]
    assert [each.result(PATIENCE) for each in futures] == [(1, 2), (2, 2), 3, (4, 1)]
    assert database.rows() == [1, 2, 3, 4]


def test_where_jobs_of_a_kind_fail_each_is_done_by_itself(writer, database):
    """So that one undoes itself alone."""
    with _busy(writer):
        futures = [writer.submit_among(_insert_all, n) for n in (1, 2, 1, 3)]
    assert [each.result(PATIENCE) for each in (*futures[:2], futures[3])] == [
        (1, 1),
        (2, 1),
        (3, 1),
    ]
    with pytest.raises(InboxError, match="UNIQUE"):
        futures[2].result(PATIENCE)
    assert database.rows() == [1, 2, 3]


def test_where_no_thread_can_be_had_nothing_is_written(writer, monkeypatch):
    """And what comes when there is one again is."""

    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(InboxError, match="can't start new thread"):
            writer.submit(_insert(1))
    assert writer.run(_insert(2)) == 2


def test_no_thread_before_the_first_job(database):
    """A server may fork, or only serve."""
    before = threading.active_count()
    Writer(database.connect, PATIENCE)
    assert (threading.active_count(), database.connections) == (before, [])


FORKING = """
    import os, sqlite3, sys
    from hookkit.inbox.sqlite.writer import Writer

    def connect():
        print("connected", "parent" if os.getpid() == parent else "child", flush=True)
        return sqlite3.connect(sys.argv[1], isolation_level=None)

    def insert(n):
        return lambda connection: connection.execute("INSERT INTO t VALUES (?)", (n,)) and n

    parent = os.getpid()
    writer = Writer(connect, 20.0)
    writer.run(insert(1))
    writer.pause()
    child = os.fork()
    if not child:
        writer.run(insert(2))
        os._exit(0)
    writer.resume()
    assert os.waitpid(child, 0)[1] == 0
    writer.run(insert(3))
"""


def test_a_forks_child_writes_by_itself(database):
    """With a thread and a connection of its own."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FORKING), database.path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == sorted(
        ["connected parent", "connected child", "connected parent"]
    )
    assert database.rows() == [1, 2, 3]
