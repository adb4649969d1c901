"""The schema's versions: made once, brought up to date, and usable by older code beside it."""

import secrets
import subprocess
import sys
from importlib.resources import files

import psycopg
import pytest

from hookkit.errors import InboxError
from hookkit.inbox.desk import Filter
from hookkit.inbox.postgres import PostgresStore
from hookkit.inbox.postgres.schema import VERSIONS, Version, migrate
from hookkit.inbox.records import Ended, Fate
from hookkit.testing.contracts.base import BOTH, arrival, events
from tests.postgres import schema


@pytest.fixture
def url():
    with schema() as url:
        yield url


OLD_DELIVERY = (
    "INSERT INTO hookkit_deliveries (receipt, source, state, method, url, headers, received_at, secret, "
    "heads, keys, due, body) VALUES (%s, 'acme', %s, 'POST', '', '[]', 0, 0, "
    """'[["t", "e", null]]', '[["k"]]', now(), '{}')"""
)
OLD_EVENT = (
    "INSERT INTO hookkit_events (number, receipt, position, source, state, type, event_id, key) "
    "VALUES (%s, %s, 0, 'acme', %s, 't', 'e', %s)"
)
OLD_WORK = (
    "INSERT INTO hookkit_works (number, event, source, handler, state, attempts, due) "
    "VALUES (%s, %s, 'acme', 'app:greet', %s, 1, now())"
)
OLD_MARK = "INSERT INTO hookkit_known VALUES ('acme', %s, %s, 0, 0)"


def write_as_version_one(connection, first=1):
    """A delivery in each state, by the statements of the first version."""
    for number, state in enumerate(("done", "dead", "waiting"), first):
        connection.execute(OLD_DELIVERY, (number, "expanded"))
        connection.execute(OLD_EVENT, (number, number, state, f"k{number}"))
        connection.execute(OLD_WORK, (number, number, state))
        connection.execute(OLD_MARK, (f"k{number}", number))
    connection.execute(OLD_DELIVERY, (first + 3, "accepted"))
    for table, column in (("deliveries", "receipt"), ("events", "number"), ("works", "number")):
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('hookkit_{table}', '{column}'), 1000)"
        )


def test_what_an_older_version_wrote_is_all_there(url):
    """And what it goes on writing while a deploy replaces one process after the other."""
    with psycopg.connect(url) as connection:
        migrate(connection, VERSIONS[:1])
        write_as_version_one(connection)
    store = PostgresStore(url)
    store.open()
    with psycopg.connect(url) as connection:
        write_as_version_one(connection, first=11)
    states = {line.receipt: line.state for line in store.desk.look(Filter(), None, 100)}
    wanted = {1: "done", 2: "dead", 3: "waiting", 4: "accepted"}
    assert states == wanted | {number + 10: state for number, state in wanted.items()}
    assert store.submit(arrival(["k1"])).result()[0].duplicate
    assert store.submit(arrival(["k12"])).result()[0].revived == 1
    handled = set()
    while work := store.claim(BOTH, "w", 60):
        if hasattr(work, "handler"):
            handled.add(work.delivery.receipt)
            assert store.finish(work, Ended(Fate.DONE)).written
        else:
            store.expand(work, events(["new"] if work.delivery.receipt == 4 else ["newer"]), 60)
    assert handled == {3, 4, 12, 13, 14}
    assert store.counts().events == {"done": 7, "dead": 1}
    store.close()


def test_code_that_is_older_goes_on_beside_what_was_only_added(url):
    later = (*VERSIONS, VERSIONS[-1])
    with psycopg.connect(url) as connection:
        migrate(connection)
        connection.execute("INSERT INTO hookkit_schema VALUES (%s, 1)", (len(later),))
    store = PostgresStore(url)
    store.open()
    assert not store.submit(arrival(["a"])).result()[0].duplicate
    store.close()


def test_code_that_is_too_old_is_told(url):
    newest = len(VERSIONS) + 5
    with psycopg.connect(url) as connection:
        migrate(connection)
        connection.execute("INSERT INTO hookkit_schema VALUES (%s, %s)", (newest, newest))
    store = PostgresStore(url)
    with pytest.raises(InboxError, match=f"schema {newest}.*upgrade hookkit"):
        store.open()
    store.close()


def test_of_several_that_start_at_once_one_makes_it(url):
    program = (
        "import sys; from hookkit.inbox.postgres import PostgresStore; "
        "sys.stdin.readline(); s = PostgresStore(sys.argv[1]); s.open(); print(s.counts().duplicates)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    said = [process.communicate("go\n", timeout=60) for process in processes]
    assert said == [("0\n", "")] * 6
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT version FROM hookkit_schema ORDER BY 1").fetchall()
    assert rows == [(number,) for number in range(1, len(VERSIONS) + 1)]


def test_a_script_that_fails_leaves_nothing(url):
    """It is one transaction."""
    broken = (VERSIONS[0], Version("0001.sql", 1))  # its tables are there already
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.DuplicateTable):
        migrate(connection, broken)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('hookkit_schema')").fetchone() == (None,)


@pytest.mark.parametrize("version", VERSIONS)
def test_scripts_are_there(version):
    assert files("hookkit.inbox.postgres").joinpath("sql", version.script).is_file()
    assert version.oldest >= 1


def test_without_the_extra_the_error_names_it():
    """And a receiver without Postgres loads nothing of it."""
    program = (
        "import sys\n"
        "sys.modules['psycopg'] = None\n"
        "import hookkit\n"
        "try: hookkit.Inbox('postgresql:///shop')\n"
        "except hookkit.ConfigError as error: print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "hookkit[postgres]" in ran.stdout


@pytest.mark.parametrize("expanded", [None, events(["a"])])
def test_who_works_while_another_makes_the_next_version(url, expanded):
    """Its connections' plans are of the one before; nobody hears of it."""
    store, newer = PostgresStore(url), PostgresStore(url)
    store._database.run(lambda connection: migrate(connection, VERSIONS[:3]))
    for _ in range(8):  # so that the statements are prepared
        store.submit(arrival(["a"]), expanded).result()
    newer.open()
    assert store.submit(arrival(["a"]), expanded).result()[0].duplicate
    assert not store.submit(arrival(["b"])).result()[0].duplicate
    newer.close()
    store.close()


@pytest.fixture
def database(url):
    """The URL of a database that holds no text but Western Europe's; dropped in the end."""
    name = f"hookkit_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        encoding = "ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        connection.execute(f"CREATE DATABASE {name} {encoding}")
        yield psycopg.conninfo.make_conninfo(url, dbname=name, options="")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_that_cannot_hold_any_text_is_refused(database):
    """And it is said what to make instead."""
    store = PostgresStore(database)
    with pytest.raises(InboxError, match=r"LATIN1.*ENCODING 'UTF8' TEMPLATE template0"):
        store.open()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT to_regclass('hookkit_schema')").fetchone() == (None,)
