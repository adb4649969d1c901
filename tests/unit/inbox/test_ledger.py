"""hookkit.inbox.ledger"""

from __future__ import annotations

import threading

import pytest

from hookkit.errors import InboxError
from hookkit.inbox.book import SLOT, SecretUse, Tally
from hookkit.inbox.ledger import Ledger
from tests.integration.striking import wait_until


class Pages:
    """A book that writes into lists."""

    def __init__(self) -> None:
        self.tallies: list[Tally] = []
        self.uses: list[SecretUse] = []
        self.fails = False

    def record(self, tallies, uses) -> None:
        if self.fails:
            raise InboxError("no disk")
        self.tallies += tallies
        self.uses += uses


@pytest.fixture
def book():
    return Pages()


def made(book, now=(1000.0,), every=3600.0) -> Ledger:
    times = iter(now)
    return Ledger(
        book, {"shop": ("aa", "bb"), "tenants": ()}.__getitem__, lambda: next(times), every
    )


def test_what_came_is_written_by_slot(book):
    ledger = made(book, (1.0, 2.0, 3.0, SLOT + 1.0))
    for outcome in ("accepted", "accepted", "bad-signature", "accepted"):
        ledger.count("shop", outcome)
    assert book.tallies == []
    ledger.flush()
    assert sorted(book.tallies) == [
        Tally("shop", "accepted", 0, 2, 2.0),
        Tally("shop", "accepted", 1, 1, SLOT + 1.0),
        Tally("shop", "bad-signature", 0, 1, 3.0),
    ]
    ledger.flush()
    assert len(book.tallies) == 3


def test_secrets_are_told_by_their_labels(book):
    ledger = made(book, (1.0, 2.0, 3.0, 4.0))
    for source, place in (("shop", 1), ("shop", 0), ("shop", 1), ("tenants", 0)):
        ledger.count(source, "accepted", place)
    ledger.flush()
    assert sorted(book.uses) == [
        SecretUse("shop", "aa", 1, 2.0, 2.0),
        SecretUse("shop", "bb", 2, 1.0, 3.0),
    ]


def _timers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "hookkit-ledger"]


def test_however_much_comes_one_timer_is_set(book):
    others = len(_timers())
    ledger = made(book, range(5))
    for _ in range(5):
        ledger.count("shop", "accepted")
    assert len(_timers()) == others + 1
    ledger.close()


def test_what_cannot_be_written_is_kept(book):
    ledger = made(book, (1.0, 2.0))
    ledger.count("shop", "accepted", 0)
    book.fails = True
    with pytest.raises(InboxError):
        ledger.flush()
    book.fails = False
    ledger.count("shop", "accepted", 0)
    ledger.flush()
    assert book.tallies == [Tally("shop", "accepted", 0, 2, 2.0)]
    assert book.uses == [SecretUse("shop", "aa", 2, 1.0, 2.0)]


def test_it_is_written_soon_by_a_thread_that_ends(book, caplog):
    before = set(threading.enumerate())
    ledger = Ledger(book, lambda _: (), lambda: 5.0, 0.01)
    book.fails = True
    ledger.count("shop", "accepted")
    wait_until(lambda: "not written yet" in caplog.text, "it was tried")
    book.fails = False
    wait_until(lambda: book.tallies, "it is tried again")
    assert book.tallies == [Tally("shop", "accepted", 0, 1, 5.0)]
    wait_until(
        lambda: (
            not any(each.name == "hookkit-ledger" for each in set(threading.enumerate()) - before)
        ),
        "nothing more is to be written",
    )


def test_without_another_thread_it_counts_on(book, monkeypatch):
    """No request is to fail because there is none; the next that comes tries again."""

    def fail(timer):
        raise RuntimeError("can't start new thread")

    ledger = Ledger(book, lambda _: (), lambda: 5.0, 0.01)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Timer, "start", fail)
        ledger.count("shop", "accepted")
    ledger.count("shop", "accepted")
    wait_until(lambda: book.tallies, "the second set the timer")
    assert book.tallies == [Tally("shop", "accepted", 0, 2, 5.0)]


def test_a_fork_begins_at_nothing(book):
    ledger = made(book)
    ledger.count("shop", "accepted")
    ledger.start_afresh()
    ledger.flush()
    assert book.tallies == []


def test_what_is_closed_is_written_and_sets_no_timer(book):
    others = len(_timers())
    ledger = made(book, (1.0, 2.0))
    ledger.count("shop", "accepted")
    ledger.close()
    assert len(book.tallies) == 1
    wait_until(lambda: len(_timers()) == others, "the timer was cancelled")
    ledger.count("shop", "accepted")
    assert len(_timers()) == others
