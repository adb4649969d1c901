"""Per key no two attempts overlap and none is out of order, whatever fails, and however many work."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookkit import Backoff, Event, Header, Inbox, Pointer, Provider, Receiver, Request, Token
from hookkit.inbox.postgres import PostgresStore
from hookkit.inbox.records import Unexpanded, Work
from hookkit.inbox.sqlite import SQLiteStore
from tests.postgres import empty, schema

PROVIDER = Provider(
    name="acme",
    docs="https://acme.example",
    scheme=Token(Header("X-Token")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/time"),
)
ATTEMPTS = 3

EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from("ab"),
            "time": st.integers(1, 6),
            "failures": st.sampled_from([0, 0, 0, 1, 2, ATTEMPTS]),
        }
    ),
    min_size=1,
    max_size=14,
)


@dataclass
class Life:
    """When what happened to an event, on one clock."""

    rank: tuple[float, int]
    acknowledged: float = 0.0
    claims: list[tuple[float, float]] = field(default_factory=list)
    attempts: list[tuple[float, float]] = field(default_factory=list)


class TimedClaims:
    """A store that notes when the claim began and ended that gave a work."""

    def __init__(self, store: Any, lives: dict[str, Life]) -> None:
        self._store = store
        self._lives = lives

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def claim(self, *given: Any) -> Work | Unexpanded | None:
        began = time.monotonic()
        task = self._store.claim(*given)
        if isinstance(task, Work):
            event_id = json.loads(task.delivery.arrival.body)["id"]
            self._lives[event_id].claims.append((began, time.monotonic()))
        return task


class Trial:
    """A receiver over a store, and what is known of the events that it got."""

    def __init__(self, store: Any) -> None:
        self.lives: dict[str, Life] = {}
        self.inbox = Inbox(
            TimedClaims(store, self.lives),
            backoff=Backoff(attempts=ATTEMPTS, first=0.0, cap=0.0),
        )
        self._receiver = Receiver(
            PROVIDER, secret="s", inbox=self.inbox, ordered_by=Pointer("/key")
        )
        self._receiver.on("*", name="note")(self._note)
        self._failures: dict[str, int] = {}
        self._ending = threading.Event()

    def _note(self, event: Event) -> None:
        began = time.monotonic()
        self._failures[event.id] -= 1
        self.lives[event.id].attempts.append((began, time.monotonic()))
        if self._failures[event.id] >= 0:
            raise RuntimeError("not this time")

    def send(self, number: int, plan: dict[str, Any]) -> None:
        event_id = f"{plan['key']}{number}"
        self.lives[event_id] = Life((plan["time"], number))
        self._failures[event_id] = plan["failures"]
        payload = {"id": event_id, "type": "x", "key": plan["key"], "time": plan["time"]}
        body = json.dumps(payload).encode()
        plain = Request("POST", {"Content-Type": "application/json"}, body)
        assert self._receiver.handle(self._receiver.verifier.sign(plain)).status == 200
        self.lives[event_id].acknowledged = time.monotonic()

    def _work(self) -> None:
        while not self._ending.is_set():
            self.inbox.work_once()

    @contextmanager
    def working(self, threads: int) -> Iterator[None]:
        crew = [threading.Thread(target=self._work) for _ in range(threads)]
        for thread in crew:
            thread.start()
        try:
            yield
        finally:
            self._ending.set()
            for thread in crew:
                thread.join()


def check_order(store: Any, planned: list[dict[str, Any]], workers: int) -> None:
    """Accept half of these at leisure, half while that many threads work, and look at what came when."""
    trial = Trial(store)
    half = len(planned) // 2
    for number, plan in enumerate(planned[:half]):
        trial.send(number, plan)
    with trial.working(workers):
        for number, plan in enumerate(planned[half:], half):
            trial.send(number, plan)
    trial.inbox.drain()
    counts = trial.inbox.counts()
    trial.inbox.close()
    dead = sum(plan["failures"] >= ATTEMPTS for plan in planned)
    assert counts.works.get("dead", 0) == dead
    assert counts.works.get("done", 0) == len(planned) - dead
    for key in {plan["key"] for plan in planned}:
        check_key([life for told, life in trial.lives.items() if told[0] == key])


def check_key(lives: list[Life]) -> None:
    spans = sorted(span for life in lives for span in life.attempts)
    for (_, ended), (begun, _) in pairwise(spans):
        assert ended <= begun, "two attempts overlap"
    for earlier in lives:
        for later in lives:
            if earlier.rank >= later.rank:
                continue
            # A claim looks somewhere between its two times: one that began before the earlier event
            # ended may rightly give the later one.
            given = [ended for began, ended in later.claims if began > earlier.acknowledged]
            if given:
                assert earlier.attempts[-1][1] <= given[0], "one of a lower rank was passed over"


@settings(deadline=None)
@given(planned=EVENTS, workers=st.integers(1, 3))
def test_sqlite(planned, workers):
    check_order(SQLiteStore(":memory:"), planned, workers)


@settings(deadline=None, max_examples=25)
@given(planned=EVENTS, workers=st.integers(1, 3))
def test_postgres(postgres_schema, planned, workers):
    empty(postgres_schema)
    check_order(PostgresStore(postgres_schema), planned, workers)


@pytest.fixture(scope="module")
def postgres_schema():
    with schema() as url:
        yield url
