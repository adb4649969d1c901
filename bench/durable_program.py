"""What `bench.durable` measures, in a process of its own; prints one JSON object."""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from _pytest.outcomes import Skipped

from bench.durable import AT_ONCE
from hookkit.inbox.desk import Filter
from hookkit.inbox.postgres import PostgresStore
from hookkit.inbox.records import (
    Arrival,
    Ended,
    Fate,
    Head,
    NewEvent,
    NewWork,
    Work,
)
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.store import Store
from tests.postgres import schema

BODY = b"x" * 2048
FEW = 10_000
HANDLERS = [("acme", "book")]
OTHER = "zenith"


def main() -> None:
    folder, what, *more = sys.argv[1:]
    measures = {"accepting": accepting, "growth": growth, "stores": stores}
    print(json.dumps(measures[what](Path(folder), *map(int, more))))


def accepting(folder: Path) -> dict[str, float]:
    found = {"syncs": _syncs(folder), "sqlite": _bare_sqlite(folder)}
    for at_once in AT_ONCE:
        store = _store(folder)
        count = 300 * min(at_once, 16)

        def accept(key: str, store: SQLiteStore = store) -> None:
            store.submit(_arrival(key)).result()

        accept("warm")
        found[f"hookkit {at_once}"] = _rate(at_once, count, accept)
        found[f"again {at_once}"] = _rate(at_once, count, accept)
        store.close()
    return found


def growth(folder: Path, effort: int) -> dict[str, float]:
    """Effort 1 grows to 10^5 rows, more to 10^6."""
    store = _store(folder)
    found: dict[str, float] = {}
    rows = 0
    for name, until in (("few", FEW), ("many", 100_000 if effort == 1 else 1_000_000)):
        _fill(store.path, rows + 1, until)
        rows = until
        found |= {f"{what} {name}": each for what, each in _costs(store, name).items()}
    store.close()
    return found


def stores(folder: Path, effort: int) -> dict[str, float]:
    """Each store there is; Postgres where one answers."""
    sqlite = _store(folder)
    found = _store_rates("sqlite", sqlite, effort)
    sqlite.close()
    try:
        with schema() as url:
            store = PostgresStore(url)
            store.open()
            found |= _store_rates("postgres", store, effort)
            store.close()
            found |= _pool_rates(url, effort)
    except Skipped:
        print("no Postgres: left out", file=sys.stderr)
    return found


def _store_rates(name: str, store: Store, effort: int) -> dict[str, float]:
    found = {}
    for at_once in (1, 8, 32):
        prefix = f"{name} {at_once} "
        found[f"{name} accept {at_once}"] = _rate(
            at_once,
            800 * effort,
            # Of a source that nobody works for: what is claimed below is expanded already.
            lambda k, p=prefix: store.submit(replace(_arrival(p + k), source=OTHER)).result(),
        )
    for threads in (1, 4):
        batch = [f"{name} {threads} {number}" for number in range(400 * effort)]
        _queue(store, batch)
        found[f"{name} work {threads}"] = _rate(threads, len(batch), lambda k: _work(store, k))
    return found


def _queue(store: Store, keys: list[str]) -> None:
    """Events with a work each, in one delivery."""
    arrival = replace(_arrival(keys[0]), keys=tuple((key,) for key in keys), heads=())
    events = [
        NewEvent(position=at, head=Head("paid", key, None), keys=(key,), works=(NewWork("book"),))
        for at, key in enumerate(keys)
    ]
    store.submit(arrival, events).result()


def _work(store: Store, lease: str) -> None:
    work = store.claim(HANDLERS, lease, 60)
    if isinstance(work, Work):
        store.finish(work, Ended(Fate.DONE))


def _pool_rates(url: str, effort: int) -> dict[str, float]:
    """One row by one statement, as a careful hand writes it, over as many connections."""
    from psycopg_pool import ConnectionPool

    found = {}
    with ConnectionPool(url, min_size=4, max_size=4) as pool:
        with pool.connection() as connection:
            connection.execute("CREATE TABLE bare (key TEXT PRIMARY KEY, body BYTEA)")

        def insert(key: str) -> None:
            with pool.connection() as connection:
                connection.execute(
                    "INSERT INTO bare VALUES (%s, %s) ON CONFLICT DO NOTHING", (key, BODY)
                )

        for at_once in (1, 8, 32):
            found[f"pool accept {at_once}"] = _rate(
                at_once, 800 * effort, lambda k, n=at_once: insert(f"{n} {k}")
            )
    return found


