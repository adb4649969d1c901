"""Where the kill tests kill: named points in the life of a delivery, put round the inbox's public seams.

The environment variable names one. The process that first comes to it writes "at NAME ids" to its output and
waits there, all its other threads going on, until it is killed. Nothing of this is in the package.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hookkit import Event, Inbox
from hookkit.inbox.records import Ended, Fate, Finished, NewEvent, Unexpanded, Work
from hookkit.inbox.store import Store

BARRIER = "HOOKKIT_TEST_BARRIER"
SKIP = "HOOKKIT_TEST_SKIP"

ID = re.compile(r"d-[\w-]+")
"""What the ids of these tests look like, to be found in a statement's values."""

_passing = threading.Lock()


def say(text: str) -> None:
    """One line to whoever started this process, in one piece."""
    os.write(1, f"{text}\n".encode())


def barrier(name: str, *ids: str) -> None:
    """Wait here to be killed, if this is the place, and not to be passed a few times more."""
    if os.environ.get(BARRIER) != name:
        return
    with _passing:
        left = int(os.environ[SKIP])
        os.environ[SKIP] = str(left - 1)
    if left > 0:
        return
    if left == 0:
        say(f"at {name} {os.getpid()} {' '.join(ids)}")
    threading.Event().wait()


class Journal:
    """What happened to deliveries, one line each, durable and in order over all processes."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())
        os.fsync(self._file)


class WatchedStore:
    """A store that stops at F2, F5 and F7, and writes down each completion once it is recorded."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def submit(self, arrival: Any, *rest: Any) -> Future[Any]:
        barrier("F2", arrival.delivery_id)
        return self._store.submit(arrival, *rest)

    def claim(self, *arguments: Any) -> Work | Unexpanded | None:
        task = self._store.claim(*arguments)
        if task is not None:
            barrier("F5 claimed", _id(task))
        return task

    def expand(self, task: Unexpanded, events: list[NewEvent], seconds: float) -> list[Work]:
        works = self._store.expand(task, events, seconds)
        barrier("F5 expanded", _id(task))
        return works

    def claim_some(self, *arguments: Any) -> list[Work | Unexpanded]:
        tasks = self._store.claim_some(*arguments)
        for task in tasks:
            barrier("F5 claimed", _id(task))
        return tasks

    def expanding(
        self, task: Unexpanded, events: list[NewEvent], seconds: float
    ) -> Future[list[Work]]:
        future = self._store.expanding(task, events, seconds)
        future.result()
        barrier("F5 expanded", _id(task))
        return future

    def finishing(self, work: Work, ended: Ended) -> Future[Finished]:
        barrier("F7", _id(work))
        future = self._store.finishing(work, ended)

        def note(finished: Future[Finished]) -> None:
            if finished.result().written and ended.fate is Fate.DONE:
                self._journal.write("recorded", _id(work), os.getpid())

        future.add_done_callback(note)
        return future

    def finish(self, work: Work, ended: Ended) -> Finished:
        barrier("F7", _id(work))
        finished = self._store.finish(work, ended)
        if finished.written and ended.fate is Fate.DONE:
            self._journal.write("recorded", _id(work), os.getpid())
        return finished


def _id(task: Work | Unexpanded) -> str:
    return task.delivery.arrival.delivery_id or "-"


class WatchedConnection(sqlite3.Connection):
    """Stops at F3 and F4, and where a start makes or mends the file: at its first commit."""

    opened = False
    inserted: tuple[str, ...] = ()

    def execute(self, statement: str, values: Any = (), /) -> sqlite3.Cursor:
        if statement == "COMMIT":
            return self._commit()
        if statement == "ROLLBACK":
            self.inserted = ()
        cursor = super().execute(statement, values)
        if statement.startswith("PRAGMA journal_mode"):
            barrier("recovery, log read")
        return cursor

    def executemany(self, statement: str, rows: Any, /) -> sqlite3.Cursor:
        if statement.startswith("INSERT INTO deliveries"):
            self.inserted += tuple(
                value
                for row in rows
                for value in row
                if isinstance(value, str) and ID.fullmatch(value)
            )
        return super().executemany(statement, rows)

    def _commit(self) -> sqlite3.Cursor:
        if not self.opened:
            barrier("recovery, in its transaction")
            self.opened = True
        ids, self.inserted = self.inserted, ()
        if ids:
            barrier("F3", *ids)
        cursor = super().execute("COMMIT")
        if ids:
            barrier("F4", *ids)
        return cursor


