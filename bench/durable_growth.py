"""How the store's costs grow with what is in it: two files of each kind, one with few rows, one with many.

Run where a sync takes no time: that is the same for both, and would hide what grows.
"""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from bench.durable_accepting import Found, arrival
from bench.timing import QUICK
from hookkit.inbox.desk import Filter
from hookkit.inbox.sqlite import SQLiteStore

FEW = 10_000
MANY = {True: 100_000, False: 1_000_000}
"""In a quick run, and else."""
WAITING = 2_000
"""Events that are to be claimed, in either."""
TIMES = 100
"""Of everything, in each round."""

HANDLERS = [("github", "book")]

KEYS = {
    "time-ordered": "printf('%016x', n)",
    "random": "hex(randomblob(8))",
}

FILL = (
    "INSERT INTO deliveries (receipt, source, state, method, url, headers, received_at, secret, keys, due, "
    "body) {n} SELECT n, 'github', 'expanded', 'POST', '', '[]', n, 0, '[]', 0, zeroblob(200) FROM n",
    "INSERT INTO events (number, receipt, position, source, state, type, event_id, key) "
    "{n} SELECT n, n, 0, 'github', {state}, 'paid', 'e' || n, 'f' || n FROM n",
    "INSERT INTO works (number, event, source, handler, state, due) "
    "{n} SELECT n, n, 'github', 'book', {state}, n FROM n",
    "INSERT INTO marks {n} SELECT 'github', 'sent:' || {key}, n, 0, 0 FROM n",
)
"""As it is when all is done, but what waits, and one in a thousand, which is dead."""

STATE = "CASE WHEN n % 1000 = 1 THEN 'dead' WHEN n % {every} = 0 THEN 'waiting' ELSE 'done' END"


def measure(folder: Path, effort: int) -> Found:
    """Microseconds, by what is done and whether there are few or many rows."""
    found: Found = {}
    shuffle = random.Random(1).shuffle
    stores = {
        (kind, size): _filled(folder / f"{kind}-{size}.db", rows, KEYS[kind])
        for kind in KEYS
        for size, rows in (("few", FEW), ("many", MANY[effort == QUICK]))
    }
    order = list(stores)
    ids = {"time-ordered": _later(), "random": _anywhere()}
    for _ in range(11 if effort == QUICK else 15):
        shuffle(order)
        for kind, size in order:
            for what, cost in _costs(stores[kind, size], kind, ids[kind]).items():
                found.setdefault(f"{what}, {size}", []).append(cost)
    for store in stores.values():
        store.close()
    return found


def _costs(store: SQLiteStore, kind: str, ids: Iterator[str]) -> dict[str, float]:
    costs = {f"accept, {kind} ids": _cost(lambda: store.submit(arrival(next(ids))).result())}
    if kind != "random":
        return costs
    dead, done = Filter(state="dead"), Filter(state="done")
    return costs | {
        "claim": _cost(lambda: store.claim(HANDLERS, "a lease", 60)),
        "list": _cost(lambda: store.desk.look(dead, None, 10)),
        "prune": _cost(lambda: store.desk.prune(done, 1)),
    }


def _cost(call: Callable[[], object]) -> float:
    """Microseconds."""
    start = time.perf_counter()
    for _ in range(TIMES):
        call()
    return (time.perf_counter() - start) / TIMES * 1e6


def _later() -> Iterator[str]:
    return (f"{number:016x}" for number in count(1 << 32))


def _anywhere() -> Iterator[str]:
    random_ids = random.Random(2)
    return (f"{random_ids.getrandbits(64):016X}" for _ in count())


def _filled(path: Path, rows: int, key: str) -> SQLiteStore:
    store = SQLiteStore(str(path))
    store.open()
    numbers = f"WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {rows})"
    state = STATE.format(every=rows // WAITING)
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        for statement in FILL:
            connection.execute(statement.format(n=numbers, state=state, key=key))
    return store
