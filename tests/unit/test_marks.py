import contextlib
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy
from sqlalchemy.orm import Session

from hookkit import ConfigError, Event
from hookkit.inbox.sources import InboxEvent
from hookkit.marks import DIALECTS, TABLE, ddl, first_time


def _event(key="id:evt_1", handler="app:book", source="stripe"):
    event = InboxEvent("invoice.paid", {}, source=source)
    event.place(1, 0.0, key, handler, 1)
    return event


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:")
    connection.execute(ddl("sqlite"))
    connection.commit()
    yield connection
    connection.close()


@pytest.fixture
def engine():
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(ddl("sqlite")))
    yield engine
    engine.dispose()


def test_the_table_is_made_at_each_start(connection):
    connection.execute(ddl("sqlite"))


def test_once(connection):
    """The first time it is, the second time not."""
    assert [first_time(_event(), connection) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    "other", [{"key": "id:evt_2"}, {"handler": "app:mail"}, {"source": "stripe-eu"}]
)
def test_marks_are_apart(connection, other):
    """Another event, handler or source has a mark of its own."""
    assert first_time(_event(), connection)
    assert first_time(_event(**other), connection)


def test_a_mark_goes_with_its_transaction(connection):
    """Rolled back with the effect, it is as if nothing had been."""
    assert first_time(_event(), connection)
    connection.rollback()
    assert first_time(_event(), connection)
    connection.commit()
    assert not first_time(_event(), connection)


def test_a_connection_without_a_transaction_is_refused(connection):
    """The mark would commit by itself, and a crash lose the effect."""
    connection.isolation_level = None
    with pytest.raises(ConfigError, match="BEGIN"):
        first_time(_event(), connection)
    connection.execute("BEGIN")
    assert first_time(_event(), connection)


def test_sqlalchemy(engine):
    """A Connection and a Session, each with the transaction that is theirs."""
    with engine.begin() as connection:
        assert first_time(_event(), connection)
        assert not first_time(_event(), connection)
    with Session(engine) as session:
        assert not first_time(_event(), session)
        assert first_time(_event("id:evt_2"), session)
        session.rollback()
        assert first_time(_event("id:evt_2"), session)
    bare = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with bare, pytest.raises(ConfigError, match=r"engine\.begin"):
        first_time(_event(), bare)


def test_no_table():
    """The error names both ways to make it."""
    bare = sqlite3.connect(":memory:")
    with pytest.raises(ConfigError, match=r"hookkit\.marks\.ddl.*hookkit\.contrib\.django"):
        first_time(_event(), bare)
    bare.close()


@pytest.fixture(scope="module")
def marked(postgres):
    """URL of a Postgres with the table of marks."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(ddl("postgresql"))
    yield postgres
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP TABLE {TABLE}")


@pytest.fixture
def event():
    """Another for each test, as they share the table."""
    return _event(f"id:{uuid4()}")


def _sqlalchemy_url(url):
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def pg_engine(marked):
    engine = sqlalchemy.create_engine(_sqlalchemy_url(marked))
    yield engine
    engine.dispose()


def test_psycopg(marked, event):
    """Once, as long as the transaction stands; a duplicate does not spoil it."""
    with psycopg.connect(marked) as connection:
        assert first_time(event, connection)
        connection.rollback()
        assert [first_time(event, connection) for _ in range(2)] == [True, False]
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.commit()
        assert not first_time(event, connection)


def test_psycopg_without_a_transaction_is_refused(marked, event):
    """In autocommit mode one must be begun."""
    with psycopg.connect(marked, autocommit=True) as connection:
        with pytest.raises(ConfigError, match=r"connection\.transaction"):
            first_time(event, connection)
        with connection.transaction(force_rollback=True):
            assert first_time(event, connection)
        with connection.transaction():
            assert first_time(event, connection)
            assert not first_time(event, connection)


def test_sqlalchemy_on_postgres(pg_engine, event):
    """A Connection and a Session share the marks, each with its own transaction."""
    with Session(pg_engine) as session:
        assert first_time(event, session)
        session.rollback()
        assert first_time(event, session)
        session.commit()
    with pg_engine.begin() as connection:
        assert not first_time(event, connection)
    bare = pg_engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with bare, pytest.raises(ConfigError, match=r"engine\.begin"):
        first_time(event, bare)


def test_all_take_the_mark_of_each_other(marked, pg_engine, event):
    """Whichever library a handler uses, in whatever process."""
    with psycopg.connect(marked) as connection:
        assert first_time(event, connection)
    with pg_engine.begin() as connection:
        assert not first_time(event, connection)


def _wait_until_blocked(watcher, pid):
    """Until the server says that this connection waits for another's transaction."""
    ending = time.monotonic() + 20
    while not watcher.execute("SELECT pg_blocking_pids(%s) <> '{}'", (pid,)).fetchone()[0]:
        assert time.monotonic() < ending


