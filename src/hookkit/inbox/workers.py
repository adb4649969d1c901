"""Workers: threads that claim what is due, run it, and write how it ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from hookkit.errors import InboxError
from hookkit.logs import EscapedTracebacks

__all__ = ["Workers"]

logger = logging.getLogger("hookkit.worker")
logger.addFilter(EscapedTracebacks())

AFTER_ERROR = 2.0
"""Seconds of rest where the store cannot be had."""

MOST = 32
"""Deliveries that a thread takes at once."""

QUICK = 0.1
"""Seconds for these. A thread that needs longer takes a single one the next time."""


class Workers:
    """Threads that work for one inbox, in this process.

    Args:
        work: does what is due, up to so many things at once, for as long as its second argument gives true.
            Gives how many there were.
        threads: how many.
        poll: seconds between looks at what has become due.
        watch: calls its argument when there is news from other processes; gives a function that ends that.

    Raises:
        RuntimeError: so many threads cannot be started; none of them goes on.
    """

    def __init__(
        self,
        work: Callable[[int, Callable[[], bool]], int],
        threads: int,
        poll: float,
        watch: Callable[[Callable[[], None]], Callable[[], None]],
    ) -> None:
        self._work_some = work
        self._poll = poll
        # Bounded: what came while all were busy must not wake each of them as often when there is nothing.
        self._news = threading.BoundedSemaphore(threads)
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"hookkit-worker-{number}", daemon=True)
            for number in range(1, threads + 1)
        ]
        self._watch_no_more = watch(self.tell)
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError:
            self._end()  # or those that did start would go on, and nothing could stop them
            raise

    def tell(self) -> None:
        """Wake a thread: there is something new."""
        with suppress(ValueError):  # as many as there are will look already
            self._news.release()

    def alive(self) -> int:
        """How many of the threads live."""
        return sum(thread.is_alive() for thread in self._threads)

    def stop(self, seconds: float) -> bool:
        """Claim nothing more, and wait that long for what is running. Whether all of it ended."""
        self._end()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _end(self) -> None:
        self._ending.set()
        self._watch_no_more()
        for _ in self._threads:
            self.tell()

    def _going(self) -> bool:
        return not self._ending.is_set()

    def _work(self) -> None:
        most = 1
        while self._going():
            try:
                begun = time.monotonic()
                done = self._work_some(most, self._going)
                most = _next_most(most, done, time.monotonic() - begun)
                if not done:
                    self._news.acquire(timeout=self._poll)
            except InboxError as error:
                logger.warning("the store cannot be had, trying again: %s", error)
                self._ending.wait(AFTER_ERROR)
            except Exception:
                logger.exception("a worker came upon what it does not know, and goes on")
                self._ending.wait(AFTER_ERROR)


def _next_most(most: int, done: int, seconds: float) -> int:
    """How many to take the next time: twice as many where all were quick, else one."""
    if seconds > QUICK:
        return 1
    return min(2 * most, MOST) if done >= most else most