def watch_connections(path: Path) -> None:
    """Have every connection to this file watched, in this process."""
    connect = sqlite3.connect

    def connect_watched(database: str, **options: Any) -> sqlite3.Connection:
        if database == str(path):
            options["factory"] = WatchedConnection
        return connect(database, **options)

    sqlite3.connect = connect_watched  # type: ignore[assignment]


class WatchedApp:
    """A WSGI application that stops at F1, and when the answer is there and nothing of it is sent."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        told = environ["HTTP_X_GITHUB_DELIVERY"]
        environ["wsgi.input"] = _WatchedInput(environ["wsgi.input"], told)
        answer = self._app(environ, start_response)
        barrier("F4 answered", told)
        return answer


class _WatchedInput:
    def __init__(self, stream: Any, told: str) -> None:
        self._stream = stream
        self._told = told

    def read(self, size: int) -> bytes:
        barrier("F1", self._told)
        return self._stream.read(size)


@contextmanager
def watched_run(event: Event) -> Iterator[None]:
    """`around=` that stops right before the handler, and right after it."""
    barrier("F5 entered", str(event.delivery_id))
    yield
    barrier("F7 left", str(event.delivery_id))


def watch_postgres() -> None:
    """Have every connection to Postgres stop at F3 and F4, in this process."""
    _watch_statements()
    _watch_transactions()


def _watch_statements() -> None:
    """Where one statement accepts."""
    import psycopg

    execute = psycopg.Connection.execute

    def execute_watched(
        connection: psycopg.Connection, statement: str, values: Any = None, **options: Any
    ) -> psycopg.Cursor:
        if "INSERT INTO hookkit_deliveries" not in statement or not connection.autocommit:
            return execute(connection, statement, values, **options)
        # It is a transaction by itself: begun and ended here, so that there is a place to stop in it.
        execute(connection, "BEGIN")
        try:
            cursor = execute(connection, statement, values, **options)
        except psycopg.Error:
            execute(connection, "ROLLBACK")
            raise
        told = json.loads(values[0])
        fresh = [told[place - 1]["delivery_id"] for place, _ in cursor]
        if fresh:
            barrier("F3", *fresh)
        execute(connection, "COMMIT")
        if fresh:
            barrier("F4", *fresh)
            cursor.scroll(0, mode="absolute")
        return cursor

    psycopg.Connection.execute = execute_watched  # type: ignore[method-assign,assignment]


def _watch_transactions() -> None:
    """Where several statements do."""
    import psycopg

    executemany, commit = psycopg.Cursor.executemany, psycopg.Connection.commit

    def executemany_watched(
        cursor: psycopg.Cursor, statement: str, rows: list[tuple], **options: Any
    ) -> None:
        executemany(cursor, statement, rows, **options)
        if statement.startswith("INSERT INTO hookkit_deliveries"):
            cursor.connection.inserted = tuple(
                value
                for row in rows
                for value in row
                if isinstance(value, str) and ID.fullmatch(value)
            )

    def commit_watched(connection: psycopg.Connection) -> None:
        ids = getattr(connection, "inserted", ())
        connection.inserted = ()
        if ids:
            barrier("F3", *ids)
        commit(connection)
        if ids:
            barrier("F4", *ids)

    psycopg.Cursor.executemany = executemany_watched  # type: ignore[method-assign]
    psycopg.Connection.commit = commit_watched  # type: ignore[method-assign]


def watched_inbox(url: str, journal: Journal, **options: Any) -> Inbox:
    """An inbox at this URL with all of these points."""
    if url.startswith("sqlite"):
        watch_connections(Path(url.removeprefix("sqlite:///")))
    else:
        watch_postgres()
    store = Inbox(url).store
    return Inbox(WatchedStore(store, journal), around=watched_run, **options)
