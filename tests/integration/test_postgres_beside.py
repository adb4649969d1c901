"""What processes do at the same time to the same rows of a Postgres: none is stuck, nothing is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import psycopg
import pytest

from hookkit.inbox.desk import Filter
from hookkit.inbox.postgres import PostgresStore
from hookkit.inbox.records import Arrival, NewEvent
from hookkit.inbox.sent_keys import sent_beginning, sent_key
from hookkit.testing.contracts.base import BOTH, DEAD, DONE, arrival, events, unparsed

PATIENCE = 30.0


@pytest.fixture
def another(url, store) -> Iterator[PostgresStore]:
    """Another process's."""
    made = PostgresStore(url)
    yield made
    made.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def wait_until_behind(other: psycopg.Connection) -> None:
    """Until somebody waits for a lock that this transaction has."""
    ending = time.monotonic() + PATIENCE
    with psycopg.connect(other.info.dsn, autocommit=True) as connection:
        while not connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))",
            (other.info.backend_pid,),
        ).fetchone()[0]:
            assert time.monotonic() < ending
            time.sleep(0.01)


def wait_until_waiting(url: str, processes: int) -> None:
    """Until so many wait for locks in this schema."""
    ending = time.monotonic() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while (
            connection.execute(
                "SELECT count(DISTINCT pid) FROM pg_locks WHERE pid IN (SELECT pid FROM pg_locks "
                "WHERE NOT granted) AND relation IN "
                "(SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
            ).fetchone()[0]
            < processes
        ):
            assert time.monotonic() < ending
            time.sleep(0.01)


def in_lane(key: str, lane: str) -> list[NewEvent]:
    (event,) = events([key])
    return [replace(event, works=tuple(replace(work, lane=lane) for work in event.works))]


def lock_lane(connection: psycopg.Connection, lane: str) -> None:
    connection.execute("SELECT 1 FROM hookkit_lanes WHERE lane = %s FOR UPDATE NOWAIT", (lane,))


def dead(store: PostgresStore, key: str = "a") -> int:
    """A delivery of one event, which is dead."""
    accepted, _ = store.submit(arrival([key]), events([key])).result()
    store.finish(store.claim(BOTH, "w", 60), DEAD)
    return accepted.receipt


def lock_events(connection: psycopg.Connection) -> None:
    connection.execute("SELECT 1 FROM hookkit_events FOR UPDATE")


def kill(store: PostgresStore, key: str, lane: str) -> None:
    """Have an event in a lane, that is dead."""
    store.submit(arrival([key]), in_lane(key, lane)).result()
    store.finish(store.claim(BOTH, "w", 60), DEAD)


# A signal's handler raises: that is what is heard, and nothing is done again.


class SoftTimeLimitExceeded(Exception):
    """As Celery's is one."""


def refuse(*_told: object) -> None:
    raise SoftTimeLimitExceeded


def strike_behind(other: psycopg.Connection) -> None:
    wait_until_behind(other)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)


@pytest.fixture
def signalled() -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, refuse)
    yield
    signal.signal(signal.SIGUSR1, before)


def test_a_signal_in_a_transaction(store, other, pool, signalled):
    """Within a pipeline, and out of one."""
    store.submit(arrival(["a"]), events(["a"])).result()
    work = store.claim(BOTH, "w", 60)
    other.execute("LOCK TABLE hookkit_events")
    for job in (lambda: store.finish(work, DONE), store.counts):
        struck = pool.submit(strike_behind, other)
        with pytest.raises(SoftTimeLimitExceeded):
            job()
        struck.result()
    other.rollback()
    assert store.finish(work, DONE).written


def test_a_signal_in_a_statement_alone(store, other, pool, signalled):
    store.submit(arrival(["a"]), events(["a"])).result()
    other.execute("LOCK TABLE hookkit_works")
    struck = pool.submit(strike_behind, other)
    with pytest.raises(SoftTimeLimitExceeded):
        store.claim(BOTH, "w", 60)
    struck.result()
    other.rollback()
    assert store.counts().works == {"waiting": 1}


# A request and a repair of one delivery, each with a key that the other has not: one of them is stored.


def requested(*keys: str) -> Arrival:
    given = arrival([sent_key("d-1", sha256(b"{}").hexdigest(), "0"), *keys])
    return replace(given, asks=(("repaired:d-1",),))


