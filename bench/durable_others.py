"""Accepting beside task queues that promise the same, and in Postgres beside a pool of connections."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.driving import Put
from bench.durable_accepting import (
    BODY,
    Contender,
    Found,
    Opened,
    driven,
    in_rounds,
    sqlite_store,
    submitted,
)
from bench.services import postgres_server, redis_server
from bench.timing import QUICK
from hookkit.inbox.postgres import PostgresStore

TEXT = BODY.decode()
CONNECTIONS = 4
"""Of hookkit's store, as is its default, and of the pool that it stands against."""
PEERS_AT_ONCE = 8
AT_ONCE = (1, 8, 32)
IN_QUICK = (8, 32)


def measure(folder: Path, effort: int) -> Found:
    """What is not installed is left out."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    with ExitStack() as stack:
        port = stack.enter_context(redis_server(folder))
        url = stack.enter_context(postgres_server(folder))
        peers = {"huey": stack.enter_context(_huey(folder))}
        if port is not None:
            peers |= _on_redis(port)
        if url is not None:
            peers["procrastinate"] = stack.enter_context(_procrastinate(url))
        contenders = {name: _peer(put) for name, put in peers.items()}
        contenders[f"hookkit {PEERS_AT_ONCE}"] = driven(sqlite_store, PEERS_AT_ONCE)
        if url is not None:
            store = stack.enter_context(_postgres_store(url))
            insert = stack.enter_context(_pool(url))
            for at_once in IN_QUICK if effort == QUICK else AT_ONCE:
                contenders[f"postgres {at_once}"] = driven(_ready_for(store), at_once)
                contenders[f"pool {at_once}"] = _peer(insert, at_once)
        return in_rounds(contenders, folder, 5 if effort == QUICK else 9)


def _peer(put: Put, at_once: int = PEERS_AT_ONCE) -> Contender:
    @contextmanager
    def opened(_folder: Path) -> Iterator[Put]:
        yield put

    return driven(opened, at_once)


@contextmanager
def _huey(folder: Path) -> Iterator[Put]:
    from huey import SqliteHuey

    queue = SqliteHuey("bench", filename=str(folder / "huey.db"), fsync=True, results=False)

    @queue.task()
    def handle(_key: str, _body: bytes) -> None:
        pass

    yield lambda key: handle(key, BODY)
    queue.storage.close()


def _on_redis(port: int) -> dict[str, Put]:
    import dramatiq
    import redis
    import rq
    from celery import Celery
    from dramatiq.brokers.redis import RedisBroker

    url = f"redis://127.0.0.1:{port}/0"
    celery = Celery("bench", broker=url, backend=None)
    celery.conf.broker_pool_limit = PEERS_AT_ONCE

    @celery.task(ignore_result=True)
    def task(_key: str, _body: str) -> None:
        pass

    @dramatiq.actor(broker=RedisBroker(url=url, middleware=[]))
    def actor(_key: str, _body: str) -> None:
        pass

    queue = rq.Queue(connection=redis.Redis(port=port))
    return {
        "celery": lambda key: task.apply_async((key, TEXT)),
        "dramatiq": lambda key: actor.send(key, TEXT),
        "rq": lambda key: queue.enqueue("os.getpid", key, TEXT),
    }


@contextmanager
def _procrastinate(url: str) -> Iterator[Put]:
    from procrastinate import App, SyncPsycopgConnector

    connector = SyncPsycopgConnector(conninfo=url, min_size=PEERS_AT_ONCE, max_size=PEERS_AT_ONCE)
    with App(connector=connector).open() as app:
        app.schema_manager.apply_schema()

        @app.task
        def handle(key: str, body: str) -> None:
            pass

        # Its lock is what tells a repeat there.
        yield lambda key: handle.configure(queueing_lock=key).defer(key=key, body=TEXT)


@contextmanager
def _postgres_store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url, connections=CONNECTIONS)
    store.open()
    try:
        yield store
    finally:
        store.close()


def _ready_for(store: PostgresStore) -> Opened:
    @contextmanager
    def opened(_folder: Path) -> Iterator[Put]:
        yield submitted(store)

    return opened


@contextmanager
def _pool(url: str) -> Iterator[Put]:
    """One row by one statement and one round trip, as a careful hand writes it."""
    from psycopg_pool import ConnectionPool

    with ConnectionPool(
        url, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs={"autocommit": True}, open=True
    ) as pool:
        pool.wait()
        with pool.connection() as connection:
            connection.execute(
                "CREATE TABLE inbox (source TEXT, id TEXT, received TIMESTAMPTZ DEFAULT now(), "
                "state INT DEFAULT 0, body BYTEA, PRIMARY KEY (source, id))"
            )

        def insert(key: str) -> None:
            with pool.connection() as connection:
                connection.execute(
                    "INSERT INTO inbox (source, id, body) VALUES ('github', %s, %s) "
                    "ON CONFLICT DO NOTHING",
                    (key, BODY),
                )

        yield insert
