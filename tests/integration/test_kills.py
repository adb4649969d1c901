"""Whenever a process is killed, an acknowledged delivery is handled, and no completion is repeated."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.striking import Ledger, Nursery, Traffic, nursery, strikes

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork") or "KILLS" not in os.environ,
    reason="kill -9 tests run with `make kills`, on a system that forks",
)

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


@pytest.fixture
def strike(record_property):
    """Counts strikes, for the table at the end of the run; too few of them are a failure."""
    counted: Counter[str] = Counter()

    def count(barrier: str) -> None:
        counted[barrier] += 1

    yield count
    for barrier, times in counted.items():
        record_property(f"kills at {barrier}", times)
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
def test_server(tmp_path: Path, strike, barrier: str) -> None:
    """A server that only accepts is killed; a worker goes on beside it."""
    with nursery(tmp_path) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        processes.start("worker")
        kill_on(processes, ledger, traffic, strike, barrier, "server", ack="accepted")
        processes.start("server", ack="accepted")
        traffic.finish()
        ledger.wait_until_settled()
    ledger.check(traffic.sent, processes.killed)


@pytest.mark.parametrize("barrier", OF_WORKER)
def test_worker(tmp_path: Path, strike, barrier: str) -> None:
    """A worker is killed; the server goes on accepting beside it."""
    with nursery(tmp_path) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        processes.start("server", ack="accepted")
        kill_on(processes, ledger, traffic, strike, barrier, "worker")
        processes.start("worker")
        traffic.finish()
        ledger.wait_until_settled()
    ledger.check(traffic.sent, processes.killed)


@pytest.mark.parametrize("barrier", OF_HANDLED)
def test_handled(tmp_path: Path, strike, barrier: str) -> None:
    """A server that handles before it replies is killed; there is no worker, only the provider's retry."""
    with nursery(tmp_path) as processes, Traffic(processes.port) as traffic:
        ledger = Ledger(tmp_path)
        kill_on(processes, ledger, traffic, strike, barrier, "server", ack="handled")
        processes.start("server", ack="handled")
        traffic.finish()
    ledger.check(traffic.sent, processes.killed)
