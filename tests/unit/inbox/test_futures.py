"""Who waits brings the result about; of those who are told together one tells the next."""

import asyncio
import sys
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from itertools import pairwise

import pytest

from hookkit.inbox import futures
from hookkit.inbox.futures import Gate, Offered, tell_in_turn

PATIENCE = 60.0


class Crew:
    """Notes who asked it to write, and does what the test says."""

    def __init__(self):
        self.led = self.woken = 0
        self.on_lead = lambda: None

    def lead(self):
        self.led += 1
        self.on_lead()

    def wake(self):
        self.woken += 1


@pytest.fixture
def crew():
    return Crew()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
def never_lost(monkeypatch):
    """Nobody looks by himself."""
    monkeypatch.setattr(futures, "LOST", PATIENCE)


def _offered(crew):
    future = Offered()
    future.crew = crew
    future.set_running_or_notify_cancel()
    return future


def _waited_for(pool, *futures):
    """What comes out of threads that wait for these."""
    waiting = [pool.submit(future.result) for future in futures]
    ending = time.monotonic() + PATIENCE
    while not all(future.gate.is_waited_at for future in futures):
        assert time.monotonic() < ending
        time.sleep(0.001)
    return waiting


def test_who_waits_leads(crew):
    """And needs nobody to tell him."""
    future = _offered(crew)
    crew.on_lead = lambda: future.set_result(1)
    assert future.result() == 1
    assert (crew.led, crew.woken, future.is_awaited) == (1, 0, True)


def test_what_is_done_is_led_by_nobody(crew):
    future = _offered(crew)
    future.set_result(1)
    assert future.result() == future.result(0) == 1
    assert (crew.led, crew.woken, future.is_awaited) == (0, 0, False)


def test_who_waits_for_some_time_only_has_a_thread_woken(crew):
    future = _offered(crew)
    with pytest.raises(TimeoutError):
        future.result(0.01)
    assert (crew.led, crew.woken, future.is_awaited) == (0, 1, True)
    future.set_result(1)
    assert future.result(0.01) == 1


def test_who_asks_for_a_call_has_a_thread_woken(crew):
    future = _offered(crew)
    heard = []
    future.add_done_callback(heard.append)
    assert (crew.led, crew.woken, future.is_awaited) == (0, 1, True)
    tell_in_turn([future], [(1, None)])
    assert heard == [future]


@pytest.mark.usefixtures("never_lost")
@pytest.mark.parametrize(
    "tell",
    [
        lambda future: future.set_result(1),
        lambda future: tell_in_turn([future], [(1, None)]),
        lambda future: tell_in_turn([future, Offered()], [(1, None), (2, None)]),
    ],
)
def test_all_who_wait_for_one_are_told(crew, pool, tell):
    future = _offered(crew)
    waiting = [*_waited_for(pool, future), pool.submit(future.result), pool.submit(future.result)]
    tell(future)
    assert [each.result(PATIENCE) for each in waiting] == [1, 1, 1]


@pytest.mark.usefixtures("never_lost")
@pytest.mark.parametrize(
    "tell",
    [
        lambda future: future.set_exception(KeyError("k")),
        lambda future: tell_in_turn([future], [(None, KeyError("k"))]),
    ],
)
def test_what_went_wrong_is_raised(crew, pool, tell):
    future = _offered(crew)
    (waiting,) = _waited_for(pool, future)
    tell(future)
    with pytest.raises(KeyError):
        waiting.result(PATIENCE)


@pytest.mark.usefixtures("never_lost")
def test_who_waits_for_what_is_cancelled_is_told(crew, pool):
    future = Offered()
    future.crew = crew
    (waiting,) = _waited_for(pool, future)
    assert future.cancel()
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE)