def _costs(store: SQLiteStore, name: str) -> dict[str, float]:
    """Microseconds."""
    times = 300
    return {
        "accept": 1e6 / _rate(1, times, lambda k: store.submit(_arrival(f"{name}{k}")).result()),
        "claim": 1e6 / _rate(1, times, lambda k: store.claim(HANDLERS, k, 60)),
        "list": 1e6 / _rate(1, 50, lambda _: store.desk.look(Filter(state="dead"), None, 10)),
        "prune": 1e6 / _rate(1, 50, lambda _: store.desk.prune(Filter(state="done"), 10)),
    }


def _store(folder: Path) -> SQLiteStore:
    store = SQLiteStore(str(folder / f"{time.monotonic_ns()}.db"))
    store.open()
    return store


def _arrival(key: str) -> Arrival:
    return Arrival(
        source="acme",
        method="POST",
        url="",
        headers=(("content-type", "application/json"),),
        body=BODY,
        received_at=1.7e9,
        secret=0,
        heads=(Head("paid", key, None),),
        keys=((key,),),
    )


def _rate(at_once: int, count: int, call: Callable[[str], object]) -> float:
    """Calls a second."""

    def run(thread: int) -> None:
        for number in range(count // at_once):
            call(f"{thread}-{number}")

    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(run, range(at_once)))
    return count // at_once * at_once / (time.perf_counter() - start)


def _syncs(folder: Path) -> float:
    """Writes of a delivery's size with a sync each, a second."""
    file = os.open(folder / "syncs", os.O_RDWR | os.O_CREAT)
    start = time.perf_counter()
    for number in range(300):
        os.pwrite(file, BODY, number * 4096 % (1 << 20))
        os.fdatasync(file)
    rate = 300 / (time.perf_counter() - start)
    os.close(file)
    return rate


def _bare_sqlite(folder: Path) -> float:
    """Inserts of one row a second, by one thread, as durable."""
    path = folder / f"{time.monotonic_ns()}-bare.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE deliveries (key TEXT PRIMARY KEY, body BLOB)")
        start = time.perf_counter()
        for number in range(300):
            connection.execute("INSERT INTO deliveries VALUES (?, ?)", (f"k{number}", BODY))
        return 300 / (time.perf_counter() - start)


FILL = (
    "INSERT INTO deliveries (receipt, source, state, method, url, headers, received_at, secret, keys, due, "
    "body) {n} SELECT n, 'acme', 'expanded', 'POST', '', '[]', n, 0, '[]', 0, zeroblob(200) FROM n",
    "INSERT INTO events (number, receipt, position, source, state, type, event_id, key) "
    "{n} SELECT n, n, 0, 'acme', {state}, 'paid', 'e' || n, 'f' || n FROM n",
    "INSERT INTO works (number, event, source, handler, state, due) "
    "{n} SELECT n, n, 'acme', 'book', {state}, n FROM n",
    "INSERT INTO marks {n} SELECT 'acme', hex(randomblob(8)), n, 0, 0 FROM n",
)
"""As it is when all is done, but every hundredth, which waits, and one in a thousand, which is dead."""

STATE = "CASE WHEN n % 1000 = 1 THEN 'dead' WHEN n % 100 = 0 THEN 'waiting' ELSE 'done' END"


def _fill(path: str, first: int, last: int) -> None:
    numbers = (
        f"WITH RECURSIVE n (n) AS (VALUES ({first}) UNION ALL SELECT n + 1 FROM n WHERE n < {last})"
    )
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        # What was accepted while measuring makes room.
        for table in ("failures", "works", "events", "deliveries"):
            connection.execute(f"DELETE FROM {table} WHERE rowid >= {first}")
        for statement in FILL:
            connection.execute(statement.format(n=numbers, state=STATE))


if __name__ == "__main__":
    main()
