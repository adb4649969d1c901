"""What is SQLite's own in its store: the file, its schema, and what is done to it from outside."""

import contextlib
import sqlite3
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest

from hookkit import ConfigError
from hookkit.errors import InboxError
from hookkit.inbox.records import Ended, Fate, Unexpanded
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.sqlite.file import VERSIONS
from hookkit.testing.contracts.base import BOTH, GREET, SOURCE, arrival, events


class Watched(sqlite3.Connection):
    """Tells how its commits are made, and has no more pages than it is given."""

    pages = None
    commits = []  # noqa: RUF012  # set anew by each test
    kept_aside = []  # noqa: RUF012  # where it keeps what may be undone: 1 in a file, 2 in memory

    def execute(self, statement, *values):
        if statement in ("SAVEPOINT job", "VACUUM"):
            self.kept_aside.append((statement, self._told("temp_store")))
        if statement == "BEGIN IMMEDIATE" and self.pages is not None:
            super().execute(f"PRAGMA max_page_count = {self.pages}")
        if statement == "COMMIT":
            self.commits.append((self._told("synchronous"), self._told("journal_mode")))
        return super().execute(statement, *values)

    def _told(self, pragma):
        return super().execute(f"PRAGMA {pragma}").fetchone()[0]


@pytest.fixture
def watched(monkeypatch):
    """The class of all connections."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **given: connect(path, **{"factory": Watched, **given})
    )
    monkeypatch.setattr(Watched, "commits", [])
    monkeypatch.setattr(Watched, "kept_aside", [])
    monkeypatch.setattr(Watched, "pages", None)
    return Watched


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hooks.db"


@pytest.fixture
def store(path):
    store = SQLiteStore(str(path), wait=5.0)
    store.open()
    yield store
    store.close()


def _accept(store, key="a", body=b"{}"):
    return store.submit(arrival([key], body=body)).result()[0]


def _ask(path, question):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def test_what_must_stay_is_committed_with_the_disk_waited_for(watched, store):
    """FULL is 2, in the write-ahead log: acceptances, ends of runs, and what is rejected."""
    watched.commits.clear()
    _accept(store)
    store.reject(arrival(["x"]), "bad-body")
    store.submit(arrival(["b"]), events(["b"])).result()
    assert watched.commits == [(2, "wal")] * 3
    work = store.claim(BOTH, "w", 60)
    watched.commits.clear()
    assert store.finish(work, Ended(Fate.DONE)).written
    _accept(store, "c")
    assert watched.commits == [(2, "wal")] * 2


def test_what_may_be_undone_is_kept_in_memory_but_not_a_copy_of_all(watched, store):
    """Neither before nor after the file was made smaller."""
    _accept(store)
    store.desk.shrink()
    _accept(store, "b")
    assert watched.kept_aside == [("SAVEPOINT job", 2), ("VACUUM", 1), ("SAVEPOINT job", 2)]


def test_a_key_with_a_nul_is_known_again(store):
    """As may stand in the query of an address. SQLite's JSON would cut it there."""
    first = _accept(store, "a\0b")
    assert not _accept(store, "a").duplicate
    assert not _accept(store, "a\0c").duplicate
    again = _accept(store, "a\0b")
    assert (again.receipt, again.duplicate) == (first.receipt, True)


