"""A bell is heard once, whenever it was rung."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from hookkit.inbox.bell import Bell

PATIENCE = 60.0


def test_it_is_heard_once_however_often_it_was_rung():
    bell = Bell()
    assert not bell.wait(0)
    bell.ring()
    bell.ring()
    assert bell.wait()
    assert not bell.wait(0.001)


def test_who_waits_is_woken():
    bell = Bell()
    threading.Timer(0.01, bell.ring).start()
    assert bell.wait(PATIENCE)


def test_what_was_rung_can_be_forgotten():
    bell = Bell()
    bell.hush()
    bell.ring()
    bell.hush()
    assert not bell.wait(0)


def _struck_in_python(frame, event, _arg):
    """A trace that raises, as a signal's handler may, where a lock has just been taken in Python."""
    if frame.f_code.co_name == "__enter__" and event == "return":
        raise KeyboardInterrupt
    return _struck_in_python


def test_who_is_interrupted_as_he_rings_keeps_no_lock():
    """Else whoever waits would wait for ever, as with an event."""
    bell = Bell()
    tracing = sys.gettrace()
    sys.settrace(_struck_in_python)
    try:
        bell.ring()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(tracing)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(bell.wait, 0).result(PATIENCE)
