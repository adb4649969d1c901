"""One call many times over in threads."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from itertools import count

import pytest

from hookkit.testing.at_once import at_once


@pytest.mark.parametrize(("times", "threads"), [(1, 1), (1, 8), (8, 1), (100, 8)])
def test_each_call_is_made_once(times, threads):
    numbers = count()
    assert sorted(at_once(lambda: next(numbers), times, threads)) == list(range(times))


def test_so_many_are_under_way_together():
    together = threading.Barrier(4, timeout=30)
    assert len(list(at_once(together.wait, 8, 4))) == 8


def test_what_a_call_raises_is_raised_and_ends_the_others():
    calls = count()

    def fail_in_the_third():
        if next(calls) == 2:
            raise LookupError("the third")
        time.sleep(0.01)

    with pytest.raises(LookupError, match="the third"):
        list(at_once(fail_in_the_third, 1000, 1))
    assert next(calls) < 1000


def test_what_is_not_begun_when_it_is_closed_is_not_called():
    """And what is under way is waited for."""
    callers = []

    def call():
        callers.append(threading.current_thread())
        time.sleep(0.02)

    with closing(at_once(call, 1000, 2)) as each:
        next(each)
    assert len(callers) < 1000
    assert not any(caller.is_alive() for caller in callers)
