"""No connection that reads is open while the process forks; where that cannot be, the child opens none."""

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hookkit.errors import InboxError
from hookkit.inbox.sqlite import SQLiteStore, readings

PATIENCE = 60.0

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def store(tmp_path):
    store = SQLiteStore(str(tmp_path / "hooks.db"))
    store.open()
    yield store
    store.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as pool:
        yield pool


def _begun(pool, store, job):
    """A read in another thread, which has a connection."""
    reading = threading.Event()

    def read(connection):
        reading.set()
        return job(connection)

    future = pool.submit(store.desk._read, read)
    assert reading.wait(PATIENCE)
    return future


def test_a_pause_waits_for_what_is_read(pool, store):
    ending = []

    def end(_connection):
        time.sleep(0.05)
        ending.append("read")

    future = _begun(pool, store, end)
    store._readings.pause()
    assert ending == ["read"]
    store._readings.resume()
    future.result(PATIENCE)


def test_during_a_pause_no_other_begins(pool, store):
    """Whoever made it may read, as else it would wait for itself."""
    store._readings.pause()
    waiting = pool.submit(store.desk.last)
    assert store.desk.last() == 0
    with pytest.raises(TimeoutError):
        waiting.result(0.05)
    store._readings.resume()
    assert waiting.result(PATIENCE) == 0


def test_a_read_that_lasts_is_interrupted(pool, store, monkeypatch):
    """Whoever reads is told, and may ask again."""
    monkeypatch.setattr(readings, "PATIENCE", 0.01)
    future = _begun(pool, store, lambda connection: connection.execute(ENDLESS).fetchone())
    store._readings.pause()
    store._readings.resume()
    with pytest.raises(InboxError, match="cannot be read: interrupted"):
        future.result(PATIENCE)
    assert store.desk.last() == 0


def test_a_read_that_waits_for_who_pauses_is_not_waited_for(pool, store, monkeypatch):
    """For longer than some seconds."""
    monkeypatch.setattr(readings, "PATIENCE", 0.01)
    monkeypatch.setattr(readings, "LONGEST", 0.05)
    go = threading.Event()
    future = _begun(pool, store, lambda _connection: go.wait(PATIENCE))
    store._readings.pause()
    store._readings.resume()
    go.set()
    assert future.result(PATIENCE)


def test_who_pauses_does_not_wait_for_a_read_of_his_own(store):
    """Such as in a signal's handler that forks."""

    def pause(_connection):
        begun = time.monotonic()
        store._readings.pause()
        store._readings.resume()
        return time.monotonic() - begun

    assert store.desk._read(pause) < readings.PATIENCE


def test_a_read_that_cannot_begin_is_over(store, monkeypatch):
    """So that no fork waits for it."""

    def refuse(*_given, **_more):
        raise sqlite3.OperationalError("unable to open")

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", refuse)
        with pytest.raises(InboxError, match="unable to open"):
            store.desk.last()
    assert not store._readings._open


FORKING = """
    import os, sys, threading
    from hookkit.errors import InboxError
    from hookkit.inbox.sqlite import SQLiteStore, readings
    from hookkit.testing.contracts.base import arrival

    def accept(key):
        return store.submit(arrival([key])).result()[0].receipt

    def fork(child):
        pid = os.fork()
        if not pid:
            child()
            os._exit(0)
        return pid

    def ended(pid):
        assert os.waitpid(pid, 0)[1] == 0

    store = SQLiteStore(sys.argv[1])
    store.open()
    accept("parent's")
"""

WITH_A_READER = """
    reading, go = threading.Event(), threading.Event()
    accepted, told = os.pipe()
    parent_is_done, tell = os.pipe()

    def read(connection):
        reading.set()
        go.wait(1.0)  # where the fork does not wait for this, its child accepts meanwhile

    def child():
        accept("first")
        os.write(told, b".")
        os.read(parent_is_done, 1)
        accept("second")

    reader = threading.Thread(target=store.desk._read, args=[read])
    reader.start()
    reading.wait()
    pid = fork(child)
    os.read(accepted, 1)
    go.set()
    reader.join()
    store.close()
    os.write(tell, b".")
    ended(pid)
    print(store.counts().deliveries)
"""

WITH_A_READER_THAT_STAYS = """
    readings.PATIENCE, readings.LONGEST = 0.01, 0.05
    reading, go = threading.Event(), threading.Event()

    def read(connection):
        reading.set()
        go.wait()

    def child():
        for other in (store, SQLiteStore(sys.argv[1])):
            for use in (lambda: other.open(), lambda: other.desk.last(), lambda: other.counts()):
                try:
                    use()
                except InboxError as error:
                    print("start this process anew" in str(error), flush=True)

    reader = threading.Thread(target=store.desk._read, args=[read])
    reader.start()
    reading.wait()
    pid = fork(child)
    ended(pid)
    go.set()
    reader.join()
    print(accept("another"), flush=True)
    ended(fork(lambda: print(accept("a later child's"))))
"""

WITHIN_A_READ = """
    def read(connection):
        return os.fork(), connection.execute("SELECT count(*) FROM deliveries").fetchone()[0]

    pid, count = store.desk._read(read)
    if not pid:
        try:
            accept("child's")
        except InboxError:
            os._exit(0)
        os._exit(1)
    ended(pid)
    print(count, accept("another"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize(
    ("program", "said"),
    [
        pytest.param(WITH_A_READER, ["{'accepted': 3}"], id="reader"),
        pytest.param(WITH_A_READER_THAT_STAYS, ["True"] * 6 + ["2", "3"], id="reader-that-stays"),
        pytest.param(WITHIN_A_READ, ["1 2"], id="within"),
    ],
)
def test_what_a_forks_child_accepts_is_not_lost(tmp_path, program, said):
    """Either it is in the file, or the child says that it cannot be written."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(FORKING) + textwrap.dedent(program),
            str(tmp_path / "hooks.db"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == said