@pytest.mark.usefixtures("never_lost")
def test_each_hears_its_own_in_turn(crew, pool):
    """Those who wait, who asks for a call, and what nobody waits for yet."""
    futures = [_offered(crew) for _ in range(12)]
    waiting = _waited_for(pool, *futures[::2])
    heard = []
    futures[1].add_done_callback(heard.append)
    outcomes = [(n, None) if n % 4 else (None, KeyError(n)) for n in range(12)]
    tell_in_turn(futures, outcomes)
    for n, each in zip(range(0, 12, 2), waiting, strict=True):
        if n % 4:
            assert each.result(PATIENCE) == n
        else:
            with pytest.raises(KeyError, match=str(n)):
                each.result(PATIENCE)
    assert heard == [futures[1]]
    assert futures[3].result() == 3


@pytest.mark.usefixtures("never_lost")
def test_the_next_is_told_by_the_one_before(crew, pool, monkeypatch):
    """And by nobody else."""
    futures = [_offered(crew) for _ in range(4)]
    waiting = _waited_for(pool, *futures)
    opened = {}
    open_gate = Gate.open

    def note(gate):
        opened.setdefault(gate, threading.current_thread().name)
        open_gate(gate)

    monkeypatch.setattr(Gate, "open", note)
    tell_in_turn(futures, [(n, None) for n in range(4)])
    assert [each.result(PATIENCE) for each in waiting] == [0, 1, 2, 3]
    assert list(opened) == [each.gate for each in futures]
    who = list(opened.values())
    assert who[0] == threading.current_thread().name
    assert all(one != other for one, other in pairwise(who))


def test_nobody_waits_for_one_who_was_interrupted(crew, pool):
    """Such as by Ctrl-C, after the row was made: he tells nobody."""
    futures = [_offered(crew) for _ in range(3)]
    waiting = _waited_for(pool, *futures)
    gone = _offered(crew)
    gone.gate.is_waited_at = True  # as it was when he was interrupted
    tell_in_turn([gone, *futures], [(n, None) for n in range(4)])
    assert [each.result(PATIENCE) for each in waiting] == [1, 2, 3]


@pytest.mark.usefixtures("never_lost")
def test_who_is_interrupted_lets_the_next_pass(crew, pool, monkeypatch):
    first, second = _offered(crew), _offered(crew)
    (waiting,) = _waited_for(pool, second)
    first.gate.next = second.gate

    class Interrupted(BaseException):
        pass

    def interrupted():
        raise Interrupted

    monkeypatch.setattr(futures, "LOST", 0.001)  # he is interrupted at his first look
    with pytest.raises(Interrupted):
        first.gate.wait(interrupted)
    assert not first.gate.is_waited_at
    second.set_result(2)
    assert waiting.result(PATIENCE) == 2


def _struck_in_python(frame, event, _arg):
    """A trace that raises, as a signal's handler may, where a lock has just been taken in Python."""
    if frame.f_code.co_name == "__enter__" and event == "return":
        raise KeyboardInterrupt
    return _struck_in_python


def test_who_is_interrupted_keeps_no_lock(crew, pool):
    """Else whoever writes would wait for his future's for ever."""
    future = Offered()
    future.crew = crew
    crew.on_lead = lambda: future.set_result(1)
    tracing = sys.gettrace()
    sys.settrace(_struck_in_python)
    try:  # a context manager of Python's would be struck itself
        future.result()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(tracing)
    assert pool.submit(future.done).result(PATIENCE)


def test_a_coroutine_may_wait(crew):
    """By a call, which the loop's own future asks for."""
    future = _offered(crew)

    async def wait():
        waiting = asyncio.wrap_future(future)
        threading.Timer(0.01, tell_in_turn, [[future], [(1, None)]]).start()
        return await asyncio.wait_for(waiting, PATIENCE)

    assert asyncio.run(wait()) == 1


@pytest.mark.usefixtures("never_lost")
def test_whenever_who_waits_begins_he_is_told(crew, pool):
    """Before, while, or after the others are told."""
    for _ in range(200):
        futures = [_offered(crew) for _ in range(4)]
        waiting = [pool.submit(each.result) for each in futures]
        tell_in_turn(futures, [(n, None) for n in range(4)])
        assert [each.result(PATIENCE) for each in waiting] == [0, 1, 2, 3]
