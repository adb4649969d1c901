"""Whenever a process is killed, an acknowledged delivery is handled, and no completion is repeated."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.program import POISON_ATTEMPTS
from tests.integration.striking import Ledger, Nursery, Traffic, nursery, strikes, wait_until
from tests.postgres import schema

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.skipif(
        not {"KILLS", "CI"} & set(os.environ), reason="a minute of kill -9; `make kills` runs it"
    ),
]

LEAST = 20
"""Real strikes at each barrier; fewer tell nothing."""

NO_ROW = {"F1", "F2", "F3"}
ONE_ROW = {"F4", "F4 answered"}

OF_SERVER = ["F1", "F2", "F3", "F4", "F4 answered"]
OF_WORKER = [
    "F5 claimed",
    "F5 expanded",
    "F5 entered",
    "F6",
    "F6 in its transaction",
    "F7 left",
    "F7",
]
OF_HANDLED = [
    *OF_SERVER,
    "F5 entered",
    "F6",
    "F6 in its transaction",
    "F7 left",
    "F7",
]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path: Path) -> Iterator[str]:
    """Where an empty inbox is to be."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/hooks.db"
        return
    with schema() as url:
        yield url


@pytest.fixture
def strike(record_property, request):
    """Counts strikes, for the table at the end of the run; too few of them are a failure."""
    counted: Counter[str] = Counter()

    def count(barrier: str) -> None:
        counted[barrier] += 1

    yield count
    for barrier, times in counted.items():
        record_property(f"kills at {barrier}, {request.node.callspec.params['url']}", times)
    assert counted
    assert min(counted.values()) >= LEAST


def check_rows(ledger: Ledger, barrier: str, ids: list[str], traffic: Traffic) -> None:
    """What must stand in the file right after a kill there, before anything else is started."""
    for told in ids:
        if barrier in NO_ROW:
            # One that was sent before may have been committed then, and its answer lost with that process.
            assert ledger.rows(told) <= (traffic.tries[told] > 1), told
        elif barrier in ONE_ROW:
            assert ledger.rows(told) == 1, told


def kill_on(
    processes: Nursery, ledger: Ledger, traffic: Traffic, strike, barrier: str, role: str, **order
) -> None:
    """Start one after the other, and kill each at the barrier."""
    for _ in range(strikes(LEAST)):
        pid = processes.start(role, barrier=barrier, skip=random.randrange(3), **order)
        ids = processes.struck(pid, barrier)
        strike(f"{barrier} ({order.get('ack', 'worker')})")
        check_rows(ledger, barrier, ids, traffic)


@pytest.mark.parametrize("barrier", OF_SERVER)
def test_server(tmp_path: Path, url: str, strike, barrier: str) -> None:
    """A server that only accepts is killed; a worker goes on beside it."""
    with nursery(tmp_path, url) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        processes.start("worker")
        kill_on(processes, ledger, traffic, strike, barrier, "server", ack="accepted")
        processes.start("server", ack="accepted")
        traffic.finish()
        ledger.wait_until_settled()
    ledger.check(traffic.sent, processes.killed)


@pytest.mark.parametrize("barrier", OF_WORKER)
def test_worker(tmp_path: Path, url: str, strike, barrier: str) -> None:
    """A worker is killed; the server goes on accepting beside it."""
    with nursery(tmp_path, url) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        processes.start("server", ack="accepted")
        kill_on(processes, ledger, traffic, strike, barrier, "worker")
        processes.start("worker")
        traffic.finish()
        ledger.wait_until_settled()
    ledger.check(traffic.sent, processes.killed)


@pytest.mark.parametrize("barrier", OF_HANDLED)
def test_handled(tmp_path: Path, url: str, strike, barrier: str) -> None:
    """A server that handles before it replies is killed; there is no worker, only the provider's retry."""
    with nursery(tmp_path, url) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        kill_on(processes, ledger, traffic, strike, barrier, "server", ack="handled")
        processes.start("server", ack="handled")
        traffic.finish()
    ledger.check(traffic.sent, processes.killed)


@pytest.mark.parametrize("barrier", ["F3", "F4", "F5 claimed", "F6", "F7"])
def test_both(tmp_path: Path, url: str, strike, barrier: str) -> None:
    """A server with workers in its own process is killed; there is no other."""
    with nursery(tmp_path, url) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        kill_on(processes, ledger, traffic, strike, barrier, "both", ack="accepted")
        processes.start("both", ack="accepted")
        traffic.finish()
        ledger.wait_until_settled()
    ledger.check(traffic.sent, processes.killed)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # Postgres recovers by itself
def test_recovery(tmp_path: Path, url: str, strike) -> None:
    """All are killed at once, and then who reads the log that they left, and who first writes after it."""
    with nursery(tmp_path, url) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        for _ in range(strikes(LEAST)):
            living = [processes.start("server", ack="accepted"), processes.start("worker")]
            known = len(traffic.acknowledged)
            wait_until(lambda known=known: len(traffic.acknowledged) > known + 5, "it accepts")
            for pid in living:
                processes.kill(pid)
            for barrier in ("recovery, log read", "recovery, in its transaction"):
                for _ in range(2):
                    pid = processes.start("server", ack="accepted", barrier=barrier)
                    processes.struck(pid, barrier)
                    strike(barrier)
        processes.start("server", ack="accepted")
        processes.start("worker")
        traffic.finish()
        ledger.wait_until_settled()
    ledger.check(traffic.sent, processes.killed)


def test_poison(tmp_path: Path, url: str, strike) -> None:
    """An event that kills every process it runs in becomes a dead letter; those after it are handled."""
    with nursery(tmp_path, url) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        processes.start("server", ack="accepted")
        poison = Traffic(processes.port, event="ping")
        # The first attempt is lost where it was taken together with one that ended the process before it.
        wanted = LEAST // (POISON_ATTEMPTS - 1) + 1
        for number in range(wanted):
            assert poison.post(f"d-poison-{number}") == 200
        while ledger.dead() < wanted:
            pid = processes.start("worker", threads=1)
            wait_until(lambda pid=pid: ledger.dead() == wanted or processes.is_dead(pid), "it ends")
            if processes.is_dead(pid):
                assert processes.end(pid) == -signal.SIGKILL
                processes.killed.add(pid)
                strike("poison")
        traffic.finish()
        wait_until(lambda: ledger.done() == len(traffic.sent), "all others are done")
    counted = list(range(1, POISON_ATTEMPTS + 1))
    for number in range(wanted):
        assert ledger.runs(f"d-poison-{number}") in (counted, counted[1:])
    assert ledger.dead() == wanted
