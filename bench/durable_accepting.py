"""Accepting in SQLite: hookkit's store, what a hand would write, and the disk itself."""

import os
import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from uuid import uuid4

from bench.contenders import body_of, durable_receiver, posting
from bench.driving import Put, Run, drive
from bench.timing import QUICK
from hookkit import Inbox, Receiver
from hookkit.inbox import rows
from hookkit.inbox.json_text import standard_writer
from hookkit.inbox.records import Arrival
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.sqlite import accept as sqlite_accept
from hookkit.inbox.store import Store

AT_ONCE = (1, 8, 32, 128)
WORKERS = (4, 8)
HANDLED = 240
"""Events that workers have before them in each round."""
SECONDS = 0.3
"""Of each contender in each round."""
READY = 4000
"""Deliveries, more than are accepted in that time."""

BODY = body_of(2048)

FILE = "hooks.db"
FIRST = "the first delivery's id"
DONE = "SELECT count(*) FROM events WHERE state = 'done'"

Found = dict[str, list[float]]
"""By what was measured, a number for each round."""
Contender = Callable[[Path], Run]
Opened = Callable[[Path], AbstractContextManager[Put]]


def measure(folder: Path, effort: int) -> Found:
    return in_rounds(_contenders(), folder, 5 if effort == QUICK else 11)


def in_rounds(contenders: dict[str, Contender], folder: Path, rounds: int) -> Found:
    """Run all contenders in every round, in an order that changes."""
    found: Found = {}
    order = list(contenders)
    shuffle = random.Random(1).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            # A folder of its own: nobody pays for the speed that he had in an earlier round.
            with TemporaryDirectory(dir=folder) as fresh:
                rate, p99 = contenders[name](Path(fresh))
            found.setdefault(name, []).append(rate)
            found.setdefault(f"{name}, p99", []).append(p99)
    return found


def driven(opened: Opened, at_once: int) -> Contender:
    def run(folder: Path) -> Run:
        with opened(folder) as put:
            put(uuid4().hex)
            return drive(put, at_once, SECONDS)

    return run


def _contenders() -> dict[str, Contender]:
    made = {"syncs": driven(_synced, 1), "again 8": driven(_repeated, 8)}
    made |= {f"by hand {at_once}": driven(_by_hand, at_once) for at_once in AT_ONCE}
    made |= {f"hookkit {at_once}": driven(sqlite_store, at_once) for at_once in AT_ONCE}
    made["hookkit 8, json"] = driven(_without_msgspec, 8)
    made["requests 8"] = driven(_requested, 8)
    return made | {f"workers {threads}": _worked(threads) for threads in WORKERS}


@contextmanager
def _synced(folder: Path) -> Iterator[Put]:
    """Writes of a body's size, with a sync each; over and over in the same place, as a log's."""
    file = os.open(folder / "syncs", os.O_RDWR | os.O_CREAT)
    os.pwrite(file, bytes(1 << 20), 0)
    os.fsync(file)

    def put(_key: str) -> None:
        os.pwrite(file, BODY, 0)
        os.fdatasync(file)

    try:
        yield put
    finally:
        os.close(file)


@contextmanager
def _by_hand(folder: Path) -> Iterator[Put]:
    """`INSERT; COMMIT` for each, by whoever has the lock of the one connection."""
    lock = threading.Lock()
    with closing(
        sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    ) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "CREATE TABLE inbox (n INTEGER PRIMARY KEY, source TEXT NOT NULL, id TEXT NOT NULL, "
            "received REAL, state INTEGER DEFAULT 0, body BLOB, UNIQUE (source, id))"
        )

        def put(key: str) -> None:
            with lock:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(
                    "INSERT INTO inbox (source, id, received, body) VALUES ('github', ?, ?, ?) "
                    "ON CONFLICT DO NOTHING",
                    (key, time.time(), BODY),
                )
                connection.execute("COMMIT")

        yield put


@contextmanager
def sqlite_store(folder: Path) -> Iterator[Put]:
    """hookkit's store by itself."""
    store = SQLiteStore(str(folder / FILE))
    store.open()
    try:
        yield submitted(store)
    finally:
        store.close()


@contextmanager
def _without_msgspec(folder: Path) -> Iterator[Put]:
    """As if ``hookkit[fast]`` were not installed."""
    with (
        patch.object(rows, "write", standard_writer),
        patch.object(sqlite_accept, "write", standard_writer),
        sqlite_store(folder) as put,
    ):
        yield put


def submitted(store: Store) -> Put:
    """Accepts what was made before the clock starts, as a receiver would have made it."""
    ready = deque(arrival(uuid4().hex) for _ in range(READY))

    def put(key: str) -> None:
        try:
            made = ready.popleft()
        except IndexError:
            made = arrival(key)
        store.submit(made).result()

    return put


@contextmanager
def _repeated(folder: Path) -> Iterator[Put]:
    """Deliveries that came before."""
    store = SQLiteStore(str(folder / FILE))
    store.open()
    known = cycle([arrival(f"known-{number}") for number in range(100)])
    try:
        for _ in range(100):
            store.submit(next(known)).result()
        yield lambda _key: store.submit(next(known)).result()
    finally:
        store.close()


@contextmanager
def _requested(folder: Path) -> Iterator[Put]:
    """Whole requests: verified, parsed, accepted, answered."""
    with _durable(folder) as receiver:
        yield posting(receiver, BODY)


def _worked(threads: int) -> Contender:
    """What these workers handle of an empty handler's events, which are accepted before the clock starts."""

    def run(folder: Path) -> Run:
        with _durable(folder) as receiver, closing(sqlite3.connect(folder / FILE)) as watching:
            _accept_all(receiver)
            inbox = receiver.inbox
            assert inbox is not None
            start = time.perf_counter()
            inbox.work(threads)
            # `Inbox.counts` would have the workers wait for a sync of its own.
            while watching.execute(DONE).fetchone() != (HANDLED,):
                time.sleep(0.01)
            return Run(HANDLED / (time.perf_counter() - start), 0.0)

    return run


def _accept_all(receiver: Receiver) -> None:
    post = posting(receiver, BODY)

    def some(first: int) -> None:
        for number in range(first, HANDLED, 32):
            post(f"delivery-{number}")

    threads = [threading.Thread(target=some, args=(first,)) for first in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _durable(folder: Path) -> Iterator[Receiver]:
    inbox = Inbox(f"sqlite:///{folder / FILE}")
    try:
        yield durable_receiver(inbox)
    finally:
        inbox.close()


def _arrival() -> Arrival:
    """What a receiver hands to its store for one of these deliveries."""
    handed: list[Arrival] = []
    inbox = Inbox("sqlite://")
    accept = inbox.store.submit

    def submit(arrival: Arrival, *more: object) -> object:
        handed.append(arrival)
        return accept(arrival, *more)  # type: ignore[arg-type]

    inbox.store.submit = submit  # type: ignore[assignment, method-assign]
    posting(durable_receiver(inbox), BODY)(FIRST)
    inbox.close()
    return handed[0]


ARRIVAL = _arrival()


def arrival(delivery_id: str) -> Arrival:
    """Another delivery of the same, with other keys."""

    def renamed(keys: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(key.replace(FIRST, delivery_id) for key in some) for some in keys)

    return replace(
        ARRIVAL,
        delivery_id=delivery_id,
        keys=renamed(ARRIVAL.keys),
        asks=renamed(ARRIVAL.asks),
        holds=renamed(ARRIVAL.holds),
    )
