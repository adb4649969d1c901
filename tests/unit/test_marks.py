import sqlite3
import subprocess
import sys
import textwrap

import pytest
import sqlalchemy
from sqlalchemy.orm import Session

from hookkit import ConfigError, Event
from hookkit.inbox.sources import InboxEvent
from hookkit.marks import DIALECTS, TABLE, ddl, first_time


def _event(key="id:evt_1", handler="app:book", source="stripe"):
    event = InboxEvent("invoice.paid", {}, source=source)
    event.place(1, key, handler, 1)
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


def test_other_errors_stay_as_they_are(connection):
    """What the database says is not hidden behind advice that does not fit."""
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError):
        first_time(_event(), connection)


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
    assert ddl(dialect).startswith(f"CREATE TABLE {TABLE} (")
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
    event.place(1, "id:evt_1", "app:book", 1)
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