@pytest.mark.parametrize(
    ("ends", "second"), [("commit", False), ("rollback", True)], ids=["commit", "rollback"]
)
def test_two_at_once(marked, event, ends, second):
    """Exactly one is first: the other waits until it is known whether the mark stands."""
    with (
        psycopg.connect(marked) as one,
        psycopg.connect(marked) as two,
        psycopg.connect(marked, autocommit=True) as watcher,
        ThreadPoolExecutor(1) as pool,
    ):
        two.execute("SELECT 1")  # both transactions have begun
        assert first_time(event, one)
        waiting = pool.submit(first_time, event, two)
        _wait_until_blocked(watcher, two.info.backend_pid)
        assert not waiting.done()
        getattr(one, ends)()
        assert waiting.result(20) is second
        two.commit()
        assert not first_time(event, one)


def test_many_at_once(pg_engine, event):
    """Of any number, in whatever order, one makes the effect."""
    together = threading.Barrier(8)

    def book(_number):
        together.wait(20)
        with pg_engine.begin() as connection:
            return first_time(event, connection)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(book, range(8))) == [False] * 7 + [True]


def test_no_table_on_postgres(postgres):
    """The error names both ways to make it, whatever the library calls it."""
    with psycopg.connect(postgres) as connection:
        connection.execute("SET search_path = pg_catalog")
        with pytest.raises(ConfigError, match=r"hookkit\.marks\.ddl.*hookkit\.contrib\.django"):
            first_time(_event(), connection)
        connection.rollback()
    engine = sqlalchemy.create_engine(_sqlalchemy_url(postgres))
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SET search_path = pg_catalog"))
        with pytest.raises(ConfigError, match=r"hookkit\.marks\.ddl.*hookkit\.contrib\.django"):
            first_time(_event(), connection)
    engine.dispose()


def test_other_errors_stay_as_they_are(connection):
    """What the database says is not hidden behind advice that does not fit."""
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError):
        first_time(_event(), connection)


def test_other_errors_of_sqlalchemy_stay_as_they_are(tmp_path):
    """It quotes the statement in each, and with it the table's name."""
    engine = sqlalchemy.create_engine(
        f"sqlite:///{tmp_path}/shop.db", connect_args={"timeout": 0}, poolclass=sqlalchemy.NullPool
    )
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(ddl("sqlite")))
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with (
            engine.begin() as connection,
            pytest.raises(sqlalchemy.exc.OperationalError, match="database is locked"),
        ):
            first_time(_event(), connection)


def test_other_errors_of_postgres_stay_as_they_are(marked, event):
    """A user who may not write there is told that, and not to make the table."""
    role = f"hookkit_{uuid4().hex}"
    with psycopg.connect(marked) as connection:
        connection.execute(f"CREATE ROLE {role}")
        (schema,) = connection.execute("SELECT current_schema()").fetchone()
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        connection.execute(f"SET LOCAL ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            first_time(event, connection)
        connection.rollback()


def test_without_an_inbox(connection):
    """The event's id tells it, and the handler must be named."""
    event = Event("invoice.paid", {}, source="stripe", id="evt_1")
    with pytest.raises(ConfigError, match='handler="book"'):
        first_time(event, connection)
    assert first_time(event, connection, handler="book")
    assert not first_time(_event(handler="book"), connection)
    with pytest.raises(ConfigError, match="no id"):
        first_time(Event("x", {}), connection, handler="book")


def test_an_unknown_connection_is_refused():
    """With the kinds that are known."""
    with pytest.raises(ConfigError, match="sqlite3, psycopg, SQLAlchemy or Django"):
        first_time(_event(), object())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ddl(dialect):
    """A statement for each dialect that is named; another name is an error that lists them."""
    assert ddl(dialect).startswith(f"CREATE TABLE IF NOT EXISTS {TABLE} (")
    with pytest.raises(ConfigError, match=dialect):
        ddl("oracle")


DJANGO = """
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["hookkit.contrib.django"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections, transaction

    from hookkit import ConfigError
    from hookkit.inbox.sources import InboxEvent
    from hookkit.marks import first_time

    event = InboxEvent("invoice.paid", {}, source="stripe")
    event.place(1, 0.0, "id:evt_1", "app:book", 1)
    with transaction.atomic():
        try:
            first_time(event, connection)
        except ConfigError as error:
            assert "hookkit.contrib.django" in str(error)
    call_command("migrate", verbosity=0)
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    try:
        first_time(event, connection)
    except ConfigError as error:
        assert "transaction.atomic" in str(error)
    else:
        raise AssertionError
    with transaction.atomic():
        assert first_time(event, connection)
        assert not first_time(event, connections["default"])
    call_command("migrate", "hookkit", "zero", verbosity=0)
    assert "hookkit_marks" not in connection.introspection.table_names()
    print("once")
"""


def test_django():
    """Its migration makes the table, and takes it away; the mark wants an atomic block."""
    code = textwrap.dedent(DJANGO)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("once\n", 0), done.stderr
