"""Connections to Postgres: pooled, replaced when they are dead, and never waited for without end."""

from __future__ import annotations

import selectors
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hookkit.errors import ConfigError, InboxError
from hookkit.extras import needed
from hookkit.inbox.forks import after_fork

__all__ = ["Again", "Database", "Refused"]

R = TypeVar("R")
Job = Callable[[Any], R]

TRIES = 5
"""How often a transaction is begun: again where another was in its way, or a connection was dead."""

ACTIVE, NO_PIPELINE = 1, 0
"""Of libpq's `PGTransactionStatusType` and `PGpipelineStatus`."""

OPTIONS = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
    "connect_timeout": 5,
    "fallback_application_name": "hookkit",
    "client_encoding": "UTF8",
}
"""So that a server that is gone without a word is found out about, its keeper sees who is there, and any text
may be sent, whatever the environment says."""


class Again(Exception):  # a job's wish, not an error
    """What this transaction has seen is out of date: undo it, and begin anew."""


class Refused(InboxError):
    """Postgres cannot hold what it was given."""


class Database:
    """Runs jobs in transactions. Made anew after a fork: connections are the parent's.

    Args:
        url: ``postgresql://…``, or libpq's ``name=value`` form.
        connections: at most, of this process.
        wait: seconds to wait for a connection, and for a lock.

    Raises:
        ConfigError: psycopg is not installed, or this is no such URL.
    """

    def __init__(self, url: str, connections: int, wait: float) -> None:
        self._psycopg: Any = needed("psycopg", "postgres", "an inbox in Postgres")
        self._pools: Any = needed("psycopg_pool", "postgres", "an inbox in Postgres")
        self._url = url
        self._connections = connections
        self._wait = wait
        self._told = self._describe()
        # A fork's copy of a connection is never closed: that would end the parent's.
        self._left_behind: list[Any] = []
        self._pool: Any = None
        self._start_afresh()
        after_fork(self._start_afresh)

    def _start_afresh(self) -> None:
        self._lock = threading.Lock()
        if self._pool is not None:
            self._left_behind.append(self._pool)
        self._pool = None

    def _describe(self) -> str:
        """Where it is, without a password."""
        try:
            told = self._psycopg.conninfo.conninfo_to_dict(self._url)
        except self._psycopg.Error:
            # Its text may quote the password.
            raise ConfigError(
                'this is no URL of a Postgres: write for example "postgresql://user@host/database"'
            ) from None
        return f"{told.get('dbname', '')} on {told.get('host', 'this machine')}"

    def connect(self) -> Any:
        """A connection of the caller's own, in autocommit mode. Raises InboxError."""
        try:
            return self._psycopg.connect(self._url, autocommit=True, **OPTIONS)
        except self._psycopg.Error as error:
            raise self._told_of(error) from None

    def run_alone(self, job: Job[R]) -> R:
        """The job's result, on a connection of its own, which is closed after it. Raises InboxError."""
        try:
            with self.connect() as connection:
                self._configure(connection)
                with connection.transaction():
                    return job(connection)
        except self._psycopg.Error as error:
            raise self._told_of(error) from None

    def run(self, job: Job[R], wait: float | None = None) -> R:
        """The job's result, when it is committed. InboxError where it is not, or that is not known."""
        for left in reversed(range(TRIES)):
            committing = False
            try:
                with self._opened().connection(timeout=wait or self._wait) as connection:
                    result = self._done(connection, job)
                    committing = True
                    connection.commit()
                    return result
            except Again:
                if not left:
                    raise InboxError("others accept the same all the time") from None
            except self._psycopg.Error as error:
                if committing or not left or not self._may_pass(error):
                    raise self._told_of(error) from None
        raise AssertionError

    def ask(self, job: Job[R]) -> R:
        """The job's result; each of its statements is a transaction of its own, and one round trip."""

        def each_alone(connection: Any) -> R:
            with _in_autocommit(connection):
                return job(connection)

        return self.run(each_alone)

    def once(self, job: Job[R], wait: float | None = None) -> R:
        """The result of a job of one statement, which is a transaction of its own, and one round trip.

        It is not tried again: where the answer is lost, it may have been done. InboxError then.

        Raises:
            Again: nothing was done; `run` may do it.
        """
        errors = self._psycopg.errors
        undone = (
            errors.UniqueViolation,
            errors.DeadlockDetected,
            errors.SerializationFailure,
            errors.FeatureNotSupported,  # see `_is_spent`
            errors.AdminShutdown,  # who is ended while committing closes without a word
        )
        try:
            with self._opened().connection(timeout=wait or self._wait) as connection:
                if _has_news(connection):
                    raise Again
                with _in_autocommit(connection):
                    return self._done(connection, job)
        except undone:
            raise Again from None
        except self._psycopg.Error as error:
            raise self._told_of(error) from None

    def _done(self, connection: Any, job: Job[R]) -> R:
        """The job's result. What a signal's handler raises is raised as it was, and ends the connection."""
        try:
            return job(connection)
        except BaseException as error:
            if _is_midway(connection) or self._is_spent(error):
                connection.close()
            struck = self._struck(error)
            if struck is not None:
                raise struck from None  # and not what leaving a pipeline in the middle made of it
            raise

    def _is_spent(self, error: BaseException) -> bool:
        """Whether the connection has plans from before another process changed the schema; it keeps them."""
        return isinstance(error, self._psycopg.errors.FeatureNotSupported)

    def _struck(self, error: BaseException) -> BaseException | None:
        """What is not psycopg's, and over which psycopg raised this on the way out."""
        found: BaseException | None = error
        while (
            found is not None and isinstance(found, self._psycopg.Error) and found.__cause__ is None
        ):
            found = found.__context__
        return None if found is error or isinstance(found, self._psycopg.Error) else found

    def _may_pass(self, error: Exception) -> bool:
        """Whether the same may work at once, as nothing of it was done."""
        errors = self._psycopg.errors
        passing = errors.DeadlockDetected, errors.SerializationFailure, errors.FeatureNotSupported
        if isinstance(error, passing):
            return True
        if isinstance(error, self._pools.PoolTimeout | errors.LockNotAvailable):
            return False
        if self._is_refusal(error):
            return False
        if isinstance(error, errors.QueryCanceled) or not isinstance(
            error, self._psycopg.OperationalError
        ):
            return False
        # The server was restarted, or has ended this connection; then others are dead, too.
        self._opened().check()
        return True

    def _opened(self) -> Any:
        with self._lock:
            if self._pool is None:
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> Any:
        pool = self._pools.ConnectionPool(
            self._url,
            min_size=1,
            max_size=self._connections,
            open=False,
            timeout=self._wait,
            reconnect_timeout=self._wait,
            max_idle=60.0,
            name="hookkit",
            kwargs=OPTIONS,
            configure=self._configure,
        )
        pool.open()
        return pool

    def _configure(self, connection: Any) -> None:
        """What the inbox counts on, whatever is set for this database or user."""
        connection.isolation_level = self._psycopg.IsolationLevel.READ_COMMITTED
        # The level above is for transactions that psycopg begins, and not for a statement alone.
        connection.execute("SET default_transaction_isolation = 'read committed'")
        connection.execute("SET extra_float_digits = 1")  # or times come back shortened
        milliseconds = int(self._wait * 1000)
        connection.execute(f"SET lock_timeout = {milliseconds:d}")
        connection.execute(f"SET idle_in_transaction_session_timeout = {60_000:d}")
        (synchronous,) = connection.execute("SHOW synchronous_commit").fetchone()
        if synchronous in ("off", "local"):  # the others wait for more than this disk
            connection.execute("SET synchronous_commit = on")
        connection.commit()

    def close(self) -> None:
        """Let go of the connections. What is run later opens others."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _is_refusal(self, error: Exception) -> bool:
        psycopg = self._psycopg
        refusals = psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded
        return isinstance(error, refusals)

    def _told_of(self, error: Exception) -> InboxError:
        # The first line: those after it quote the statement. Values are in neither.
        told = (str(error).splitlines() or [""])[0]
        kind = Refused if self._is_refusal(error) else InboxError
        return kind(f"Postgres ({self._told}): {type(error).__name__}: {told}")

    def __repr__(self) -> str:
        return f"<Postgres {self._told}>"


@contextmanager
def _in_autocommit(connection: Any) -> Iterator[None]:
    connection.autocommit = True
    try:
        yield
    finally:
        if _is_midway(connection):
            connection.close()
        if not connection.closed:
            connection.autocommit = False


def _is_midway(connection: Any) -> bool:
    """Whether it was left in the middle of a statement or a pipeline: it is of no more use."""
    if connection.closed:
        return False
    pgconn = connection.pgconn
    return bool(pgconn.transaction_status == ACTIVE or pgconn.pipeline_status != NO_PIPELINE)


def _has_news(connection: Any) -> bool:
    """Whether the server has said something without being asked: most likely that it has gone."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))
