"""Deliveries that share a transaction are accepted as if one had come after the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from hookkit.inbox.records import Arrival, Ended, Fate, NewEvent, Work
from hookkit.inbox.sent_keys import sent_beginning, sent_key
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.sqlite.accept import Result
from hookkit.testing.contracts.base import BOTH, GREET, SOURCE, arrival, events, unparsed

SEEN = (
    "SELECT receipt, source, state, heads, keys FROM deliveries ORDER BY receipt",
    "SELECT receipt, position, state, key FROM events ORDER BY number",
    "SELECT event, handler, state, attempts, lease FROM works ORDER BY number",
    "SELECT source, key, receipt, position, seen FROM marks ORDER BY source, key",
)


@dataclass(frozen=True)
class Given:
    """What `submit` is called with."""

    arrival: Arrival
    events: list[NewEvent] | None = None


KEYS = st.lists(st.sampled_from("abcdef"), max_size=2, unique=True).map(tuple)
SOURCES = st.sampled_from([SOURCE, "zenith"])


@st.composite
def parsed(draw: st.DrawFn) -> Given:
    keys = draw(st.lists(KEYS, min_size=1, max_size=3))
    told = arrival(*keys, source=draw(SOURCES))
    if draw(st.booleans()):
        asked = draw(st.sampled_from(ASKED))
        told = replace(told, asks=(asked,) * len(keys), holds=draw(st.sampled_from(HELD))(keys))
    expanded = events(*keys, held=draw(st.sampled_from([(), (GREET,)])))
    return Given(told, draw(st.sampled_from([None, expanded])))


SENT = sent_key("d1", sha256(b"{}").hexdigest(), "0")
ASKED = [("r1",), ("r1", sent_beginning("d1"))]
HELD = [lambda keys: ((SENT,), *((),) * (len(keys) - 1)), lambda keys: (("r1",),) * len(keys)]

GIVEN = st.one_of(
    parsed(), st.builds(lambda keys, source: Given(unparsed(*keys, source=source)), KEYS, SOURCES)
)


@contextmanager
def _opened() -> Iterator[SQLiteStore]:
    store = SQLiteStore(":memory:", ticking=lambda: 100.0, clock=lambda: 100.0)
    try:
        yield store
    finally:
        store.close()


def _accept(store: SQLiteStore, deliveries: Sequence[Given]) -> list[Result]:
    """All in one transaction: whoever waits for the first takes the others along."""
    futures = [store.submit(each.arrival, each.events, "lease", 60.0) for each in deliveries]
    return [future.result() for future in futures]


def _kill_all(store: SQLiteStore) -> None:
    """Let each event that is expanded become a dead one."""
    while isinstance(work := store.claim(BOTH, "w", 60.0), Work):
        store.finish(work, Ended(Fate.DEAD))


def _seen(store: SQLiteStore) -> list[list[tuple[object, ...]]]:
    def look(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
        return [connection.execute(question).fetchall() for question in SEEN]

    return store._writer.run(look)


@given(st.lists(GIVEN, max_size=3), st.lists(GIVEN, min_size=2, max_size=5))
def test_what_is_accepted_together_is_as_if_one_came_after_the_other(
    before: list[Given], deliveries: list[Given]
) -> None:
    """The same receipts, repeats, revivals and works, and the same is in the file."""
    with _opened() as one, _opened() as other:
        for store in (one, other):
            for each in before:
                _accept(store, [each])
            _kill_all(store)
        together = _accept(one, deliveries)
        in_turn = [_accept(other, [each])[0] for each in deliveries]
        assert together == in_turn
        assert _seen(one) == _seen(other)
        assert one.counts() == other.counts()


def test_one_that_cannot_be_written_undoes_itself_alone() -> None:
    """Those beside it are accepted, and no key of it is held."""
    broken = arrival(["b"], body=object())  # type: ignore[arg-type]
    with _opened() as store:
        futures = [store.submit(each) for each in (arrival(["a"]), broken, arrival(["c"], ["a"]))]
        accepted = [futures[at].result()[0] for at in (0, 2)]
        assert futures[1].exception() is not None
        assert [each.receipt for each in accepted] == [1, 2]
        assert [key for _, key, *_ in _seen(store)[3]] == ["a", "c"]
        assert not store.submit(arrival(["b"])).result()[0].duplicate
