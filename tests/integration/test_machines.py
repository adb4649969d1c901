"""Several machines on one Postgres, whose clocks differ by hours, or jump."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from hookkit import Backoff, Event, Header, Inbox, Pointer, Provider, Receiver, Request, Token
from tests.postgres import schema

ACME = Provider(
    name="acme",
    docs="https://acme.example",
    scheme=Token(Header("X-Token")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/time"),
)
HOUR = 3600.0
KEYS, EACH = 4, 25


def _receiver(url: str, skew: float, journal: Path) -> Receiver:
    def clock() -> float:
        return time.time() + skew

    inbox = Inbox(url, clock=clock, lease=2.0, backoff=Backoff(first=0.01, cap=0.05))
    receiver = Receiver(ACME, secret="s", inbox=inbox, clock=clock, ordered_by=Pointer("/key"))

    @receiver.on("*", name="note")
    def note(event: Event) -> None:
        file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        began = time.monotonic_ns()
        if event.attempt == 1 and event.payload["number"] % 7 == 3:
            raise RuntimeError("not this time")
        told = (event.payload["key"], event.payload["number"], began, time.monotonic_ns())
        os.write(file, (" ".join(map(str, told)) + "\n").encode())
        os.close(file)

    return receiver


def _send(receiver: Receiver, key: int, number: int) -> int:
    payload = {"id": f"e{key}-{number}", "type": "x", "key": key, "number": number, "time": number}
    plain = Request("POST", {"Content-Type": "application/json"}, json.dumps(payload).encode())
    return receiver.handle(receiver.verifier.sign(plain)).status


def _machine(url: str, skew: float, journal: Path, keys: list[int], ending) -> None:
    receiver = _receiver(url, skew, journal)
    receiver.inbox.work(threads=2)
    for number in range(EACH):
        for key in keys:
            assert _send(receiver, key, number) == 200
    ending.wait()
    receiver.inbox.close()


@pytest.mark.parametrize("skew", [HOUR, -24 * HOUR])
def test_clocks_that_differ(tmp_path, skew):
    """Each event is handled once, those of a key in order and never two at a time."""
    journal = tmp_path / "journal"
    context = multiprocessing.get_context("spawn")
    with schema() as url:
        ours = _receiver(url, 0.0, tmp_path / "ours")
        ending = context.Event()
        machines = [
            context.Process(target=_machine, args=(url, clock, journal, keys, ending))
            for clock, keys in ((0.0, [0, 1]), (skew, [2, 3]))
        ]
        for each in machines:
            each.start()
        deadline = time.monotonic() + 60
        while ours.inbox.counts().events != {"done": KEYS * EACH}:
            assert time.monotonic() < deadline, ours.inbox.counts()
            time.sleep(0.05)
        ending.set()
        for each in machines:
            each.join()
            assert each.exitcode == 0
        ours.inbox.close()
    spans = defaultdict(list)
    for line in journal.read_text().splitlines():
        key, number, began, ended = map(int, line.split())
        spans[key].append((number, began, ended))
    for of_key in spans.values():
        assert [number for number, _, _ in of_key] == list(range(EACH))
        assert all(ended <= began for (_, _, ended), (_, began, _) in pairwise(of_key))
    assert len(spans) == KEYS


@pytest.mark.parametrize("jump", [24 * HOUR, -24 * HOUR, 60 * 24 * HOUR])
def test_a_clock_that_jumps(tmp_path, jump):
    """Ends no lease, holds up no retry, and forgets nothing that is known."""
    with schema() as url:
        now = [time.time()]
        inbox = Inbox(url, clock=lambda: now[0], backoff=Backoff(first=0.0, cap=0.0))
        receiver = Receiver(ACME, secret="s", inbox=inbox, clock=lambda: now[0])
        attempts = []

        @receiver.on("*", name="twice")
        def twice(event: Event) -> None:
            attempts.append(event.attempt)
            if event.attempt == 1:
                raise RuntimeError("not this time")

        assert _send(receiver, 0, 0) == 200
        handlers = [("acme", "twice")]
        task = inbox.store.claim(handlers, "first", 60.0)
        now[0] += jump
        assert inbox.store.claim(handlers, "second", 60.0) is None
        inbox.store.release(["first"])
        assert task is not None
        inbox.drain()
        assert attempts == [1, 2]
        inbox.store.prune_marks("acme", 7 * 24 * HOUR)
        assert _send(receiver, 0, 0) == 200
        assert inbox.counts().duplicates == 1
        inbox.close()