@pytest.mark.parametrize("way", ["claim", "accept"])
def test_a_lease_begins_when_it_is_written(path, way):
    """However long another process wrote before."""
    times = [100.0]
    store = SQLiteStore(str(path), ticking=lambda: times[-1])
    store.open()
    held = arrival(["a"]), events(["a"], held=[GREET]), "w", 2
    if way == "claim":
        store.submit(arrival(["a"]), events(["a"])).result()
    with contextlib.closing(sqlite3.connect(path)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        leased = pool.submit(
            lambda: store.claim(BOTH, "w", 2) if way == "claim" else store.submit(*held).result()[1]
        )
        time.sleep(0.2)  # for it to wait
        times.append(103.0)
        other.rollback()
        assert leased.result()
    assert store.claim(BOTH, "another", 2) is None
    store.close()


def test_at_its_end_it_waits_to_count_what_came_again(path, monkeypatch):
    """As a process that ends beside others that write all the time."""
    monkeypatch.setattr("hookkit.inbox.sqlite.writer.REST", 600)  # nothing is counted before
    store = SQLiteStore(str(path))
    for _ in range(2):
        store.submit(arrival(["a"]), events(["a"])).result()
    with contextlib.closing(sqlite3.connect(path)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("hookkit.inbox.sqlite.writer.REST", 0.01)
        closing = pool.submit(store.close)
        with pytest.raises(TimeoutError):
            closing.result(0.1)
        other.rollback()
        closing.result()
    again = SQLiteStore(str(path))
    assert again.counts().duplicates == 1
    again.close()


def test_without_a_path_there_is_no_store():
    """The text says what to write."""
    with pytest.raises(ConfigError, match=r"sqlite:///hooks\.db"):
        SQLiteStore("")


def test_a_relative_path_stays_the_same_file(path, monkeypatch):
    """Whatever directory the process goes to later."""
    monkeypatch.chdir(path.parent)
    store = SQLiteStore(path.name)
    monkeypatch.chdir("/")
    store.open()
    _accept(store)
    store.close()
    assert _ask(path, "SELECT count(*) FROM deliveries") == [(1,)]


STARTING = """
    import sqlite3, sys
    from hookkit.inbox.sqlite import SQLiteStore

    class Counting(sqlite3.Connection):
        made = 0
        def execute(self, statement, *values):
            if statement.lstrip().startswith("CREATE TABLE"):
                Counting.made += 1
            return super().execute(statement, *values)

    connect = sqlite3.connect
    sqlite3.connect = lambda path, **given: connect(path, factory=Counting, **given)
    store = SQLiteStore(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    store.open()
    print(Counting.made > 0, store.counts().duplicates, flush=True)
    store.close()
"""


def test_of_several_processes_that_start_one_makes_the_schema(path):
    """The others wait for it, and all can work."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(STARTING), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert sorted(said) == ["False 0\n"] * 5 + ["True 0\n"]


@pytest.mark.parametrize("version", range(1, len(VERSIONS) + 1))
def test_a_file_of_an_older_hookkit_is_brought_up_to_date(path, version):
    """With all that is in it, from each version that there was."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for script in VERSIONS[:version]:
            text = files("hookkit.inbox.sqlite").joinpath("sql", script).read_text()
            connection.executescript(text)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(
            "INSERT INTO deliveries (source, state, method, url, headers, received_at, secret, "
            "heads, keys, due, body) "
            "VALUES (?, 'accepted', 'POST', '', '[]', 0, 0, NULL, '[]', 0, x'7B7D')",
            (SOURCE,),
        )
    store = SQLiteStore(str(path))
    store.open()
    task = store.claim(BOTH, "w", 60)
    assert isinstance(task, Unexpanded)
    (work,) = store.expand(task, events(["a"], held={GREET}), 60)
    assert store.finish(work, Ended(Fate.DONE)).written
    store.close()
    assert _ask(path, "PRAGMA user_version") == [(len(VERSIONS),)]


def test_a_file_of_a_newer_hookkit_is_left_as_it_is(path):
    """Refused, with the version that made it and what to do."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    store = SQLiteStore(str(path))
    with pytest.raises(InboxError, match=r"schema 99.*upgrade hookkit") as refused:
        store.open()
    assert str(path) in str(refused.value)
    with pytest.raises(InboxError, match="schema 99"):
        _accept(store)
    store.close()
    assert _ask(path, "SELECT count(*) FROM sqlite_schema") == [(0,)]
    assert _ask(path, "PRAGMA user_version") == [(99,)]


def _gone(path):
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def test_a_file_that_is_deleted_while_it_is_open_is_made_anew(path, store):
    """What is accepted from then on is in the file that is there."""
    _accept(store, "lost")
    _gone(path)
    assert not _accept(store, "lost").duplicate
    assert not _accept(store, "new").duplicate
    assert _ask(path, "SELECT count(*) FROM deliveries") == [(2,)]


def test_a_file_that_is_replaced_while_it_is_open_is_used(path, store):
    """As where a backup is put back."""
    _accept(store, "lost")
    other = SQLiteStore(str(path.with_name("backup.db")))
    kept = _accept(other, "kept")
    other.close()
    _gone(path)
    Path(other.path).rename(path)
    again = _accept(store, "kept")
    assert (again.receipt, again.duplicate) == (kept.receipt, True)
    assert not _accept(store, "lost").duplicate


def test_a_directory_that_is_gone_is_an_error_until_it_is_back(path, store):
    """Each time, and nothing need be started anew."""
    _accept(store, "a")
    _gone(path)
    path.parent.rmdir()
    for _ in range(2):
        with pytest.raises(InboxError, match="unable to open"):
            _accept(store, "b")
    path.parent.mkdir()
    assert not _accept(store, "b").duplicate


def test_a_damaged_file_is_an_error_and_stays_as_it_is(path):
    """Nobody writes over what may be saved; a mended file is used."""
    store = SQLiteStore(str(path))
    _accept(store)
    store.close()
    right = path.read_bytes()
    path.write_bytes(b"x" * 100 + right[100:])
    for _ in range(2):
        with pytest.raises(InboxError, match="not a database"):
            _accept(store, "b")
        with pytest.raises(InboxError, match="not a database"):
            store.open()
    assert path.read_bytes() == b"x" * 100 + right[100:]
    path.write_bytes(right)
    assert not _accept(store, "b").duplicate
    assert store.counts().deliveries == {"accepted": 2}
    store.close()


def test_a_file_that_is_full_takes_nothing_by_halves(watched, path, store):
    """Until there is room: no row and no key of what was refused, and what was accepted is whole."""
    accepted, body = 0, b"x" * 10_000
    watched.pages = 40
    with contextlib.suppress(InboxError):
        for accepted in range(40):  # as many as there were before the refusal
            _accept(store, f"k{accepted}", body)
    assert 0 < accepted < 39
    for _ in range(2):
        with pytest.raises(InboxError, match="full"):
            _accept(store, f"k{accepted}", body)
    assert store.counts().deliveries == {"accepted": accepted}
    assert _ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert _ask(path, "SELECT count(*) FROM marks") == [(accepted,)]
    watched.pages = 400
    assert not _accept(store, f"k{accepted}", body).duplicate
    assert _accept(store, "k0", body).duplicate


def test_while_it_is_full_what_is_small_goes_on(watched, path, store):
    """A run's end is written in place, so that workers make progress."""
    store.submit(arrival(["a"]), events(["a"])).result()
    watched.pages = _ask(path, "PRAGMA page_count")[0][0]
    with pytest.raises(InboxError, match="full"):
        _accept(store, "b", b"x" * 10_000)
    work = store.claim(BOTH, "w", 60)
    assert store.finish(work, Ended(Fate.DONE)).written
    assert store.counts().works == {"done": 1}


def test_where_there_is_no_room_for_the_schema_none_of_it_is_made(watched, path):
    """And it is made whole when there is."""
    watched.pages = 5
    store = SQLiteStore(str(path))
    with pytest.raises(InboxError, match=r"full$"):
        store.open()
    assert _ask(path, "SELECT count(*) FROM sqlite_schema") == [(0,)]
    watched.pages = 400
    store.open()
    assert not _accept(store).duplicate
    store.close()


def test_statements_do_not_show_values_in_errors(store):
    """A body that a message quoted would be in the log."""
    broken = arrival(["a"], body=object())
    with pytest.raises(InboxError) as refused:
        store.submit(broken).result()
    assert "object at" not in str(refused.value)


def test_two_stores_in_memory_are_apart():
    """And nothing of them is in the working directory."""
    one, two = SQLiteStore(":memory:"), SQLiteStore(":memory:")
    assert not _accept(one).duplicate
    assert not _accept(two).duplicate
    assert not Path(":memory:").exists()
    one.close()
    two.close()
