"""Who shares a transaction comes again at the same time, and is waited for."""

from __future__ import annotations

import time
from collections.abc import Sized

from hookkit.inbox.bell import Bell

__all__ = ["Gathering"]

PATIENCE, MOST_PATIENCE = 0.25, 1.0
"""How long the next one is waited for, and all of them, beside the time that the last transaction took."""

LEAST_PATIENCE = 0.0001
"""Seconds in which a thread that was told begins to run."""

LONGEST = 0.1
"""Seconds; a transaction that took longer was held up by something, and says nothing of the next."""


class Gathering:
    """Whoever writes next waits for those who were just told, to be back beside those who waited.

    Else the first to come would write alone, and all others would wait for that.

    Args:
        waiting: what waits to be written.
    """

    def __init__(self, waiting: Sized) -> None:
        self._waiting = waiting
        self._all_here = Bell()
        self._expected = self._awaited = 0
        self._took = 0.0
        self._is_over = False

    def expect(self, told: int, took: float) -> None:
        """So many are about to be told; the transaction that they waited for took so many seconds."""
        self._expected = len(self._waiting) + told
        self._took = min(took, LONGEST)

    def let_come(self) -> bool:
        """Wait for them, and say whether anybody waits.

        As long as they come, and no longer than the last transaction took; for one alone not at all.
        """
        until = time.monotonic() + self._took * MOST_PATIENCE
        self._awaited, self._expected = (self._expected if self._expected > 1 else 0), 0
        seen = -1
        try:
            while seen < len(self._waiting) < self._awaited and time.monotonic() < until:
                seen = len(self._waiting)
                self._all_here.hush()
                if self._is_over or len(self._waiting) >= self._awaited:
                    break  # before that was cleared
                self._all_here.wait(max(self._took * PATIENCE, LEAST_PATIENCE))
        finally:
            self._awaited = 0
        return bool(self._waiting)

    def has_come(self) -> bool:
        """Somebody waits now. Whether that is for who lets others come, and writes this, too."""
        if not self._awaited:
            return False
        if len(self._waiting) >= self._awaited:
            self._all_here.ring()
        return True

    def end(self) -> None:
        """Nobody is waited for any more."""
        self._is_over = True
        self._all_here.ring()
