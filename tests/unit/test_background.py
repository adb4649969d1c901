import asyncio
import concurrent.futures
import subprocess
import sys
import threading

import pytest

from hookkit.background import LoopThread


async def _answer():
    await asyncio.sleep(0)
    return threading.current_thread().name


async def _fail():
    raise LookupError("why")


async def _cancel():
    raise asyncio.CancelledError


def test_a_coroutine_runs_to_its_end_in_another_thread():
    """And its result comes back to the caller."""
    assert LoopThread().run(_answer()) == "hookkit-loop"


def test_one_thread_serves_all():
    """The loop is made with the first coroutine and kept."""

    async def loop():
        return asyncio.get_running_loop(), threading.get_ident()

    thread = LoopThread()
    assert thread.run(loop()) == thread.run(loop())


def test_nothing_starts_before_the_first_coroutine():
    """A router without async handlers has no thread."""
    before = threading.active_count()
    LoopThread()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("fails", "raised"),
    [(_fail, LookupError), (_cancel, concurrent.futures.CancelledError)],
    ids=["error", "cancelled"],
)
def test_what_a_coroutine_raises_reaches_the_caller(fails, raised):
    """As an Exception, so that a router counts the handler as failed; and the loop serves the next."""
    assert issubclass(raised, Exception)
    thread = LoopThread()
    with pytest.raises(raised):
        thread.run(fails())
    assert thread.run(_answer()) == "hookkit-loop"


def test_a_caller_with_a_loop_of_its_own():
    """Is blocked, and not broken: the coroutine runs on ours."""

    async def caller():
        return LoopThread().run(_answer())

    assert asyncio.run(caller()) == "hookkit-loop"


def test_callers_from_many_threads_share_it():
    """The coroutines interleave on one loop: each waits for the other here."""
    thread = LoopThread()
    events: list[asyncio.Event] = []
    ready = threading.Barrier(2)

    async def meet(mine: int):
        while len(events) < 2:
            events.append(asyncio.Event())
        events[mine].set()
        await asyncio.wait_for(events[1 - mine].wait(), 30)
        return threading.get_ident()

    met: list[int] = []

    def call(mine: int) -> None:
        ready.wait(30)
        met.append(thread.run(meet(mine)))

    callers = [threading.Thread(target=call, args=(each,)) for each in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    assert len(met) == 2
    assert len(set(met)) == 1


FORK = """
import os, warnings
warnings.simplefilter("ignore")  # Python warns of any fork beside threads, which is the point here
from hookkit.background import LoopThread

async def pid():
    return os.getpid()

thread = LoopThread()
assert thread.run(pid()) == os.getpid()
child = os.fork()
if not child:
    os._exit(0 if thread.run(pid()) == os.getpid() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert thread.run(pid()) == os.getpid()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_fork_gets_a_thread_of_its_own():
    """A server that forks after the first request, as gunicorn may, still runs async handlers."""
    done = subprocess.run(
        [sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_thread_does_not_keep_a_program_from_ending():
    """It is a daemon."""
    code = "from hookkit.background import LoopThread\nasync def f(): print('ran')\nLoopThread().run(f())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
