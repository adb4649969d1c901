"""What the tests of a store share: a store, and deliveries, events and works to put into it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest

from hookkit.inbox.records import (
    Accepted,
    Arrival,
    Ended,
    Fate,
    Head,
    NewEvent,
    NewWork,
    Unexpanded,
    Work,
)
from hookkit.inbox.store import Handlers, Store

SOURCE, OTHER = "acme", "zenith"
GREET, COUNT = "app:greet", "app:count"
BOTH = ((SOURCE, GREET), (SOURCE, COUNT))
DONE, DEAD, DISCARDED = Ended(Fate.DONE), Ended(Fate.DEAD), Ended(Fate.DISCARDED, error="of no use")


def arrival(*keys: Sequence[str], source: str = SOURCE, body: bytes = b"{}") -> Arrival:
    """A delivery of as many events as there are groups of keys."""
    return Arrival(
        source=source,
        method="POST",
        url="https://example.com/hooks?a=%20b",
        headers=(("content-type", "application/json"), ("x-name", "caf\xe9"), ("x-name", "again")),
        body=body,
        received_at=1_700_000_000.25,
        secret=1,
        signed_at=1_699_999_999.5,
        age=0.75,
        delivery_id="d-1",
        heads=tuple(Head(f"type.{at}", f"e-{at}", 1_600_000_000.5) for at in range(len(keys))),
        keys=tuple(tuple(each) for each in keys),
    )


def unparsed(*keys: str, source: str = SOURCE) -> Arrival:
    """A delivery whose events are not known yet, with keys of its own."""
    given = arrival(source=source)
    return Arrival(
        source=source,
        method=given.method,
        url=given.url,
        headers=given.headers,
        body=given.body,
        received_at=given.received_at,
        secret=0,
        heads=None,
        keys=(keys,),
    )


def events(
    *keys: Sequence[str], handlers: Sequence[str] = (GREET,), held: Collection[str] = ()
) -> list[NewEvent]:
    """The events of such a delivery."""
    works = tuple(NewWork(name, name in held) for name in handlers)
    return [
        NewEvent(
            position=at, head=Head(f"type.{at}", f"e-{at}", None), keys=tuple(each), works=works
        )
        for at, each in enumerate(keys)
    ]


class ContractBase:
    """A store to test, and steps that the tests are written in. Give `make`, `another` and `wait`."""

    lease = 60.0

    def make(self, folder: Path) -> Store:
        """An empty store."""
        raise NotImplementedError

    def another(self, store: Store) -> Store:
        """The same data as another process has it; the store itself where no other process can."""
        return store

    def wait(self, seconds: float) -> None:
        """Let that much time go by."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        store = self.make(tmp_path)
        store.open()
        self._others: list[Store] = []
        yield store
        for each in (*self._others, store):
            each.close()

    # Steps of the tests.

    def beside(self, store: Store) -> Store:
        other = self.another(store)
        self._others.append(other)
        return other

    def accept(self, store: Store, given: Arrival) -> Accepted:
        return store.submit(given).result()[0]

    def claimed_delivery(self, store: Store, lease: str = "worker") -> Unexpanded:
        task = store.claim(BOTH, lease, self.lease)
        assert isinstance(task, Unexpanded)
        return task

    def claimed(self, store: Store, lease: str = "worker", handlers: Handlers = BOTH) -> Work:
        work = self.next_work(store, lease, handlers)
        assert work is not None
        return work

    def next_work(
        self,
        store: Store,
        lease: str = "w",
        handlers: Handlers = BOTH,
        receipt: int | None = None,
    ) -> Work | None:
        work = store.claim(handlers, lease, self.lease, receipt)
        assert not isinstance(work, Unexpanded)
        return work

    def queue(
        self, store: Store, *keys: Sequence[str], handlers: Sequence[str] = (GREET,)
    ) -> Accepted:
        """Accept a delivery, and expand it at once with nothing held."""
        return store.submit(arrival(*keys), events(*keys, handlers=handlers)).result()[0]

    def laned(
        self,
        store: Store,
        key: str,
        lane: str = "l",
        rank: float | None = None,
        source: str = SOURCE,
        handlers: Sequence[str] = (GREET,),
        *,
        replaces: bool = False,
    ) -> int:
        """Accept an event whose work is in a lane. Gives its receipt."""
        event = NewEvent(
            position=0,
            head=Head("type.0", key, None),
            keys=(key,),
            works=tuple(
                NewWork(name, lane=lane, rank=rank, replaces=replaces) for name in handlers
            ),
        )
        return store.submit(arrival([key], source=source), [event]).result()[0].receipt

    def handled(
        self,
        store: Store,
        key: str,
        *ends: Ended,
        handlers: Sequence[str] = (GREET,),
        source: str = SOURCE,
        body: bytes = b"{}",
    ) -> int:
        """Accept an event, and end its works like this. Gives its receipt."""
        given = arrival([key], source=source, body=body)
        receipt = store.submit(given, events([key], handlers=handlers)).result()[0].receipt
        for ended in ends:
            work = self.next_work(store, "w", [*BOTH, (OTHER, GREET)], receipt)
            assert work is not None
            store.finish(work, ended)
        return receipt
