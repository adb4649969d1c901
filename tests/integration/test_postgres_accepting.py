"""Accepting in Postgres by one statement, beside others that accept the same: nothing is half done."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from hookkit.errors import InboxError
from hookkit.inbox.postgres import PostgresStore
from hookkit.inbox.postgres.fresh import ACCEPT, accept_fresh
from hookkit.inbox.records import Head
from hookkit.inbox.rows import ARRIVAL
from hookkit.testing.contracts.base import arrival, events, unparsed
from tests.postgres import schema

PATIENCE = 30.0
WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN "
    "(SELECT pid FROM pg_stat_activity WHERE query LIKE '%hookkit_deliveries%')"
)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def accept(store, *keys, **more):
    return store.submit(arrival(*keys, **more)).result()[0]


def keys_in(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT key, receipt FROM hookkit_known").fetchall())


def receipts_in(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT receipt FROM hookkit_deliveries ORDER BY receipt")
        return [receipt for (receipt,) in found]


def hold(connection: psycopg.Connection, key: str, receipt: int) -> None:
    """Write a key as another process would that has not committed yet."""
    connection.execute("INSERT INTO hookkit_known VALUES ('acme', %s, %s, 0, 0)", (key, receipt))


def wait_until_locked(url: str, times: int = 1) -> None:
    ending = time.monotonic() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(WAITING).fetchone()[0] < times:
            assert time.monotonic() < ending
            time.sleep(0.01)


def test_who_comes_second_waits_and_writes_nothing(store, url, other, pool):
    """Neither its delivery, nor the key that the other does not have."""
    first = accept(store, ["first"]).receipt
    hold(other, "b", first)
    second = pool.submit(accept, store, ["a", "b"])
    wait_until_locked(url)
    other.commit()
    assert second.result() == replace(second.result(), receipt=first, duplicate=True)
    assert receipts_in(url) == [first]
    assert keys_in(url) == {"first": first, "b": first}


def test_who_comes_second_is_first_where_the_other_gives_up(store, url, other, pool):
    hold(other, "b", 1)
    second = pool.submit(accept, store, ["a", "b"])
    wait_until_locked(url)
    other.rollback()
    receipt = second.result().receipt
    assert not second.result().duplicate
    assert receipts_in(url) == [receipt]
    assert keys_in(url) == {"a": receipt, "b": receipt}


def test_one_whose_key_comes_meanwhile_takes_nobody_with_it(store, url, other, pool):
    """All that were written with it are written again."""
    first = accept(store, ["first"]).receipt
    hold(other, "b", first)
    futures = [store.submit(arrival([key])) for key in ("a", "b", "c")]
    results = [pool.submit(future.result) for future in futures]
    wait_until_locked(url)
    other.commit()
    accepted = [result.result()[0] for result in results]
    assert [each.duplicate for each in accepted] == [False, True, False]
    assert receipts_in(url) == sorted({first, accepted[0].receipt, accepted[2].receipt})


def test_an_event_that_is_known_beside_one_that_is_not(store, url):
    """The delivery is new, and holds only what is."""
    first = accept(store, ["a"])
    both = accept(store, ["a"], ["b"])
    assert not both.duplicate
    assert keys_in(url) == {"a": first.receipt, "b": both.receipt}
    assert accept(store, ["b"], ["a"]).duplicate


def test_repeats_within_a_batch(store, url):
    """Of the same key, of one among several, and within a delivery."""
    given = [["a"]], [["a"]], [["b", "a"]], [["c"], ["c"]], [["c"], ["d"]]
    futures = [store.submit(arrival(*keys)) for keys in given]
    accepted = [future.result()[0] for future in futures]
    assert [each.duplicate for each in accepted] == [False, True, True, False, False]
    assert {each.receipt for each in accepted[:3]} == {accepted[0].receipt}
    assert keys_in(url) == {
        "a": accepted[0].receipt,
        "c": accepted[3].receipt,
        "d": accepted[4].receipt,
    }
    assert store.counts().duplicates == 2


def test_all_kinds_in_one_batch(store):
    """What is expanded at once, what is parsed later, and what asks for keys that it does not hold."""
    asking = replace(arrival(["e"]), asks=(("told",),), holds=(("noted",),))
    futures = [
        store.submit(arrival(["a"])),
        store.submit(arrival(["b"]), events(["b"], handlers=("h",))),
        store.submit(unparsed("c")),
        store.submit(arrival([])),
        store.submit(asking),
    ]
    assert not any(future.result()[0].duplicate for future in futures)
    assert store.counts().deliveries == {"accepted": 4, "expanded": 1}
    assert accept(store, ["told"]).duplicate is False  # it was asked for only
    assert store.submit(replace(asking, keys=(("f",),))).result()[0].duplicate
    assert accept(store, ["noted"]).duplicate


def test_by_one_statement_a_row_is_the_same(store, url):
    """As by that which writes one delivery after the other; with what Postgres cannot hold spelt out."""
    odd = ("x-odd", 'a "quote" \\ \x00 \ud800 caf\xe9 \u2028 \U0001f600')
    given = replace(
        arrival(["a", 'k "é"']),
        headers=(odd, ("host", "h")),
        url="/\x00?\ud800",
        delivery_id="\x00",
        signed_at=None,
        heads=(Head("a.b", None, 1.5), Head('"', "é\\", None)),
    )
    store.submit(given).result()
    others = replace(given, keys=(("d",), ("e",)))
    store.submit(others, events(["d"], ["e"])).result()
    columns = ", ".join(c for c in ARRIVAL.split(", ") if c != "keys")
    with psycopg.connect(url) as connection:
        one, other = connection.execute(
            f"SELECT {columns} FROM hookkit_deliveries ORDER BY receipt"
        ).fetchall()
        keys = connection.execute("SELECT keys FROM hookkit_deliveries ORDER BY receipt").fetchall()
    assert one == other
    assert [json.loads(text) for (text,) in keys] == [
        [list(some) for some in each.keys] for each in (given, others)
    ]


@pytest.mark.parametrize("before", [0, 12])
def test_a_receipt_is_taken_under_the_lock(url, other, pool, before):
    """Or who follows would miss it; when it was just planned, and when a plan is used again."""
    store = PostgresStore(url, connections=1)
    for number in range(before):
        accept(store, [f"before {number}"])
    other.execute("LOCK TABLE hookkit_deliveries IN SHARE MODE")
    next_one = "SELECT last_value, is_called FROM hookkit_deliveries_receipt_seq"
    seen = other.execute(next_one).fetchone()
    result = pool.submit(accept, store, ["a"])
    wait_until_locked(url)
    assert other.execute(next_one).fetchone() == seen
    other.commit()
    assert result.result().receipt == before + 1
    store.close()


def test_keys_are_looked_up_by_the_index_however_few_there_were(store, url):
    """The plan is kept for when there are many."""
    accept(store, *([f"key {number}"] for number in range(20)))
    statement = ACCEPT.replace("%s", "$1", 1).replace("%b", "$2").replace("%s", "$3")
    with psycopg.connect(url) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE accepting (json, bytea[], json) AS {statement}")
        connection.execute("ANALYZE hookkit_known")
        plan = connection.execute("EXPLAIN EXECUTE accepting ('[]', '{}', '[]')").fetchall()
    told = "\n".join(line for (line,) in plan)
    assert "Index Scan using hookkit_known_pkey" in told
    assert "Seq Scan on hookkit_known" not in told


def test_what_waits_for_a_key_holds_up_nobody_else(store, url, other, pool):
    first = accept(store, ["first"]).receipt
    hold(other, "a", first)
    stuck = pool.submit(accept, store, ["a"])
    wait_until_locked(url)
    started = time.monotonic()
    assert not accept(store, ["b"]).duplicate
    assert time.monotonic() - started < 2.5  # half of what a lock is waited for
    assert not stuck.done()
    other.commit()
    assert stuck.result().duplicate


def test_the_same_from_all_sides_is_accepted_once(url, store, pool):
    """By two stores, with keys in another order: no deadlock, and one receipt."""
    another = PostgresStore(url)
    for round_ in range(10):
        keys = [f"{round_} {number}" for number in range(8)]
        barrier = threading.Barrier(16)

        def submit(at: int, keys=keys, barrier=barrier):
            mine = keys[at // 2 :] + keys[: at // 2]
            barrier.wait()
            return [
                future.result()[0]
                for future in [(store, another)[at % 2].submit(arrival([key])) for key in mine]
            ]

        found = [each for some in pool.map(submit, range(16)) for each in some]
        assert sum(not each.duplicate for each in found) == len(keys)
        assert len({each.receipt for each in found}) == len(keys)
    assert len(receipts_in(url)) == 80
    another.close()


def test_a_failure_is_told_to_all_and_the_next_is_accepted(store, url, monkeypatch):
    def fail(_connection, _arrivals):
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr("hookkit.inbox.postgres.accepting.accept_fresh", fail)
        futures = [store.submit(arrival([key])) for key in "abcd"]
        for future in futures:
            with pytest.raises(InboxError, match="ValueError"):
                future.result(PATIENCE)
    assert not accept(store, ["a"]).duplicate
    assert len(receipts_in(url)) == 1


def test_a_signal_in_who_writes_is_told_to_those_with_it(store, monkeypatch):
    """And is raised where it struck."""

    def interrupt(_connection, _arrivals):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("hookkit.inbox.postgres.accepting.accept_fresh", interrupt)
        future = store.submit(arrival(["a"]))
        with pytest.raises(KeyboardInterrupt):
            future.result()
        with pytest.raises(InboxError, match="KeyboardInterrupt"):
            future.result()
    assert not accept(store, ["a"]).duplicate


@pytest.mark.parametrize("expanded", [False, True])
def test_who_cannot_be_written_takes_nobody_with_it(store, url, expanded):
    """One whose key is too long for an index, and one that is no text."""
    bad = [arrival([secrets.token_hex(50_000)]), arrival([b"bytes"])]
    given = [arrival(["a"]), *bad, arrival(["b"]), arrival(["a"])]
    futures = [store.submit(each, events(*each.keys) if expanded else None) for each in given]
    for future in futures[1:3]:
        with pytest.raises(InboxError):
            future.result()
    accepted = [futures[place].result()[0] for place in (0, 3, 4)]
    assert [each.duplicate for each in accepted] == [False, False, True]
    assert keys_in(url) == {"a": accepted[0].receipt, "b": accepted[1].receipt}


def test_bodies_of_a_batch_are_bounded(store, url, monkeypatch):
    """By their sizes, too; one that is larger goes alone."""
    sizes = []

    def note(connection, arrivals):
        sizes.append([len(each.body) for each in arrivals])
        return accept_fresh(connection, arrivals)

    monkeypatch.setattr("hookkit.inbox.postgres.accepting.MOST_BYTES", 100)
    monkeypatch.setattr("hookkit.inbox.postgres.accepting.accept_fresh", note)
    bodies = [60, 40, 1, 200, 10]
    futures = [store.submit(arrival([str(at)], body=bytes(at))) for at in bodies]
    assert not any(future.result()[0].duplicate for future in futures)
    assert sizes == [[60, 40], [1], [200], [10]]


class Signalled:
    """A condition whose lock is let go of when a signal comes."""

    def __init__(self, condition: threading.Condition) -> None:
        self._condition = condition
        self.is_armed = True

    def __getattr__(self, name: str):
        return getattr(self._condition, name)

    def __enter__(self):
        return self._condition.__enter__()

    def __exit__(self, *told) -> None:
        self._condition.__exit__(*told)
        if self.is_armed:
            self.is_armed = False
            raise KeyboardInterrupt


def test_a_signal_before_who_leads_has_begun(store, url):
    """It does not count as writing after that, for which the end would wait: the next writes."""
    accepting = store._accepting
    whole = accepting._changed
    accepting._changed = Signalled(whole)
    with pytest.raises(KeyboardInterrupt):
        accept(store, ["a"])
    accepting._changed = whole
    turns, accepting._turns = accepting._turns, []  # the end comes where this fails, too
    assert turns == []
    assert not accept(store, ["b"]).duplicate
    assert len(receipts_in(url)) == 2


class Interrupted(deque):
    """Where a signal comes while the first is taken."""

    def __init__(self, *, has_left: bool) -> None:
        super().__init__()
        self._has_left = has_left
        self._is_armed = True

    def popleft(self):
        if self._is_armed:
            self._is_armed = False
            if self._has_left:
                super().popleft()
            raise KeyboardInterrupt
        return super().popleft()


@pytest.mark.parametrize("has_left", [False, True])
def test_a_signal_while_one_is_taken_is_told_to_it(store, has_left):
    store._accepting._waiting = Interrupted(has_left=has_left)
    future = store.submit(arrival(["a"]))
    with pytest.raises(KeyboardInterrupt):
        future.result()
    with pytest.raises(InboxError, match="KeyboardInterrupt"):
        future.result(PATIENCE)
    assert not accept(store, ["a"]).duplicate


def test_where_no_thread_can_be_had(store, monkeypatch):
    """Who waits writes all the same; who does not is told."""

    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    accept(store, ["before"])  # the connections' threads are there
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert not accept(store, ["a"]).duplicate
        future = store.submit(arrival(["b"]))
        future.add_done_callback(lambda _future: None)
        with pytest.raises(InboxError, match="can't start new thread"):
            future.result(PATIENCE)


def test_what_nobody_waits_for_is_written_in_the_end(url, store):
    store.submit(arrival(["a"]))
    store.close()
    assert len(receipts_in(url)) == 1


def test_nothing_of_a_batch_is_left_waiting(store, url, pool):
    """Whoever comes while others write: with more at once than may write, over and over."""
    for round_ in range(5):
        keys = [f"{round_} {number}" for number in range(64)]
        assert not any(each.duplicate for each in pool.map(lambda key: accept(store, [key]), keys))
    assert len(receipts_in(url)) == 320


def test_news_goes_on_after_an_error(url, store, monkeypatch):
    """Whatever it is."""
    asked, told = threading.Semaphore(0), threading.Semaphore(0)

    def fail(_connection):
        asked.release()
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("hookkit.inbox.postgres.news.notify", fail)
        accept(store, ["a"])
        assert asked.acquire(timeout=PATIENCE)
        time.sleep(0.1)  # for the thread to be done with it
    watching = PostgresStore(url)
    stop = watching.watch(told.release)
    assert told.acquire(timeout=PATIENCE)  # it listens now
    accept(store, ["b"])
    assert told.acquire(timeout=PATIENCE)
    stop()
    watching.close()


@pytest.mark.parametrize("length", [55, 56, 63])
def test_news_in_a_schema_of_a_long_name(length):
    """A channel's name has less than 64 bytes."""
    with schema("h" + secrets.token_hex(32)[1:length]) as url:
        store, watching, told = PostgresStore(url), PostgresStore(url), threading.Semaphore(0)
        store.open()
        receipt = accept(store, ["a"]).receipt
        store.unparseable(store.claim([("acme", "h")], "w", 60), "bad-body")
        stop = watching.watch(told.release)
        assert told.acquire(timeout=PATIENCE)  # it listens now
        assert store.desk.queue([receipt], None) == 1
        assert told.acquire(timeout=PATIENCE)
        stop()
        watching.close()
        store.close()


def test_news_is_told_before_the_end(url, store):
    """It comes after the commit, but not only with the next one."""
    watching, told = PostgresStore(url), threading.Semaphore(0)
    stop = watching.watch(told.release)
    assert told.acquire(timeout=PATIENCE)  # it listens now
    accept(store, ["a"])
    store.close()
    assert told.acquire(timeout=PATIENCE)
    stop()
    watching.close()
