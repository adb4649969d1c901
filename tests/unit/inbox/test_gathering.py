"""Who was told together is waited for together, for a moment."""

import threading
import time

import pytest

from hookkit.inbox.gathering import Gathering

PATIENCE = 60.0
LONG = 1e6
"""Seconds that a transaction took, so that its quarter is longer than any test."""


@pytest.fixture
def without_bound(monkeypatch):
    """However long the last transaction took."""
    monkeypatch.setattr("hookkit.inbox.gathering.LONGEST", LONG)


@pytest.fixture
def waiting():
    return []


@pytest.fixture
def gathering(waiting):
    return Gathering(waiting)


@pytest.fixture
def letting_come(gathering, without_bound):
    """Begins to let others come, in a thread; gives what says when that is over, and how it went."""
    threads = []

    def begin():
        over = threading.Event()
        over.found = None

        def let_come():
            over.found = gathering.let_come()
            over.set()

        threads.append(threading.Thread(target=let_come))
        threads[-1].start()
        return over

    yield begin
    gathering.end()
    for thread in threads:
        thread.join(PATIENCE)


def _until_it_is_on(gathering):
    ending = time.monotonic() + PATIENCE
    while not gathering.has_come():
        assert time.monotonic() < ending
        time.sleep(0.001)


@pytest.mark.parametrize("expected", [None, 0, 1])
@pytest.mark.parametrize("there", [0, 1, 5])
def test_one_alone_is_not_waited_for(gathering, waiting, expected, there):
    if expected is not None:
        gathering.expect(expected, LONG)
    waiting += range(there)
    assert gathering.let_come() is bool(there)


def test_all_who_were_told_are_waited_for(gathering, waiting, letting_come):
    """And who comes leaves what he wants to whoever waits for the others."""
    gathering.expect(3, LONG)
    waiting.append("first")
    over = letting_come()
    _until_it_is_on(gathering)
    waiting.append("second")
    assert gathering.has_come()
    assert not over.wait(0.05)
    waiting.append("third")
    assert gathering.has_come()
    assert over.wait(PATIENCE)
    assert over.found is True


def test_more_than_were_told_are_enough(gathering, waiting, letting_come):
    gathering.expect(2, LONG)
    waiting += range(5)
    assert gathering.let_come()


@pytest.mark.usefixtures("without_bound")
def test_afterwards_nobody_is_waited_for(gathering, waiting):
    """Who comes is to see to it himself, and is waited for by nobody."""
    gathering.expect(2, 0.0)
    assert not gathering.let_come()
    assert not gathering.has_come()
    gathering._took = LONG
    waiting.append("one")
    assert gathering.let_come()


@pytest.mark.parametrize(("took", "least"), [(0.0, 0.0), (0.08, 0.02)])
def test_who_does_not_come_is_waited_for_in_proportion(gathering, waiting, took, least):
    """To how long the last transaction took."""
    gathering.expect(2, took)
    waiting.append("one")
    begun = time.monotonic()
    assert gathering.let_come()
    assert time.monotonic() - begun >= least * 0.9


def test_what_was_held_up_is_no_measure(gathering, waiting):
    """Such as a transaction that waited for a lock, or for another process."""
    gathering.expect(2, LONG)
    waiting.append("one")
    begun = time.monotonic()
    assert gathering.let_come()
    assert time.monotonic() - begun < PATIENCE


def test_what_is_expected_meanwhile_counts_for_the_next(gathering, waiting, letting_come):
    gathering.expect(2, LONG)
    over = letting_come()
    _until_it_is_on(gathering)
    gathering.expect(3, LONG)
    waiting += ("one", "two")
    gathering.has_come()
    assert over.wait(PATIENCE)
    assert not letting_come().wait(0.05)


def test_at_the_end_nobody_is_waited_for(gathering, waiting, letting_come):
    gathering.expect(3, LONG)
    waiting.append("one")
    over = letting_come()
    _until_it_is_on(gathering)
    gathering.end()
    assert over.wait(PATIENCE)
    assert over.found is True
    gathering.expect(3, LONG)
    assert gathering.let_come()