def repaired() -> Arrival:
    """As a later version of the provider's answer has it: its digest is another."""
    given = arrival([sent_key("d-1", sha256(b"{ }").hexdigest(), "0")])
    asks = (("repaired:d-1", sent_beginning("d-1")),)
    return replace(given, asks=asks, holds=(("repaired:d-1",),))


def hold(connection: psycopg.Connection, key: str) -> None:
    """Hold up whoever writes this key."""
    connection.execute("INSERT INTO hookkit_known VALUES ('acme', %s, 1, 0, 0)", (key,))


@pytest.mark.parametrize(("expanded", "before"), [(None, 0), (None, 12), (events(["x"]), 0)])
def test_a_request_that_comes_while_a_repair_is_written(store, url, other, pool, expanded, before):
    """Also where a plan is used again."""
    another = PostgresStore(url, connections=1)
    for number in range(before):
        another.submit(arrival([f"before {number}"])).result()
    hold(other, "repaired:d-1")
    repair = pool.submit(store.submit(repaired()).result)
    wait_until_behind(other)
    request = pool.submit(another.submit(requested(), expanded).result)
    wait_until_waiting(url, 2)
    other.rollback()
    assert [each.result()[0].duplicate for each in (repair, request)] == [False, True]
    another.close()


@pytest.mark.parametrize("expanded", [None, events(["x"])])
def test_a_repair_that_comes_while_a_request_is_written(store, another, url, other, pool, expanded):
    hold(other, "x")
    request = pool.submit(store.submit(requested("x"), expanded).result)
    wait_until_behind(other)
    repair = pool.submit(another.submit(repaired()).result)
    wait_until_waiting(url, 2)
    other.rollback()
    assert [each.result()[0].duplicate for each in (request, repair)] == [False, True]


def test_a_repair_waits_for_nobody_who_vacuums_or_dumps(store, other):
    """Else those who accept would wait for it meanwhile."""
    vacuumed = "deliveries, hookkit_events, hookkit_known, hookkit_lanes, hookkit_works"
    other.execute(f"LOCK TABLE hookkit_{vacuumed} IN SHARE UPDATE EXCLUSIVE MODE")
    other.execute("LOCK TABLE hookkit_clock IN ACCESS SHARE MODE")
    assert not store.submit(repaired()).result()[0].duplicate
    assert store.submit(requested("x")).result()[0].duplicate


# Lanes: whoever waits for one has none that comes after it.


def test_lanes_of_a_batch_are_taken_in_one_order(store, other, pool):
    for lane in "ab":
        kill(store, lane, lane)
    lock_lane(other, "a")
    futures = [store.submit(arrival([lane * 2]), in_lane(lane * 2, lane)) for lane in "ba"]
    result = pool.submit(futures[0].result)
    wait_until_behind(other)
    lock_lane(other, "b")
    other.commit()
    assert not result.result()[0].duplicate


def test_so_are_those_of_dead_events_that_come_again(store, other, pool):
    for lane in "ab":
        kill(store, lane, lane)
    lock_lane(other, "a")
    futures = [store.submit(arrival(["b"])), store.submit(arrival(["n"]), in_lane("n", "a"))]
    futures.append(store.submit(arrival(["b"])))  # so that it is written with the others
    result = pool.submit(futures[2].result)
    wait_until_behind(other)
    lock_lane(other, "b")
    other.commit()
    assert result.result()[0].duplicate
    assert futures[0].result()[0].revived == 1


def test_so_are_those_of_what_is_parsed_later(store, other, pool):
    for lane in "ab":
        kill(store, lane, lane)
    store.submit(unparsed("d")).result()
    task = store.claim(BOTH, "w", 60)
    found = [*in_lane("b", "b"), replace(in_lane("n", "a")[0], position=1)]
    lock_lane(other, "a")
    result = pool.submit(store.expand, task, found, 60)
    wait_until_behind(other)
    lock_lane(other, "b")
    other.commit()
    assert result.result() == []
    assert store.counts().works == {"dead": 1, "waiting": 2}


def test_so_are_those_of_a_replay_before_the_events(store, other, pool):
    """Also where its handler never heard of some of them: one whose end has the lane would wait for these."""
    kill(store, "a", "a")
    new, _ = store.submit(arrival(["b"]), events(["b"], handlers=["g"])).result()
    lock_lane(other, "a")
    queued = pool.submit(store.desk.queue, [1, new.receipt], BOTH[0])
    wait_until_behind(other)
    other.execute("SELECT 1 FROM hookkit_events FOR UPDATE NOWAIT")
    other.commit()
    assert queued.result() == 2


