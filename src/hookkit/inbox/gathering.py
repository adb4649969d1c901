"""`Gathering`: before a transaction, waits for the threads that shared the last one.

They were answered together, and so come again with their next jobs at about the same time.
"""

from __future__ import annotations

import time
from collections.abc import Sized

from hookkit.inbox.bell import Bell

__all__ = ["Gathering"]

PATIENCE, MOST_PATIENCE = 0.25, 1.0
"""How long the next job, and all of them, are waited for: shares of the last transaction's time."""

LEAST_PATIENCE = 0.0001
"""Seconds that a thread takes from being woken to running."""

LONGEST = 0.1
"""Seconds. A transaction that took longer was held up by something, and says nothing about the next."""


class Gathering:
    """Lets jobs gather before they are written together.

    Without it the first thread to come back would write alone, and all others would wait for that.

    Args:
        waiting: the jobs that wait to be written.
    """

    def __init__(self, waiting: Sized) -> None:
        self._waiting = waiting
        self._all_here = Bell()
        self._expected = self._awaited = 0
        self._took = 0.0
        self._is_over = False

    def expect(self, answered: int, took: float) -> None:
        """Expect back as many as are about to be answered; their transaction took so many seconds."""
        self._expected = len(self._waiting) + answered
        self._took = min(took, LONGEST)

    def let_come(self) -> bool:
        """Wait for the expected jobs, and say whether there is any to write.

        It waits for as long as more of them come, but no longer than the last transaction took; not at all
        where only one is expected.
        """
        until = time.monotonic() + self._took * MOST_PATIENCE
        self._awaited, self._expected = (self._expected if self._expected > 1 else 0), 0
        seen = -1
        try:
            while seen < len(self._waiting) < self._awaited and time.monotonic() < until:
                seen = len(self._waiting)
                self._all_here.hush()
                if self._is_over or len(self._waiting) >= self._awaited:
                    break  # it was rung for this, before the hush
                self._all_here.wait(max(self._took * PATIENCE, LEAST_PATIENCE))
        finally:
            self._awaited = 0
        return bool(self._waiting)

    def has_come(self) -> bool:
        """Say that a job waits now. Whether a thread is in `let_come`, and so will write it."""
        if not self._awaited:
            return False
        if len(self._waiting) >= self._awaited:
            self._all_here.ring()
        return True

    def end(self) -> None:
        """Wait for no more jobs, now or later."""
        self._is_over = True
        self._all_here.ring()
