"""Exactly once, where the effect is in a database of yours: the mark and the effect commit together.

An inbox runs a handler at least once: a process may end after the payment is booked and before that is
recorded. `first_time` closes this gap for whatever is in the same database transaction::

    @stripe.on("invoice.paid")
    def book(event):
        with engine.begin() as connection:
            if first_time(event, connection):
                connection.execute(insert(payments).values(...))

The table is made by `ddl`, or by the migration of ``hookkit.contrib.django``.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from hookkit.errors import ConfigError
from hookkit.event import Event

__all__ = ["TABLE", "ddl", "first_time"]

TABLE = "hookkit_marks"

_DDL = f"""CREATE TABLE IF NOT EXISTS {TABLE} (
    source     VARCHAR(255) NOT NULL,
    event_key  VARCHAR(64)  NOT NULL,
    handler    VARCHAR(255) NOT NULL,
    marked_at  TIMESTAMP    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (source, event_key, handler)
)"""

DIALECTS = ("sqlite", "postgresql", "mysql")


def ddl(dialect: str = "sqlite") -> str:
    """The statement that makes the table of marks, where there is none.

    Args:
        dialect: ``sqlite``, ``postgresql`` or ``mysql``.

    Raises:
        ConfigError: it is none of these.
    """
    if dialect not in DIALECTS:
        raise ConfigError(f"dialect={dialect!r} is not known: write one of {', '.join(DIALECTS)}")
    if dialect == "mysql":
        # Compared byte for byte, as everywhere else: names that differ in case are two.
        return f"{_DDL} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    return _DDL


def first_time(event: Event[Any], connection: Any, *, handler: str = "") -> bool:
    """Mark that this handler has handled this event, in the transaction that is open on `connection`.

    Whoever else marks the same waits until that transaction has ended; where it is rolled back, so is the
    mark.

    Args:
        event: as the handler got it.
        connection: of sqlite3 or psycopg; a Connection or Session of SQLAlchemy; or ``django.db.connection``.
        handler: the handler's name; without an inbox it must be given, as the event does not know it.

    Returns:
        Whether it was not marked before, and so the effect is to be made.

    Raises:
        ConfigError: no transaction is open, the table is not there, the connection is of another kind, or
            nothing tells the event from others.
    """
    place = _place_of(connection)
    values = (event.source, _key_of(event), _handler_of(event, handler))
    place.check_transaction(connection)
    try:
        return place.insert(connection, values) == 1
    except Exception as error:
        if _says_no_table(error):
            raise ConfigError(
                f"the database has no table {TABLE}: run the statement that hookkit.marks.ddl(…) gives, or "
                'in Django add "hookkit.contrib.django" to INSTALLED_APPS and migrate'
            ) from error
        raise


def _says_no_table(error: Exception) -> bool:
    # SQLAlchemy and Django raise errors of their own, the database's behind them.
    cause = getattr(error, "orig", None) or error.__cause__ or error
    text = str(cause)
    if TABLE not in text:
        return False
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state == "42P01" or cause.args[:1] == (1146,) or text.startswith("no such table")


def _key_of(event: Event[Any]) -> str:
    """What tells the event, in a length and an alphabet that every database takes."""
    key = event.key
    if not key and event.id is not None:
        key = f"id:{event.id}"
    if not key:
        raise ConfigError(
            f"{event.source} events have no id: first_time() needs a receiver with an inbox here"
        )
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _handler_of(event: Event[Any], given: str) -> str:
    name = given or event.handler
    if not name:
        raise ConfigError(
            'without an inbox the event does not know its handler: first_time(…, handler="book")'
        )
    return name


class _SQLite:
    """The standard library's module."""

    def check_transaction(self, connection: Any) -> None:
        # By default sqlite3 itself begins a transaction before an INSERT.
        begins = connection.isolation_level is not None and getattr(
            connection, "autocommit", -1
        ) in (-1, False)
        if not begins and not connection.in_transaction:
            raise _no_transaction('connection.execute("BEGIN")')

    def insert(self, connection: Any, values: tuple[str, ...]) -> int:
        statement = _insert("sqlite", "?")
        return int(connection.execute(statement, values).rowcount)


class _Psycopg:
    """psycopg 3."""

    def check_transaction(self, connection: Any) -> None:
        idle = 0
        if connection.autocommit and connection.info.transaction_status == idle:
            raise _no_transaction("with connection.transaction():")

    def insert(self, connection: Any, values: tuple[str, ...]) -> int:
        return int(connection.execute(_insert("postgresql", "%s"), values).rowcount)


class _SQLAlchemy:
    """A Connection, or a Session that has one."""

    def check_transaction(self, connection: Any) -> None:
        # SQLAlchemy itself begins a transaction, except at this isolation level.
        options = _core(connection).get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            raise _no_transaction("with engine.begin() as connection:")

    def insert(self, connection: Any, values: tuple[str, ...]) -> int:
        from sqlalchemy import text  # installed, as the connection is its own

        core = _core(connection)
        statement = text(_insert(core.dialect.name, ":{}"))
        named = {f"v{place}": value for place, value in enumerate(values)}
        return int(core.execute(statement, named).rowcount)


class _Django:
    """``django.db.connection``, or one of ``connections``."""

    def check_transaction(self, connection: Any) -> None:
        if not connection.in_atomic_block:
            raise _no_transaction("with transaction.atomic():")

    def insert(self, connection: Any, values: tuple[str, ...]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_insert(connection.vendor, "%s"), values)
            return int(cursor.rowcount)


_Place = _SQLite | _Psycopg | _SQLAlchemy | _Django

_PLACES: dict[str, _Place] = {
    "sqlite3": _SQLite(),
    "psycopg": _Psycopg(),
    "sqlalchemy": _SQLAlchemy(),
    "django": _Django(),
}


def _place_of(connection: Any) -> _Place:
    """Known by the package that its class comes from, so that none of them is imported."""
    kind = type(connection)
    if kind.__module__ == "django.utils.connection":
        return _PLACES["django"]  # the proxy that django.db.connection is
    for each in kind.__mro__:
        place = _PLACES.get(each.__module__.partition(".")[0])
        if place is not None:
            return place
    raise ConfigError(
        f"first_time() takes a connection of sqlite3, psycopg, SQLAlchemy or Django, not "
        f"{kind.__module__}.{kind.__qualname__}"
    )


def _core(connection: Any) -> Any:
    """The Connection of a Session, or itself."""
    return connection.connection() if hasattr(connection, "get_bind") else connection


def _insert(dialect: str, parameter: str) -> str:
    parameters = ", ".join(parameter.format(f"v{place}") for place in range(3))
    into = f"INTO {TABLE} (source, event_key, handler) VALUES ({parameters})"
    if dialect == "mysql":
        return f"INSERT IGNORE {into}"
    return f"INSERT {into} ON CONFLICT DO NOTHING"


def _no_transaction(instead: str) -> ConfigError:
    return ConfigError(
        f"no transaction is open, so the mark would stand without its effect: {instead}"
    )