def test_what_is_replayed_while_it_ends_has_its_turn(store, url, other, pool):
    receipt = store.submit(arrival(["a"]), in_lane("a", "a")).result()[0].receipt
    work = store.claim(BOTH, "w", 60)
    lock_events(other)
    finished = pool.submit(store.finish, work, DONE)
    wait_until_behind(other)
    queued = pool.submit(store.desk.queue, [receipt], None)
    wait_until_waiting(url, 2)
    other.commit()
    assert finished.result().written
    assert queued.result() == 1
    assert store.claim(BOTH, "w", 60).number == work.number


# What comes back is not pruned, and what is given up does not come back.


def test_a_dead_event_that_comes_again_is_not_pruned_meanwhile(store, other, pool):
    """Also beside another, so that no repeat is counted, for which the delivery would be locked."""
    first = dead(store)
    lock_events(other)
    again = pool.submit(store.submit(arrival(["a"], ["b"])).result)
    wait_until_behind(other)
    assert store.desk.prune(Filter(), 10) == 0
    other.commit()
    assert again.result()[0].revived == 1
    assert store.claim(BOTH, "w", 60).delivery.receipt == first


def test_nor_is_one_that_comes_again_in_what_is_parsed_later(store, other, pool):
    first = dead(store)
    store.submit(unparsed("d")).result()
    task = store.claim(BOTH, "w", 60)
    lock_events(other)
    expanding = pool.submit(store.expand, task, events(["a"]), 60)
    wait_until_behind(other)
    assert store.desk.prune(Filter(), 10) == 0
    other.commit()
    expanding.result()
    assert store.claim(BOTH, "w", 60).delivery.receipt == first


def test_nor_is_one_that_is_replayed(store, other, pool):
    receipt = dead(store)
    lock_events(other)
    queued = pool.submit(store.desk.queue, [receipt], None)
    wait_until_behind(other)
    assert store.desk.prune(Filter(), 10) == 0
    other.commit()
    assert queued.result() == 1
    assert store.claim(BOTH, "w", 60).delivery.receipt == receipt


def test_what_came_again_since_it_was_looked_at_is_not_pruned(store, other, pool, monkeypatch):
    """The look is held up after it has begun."""
    dead(store)
    other.execute("SELECT pg_advisory_xact_lock(7)")
    held = "(SELECT pg_advisory_xact_lock(%s)::text) IS NOT NULL"
    with monkeypatch.context() as patched:
        patched.setattr("hookkit.inbox.postgres.desk.where", lambda *_: (held, (7,)))
        pruning = pool.submit(store.desk.prune, Filter(), 10)
        wait_until_behind(other)
    assert store.submit(arrival(["a"])).result()[0].revived == 1
    other.commit()
    assert pruning.result() == 0
    assert store.counts().deliveries == {"expanded": 1}


def test_what_another_gives_up_meanwhile_does_not_come_back(store, other, pool):
    """Also where that is an older hookkit, which locks no delivery."""
    dead(store)
    lock_events(other)
    again = pool.submit(store.submit(arrival(["a"])).result)
    wait_until_behind(other)
    other.execute("UPDATE hookkit_works SET state = 'discarded'")
    other.execute("UPDATE hookkit_events SET state = 'done'")
    other.commit()
    assert again.result()[0].revived == 0
    assert store.counts().events == {"done": 1}


def test_what_is_expanded_while_it_is_erased_is_given_up(store, url, other, pool):
    receipt = store.submit(arrival(["a"])).result()[0].receipt
    task = store.claim(BOTH, "w", 60)
    other.execute("INSERT INTO hookkit_known VALUES ('acme', 'new', 1, 0, 0)")
    expanding = pool.submit(store.expand, task, events(["new"]), 60)
    wait_until_behind(other)
    erasing = pool.submit(store.desk.erase, [receipt])
    wait_until_waiting(url, 2)
    other.rollback()
    expanding.result()
    assert erasing.result() == 1
    assert store.counts().works == {"discarded": 1}
    assert store.claim(BOTH, "w", 60) is None
