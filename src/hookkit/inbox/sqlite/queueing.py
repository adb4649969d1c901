"""Lets the processes that write to one SQLite file go first in turn: SQLite itself knows no queue.

Who has just committed is back before those that sleep between their looks, and with a slow disk they find
the file taken at each of them: measured, at 50 ms a sync one waited for more than a second beside three.
So who waits says so, and who has just written lets them go first.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["Queue"]

if sys.platform == "win32":  # there is no flock, and whoever comes first is first
    SHARED = ALONE = FREE = 0

    def _locked(file: int, how: int) -> bool:  # noqa: ARG001
        return True

else:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock

    SHARED, ALONE, FREE = LOCK_SH | LOCK_NB, LOCK_EX | LOCK_NB, LOCK_UN

    def _locked(file: int, how: int) -> bool:
        try:
            flock(file, how)
        except OSError:
            return False
        return True


class Queue:
    """Those who wait for one file, seen from one process; they are known by a lock on a file beside it.

    A process that is killed waits no more: the system takes its lock away. Where there can be no such file
    nobody is seen to wait.

    Args:
        path: of the file that they wait for, or ``None``.
        pause: seconds between looks.
    """

    SUFFIX = "-queue"
    LOOKS = 4

    def __init__(
        self, path: str | None, pause: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._path = None if path is None else path + self.SUFFIX
        self._pause = pause
        self._sleep = sleep
        self._file: int | None = None

    def open(self) -> None:
        """Be able to see others. Without that, nothing is seen."""
        if self._path is not None and self._file is None:
            with suppress(OSError):
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def close(self) -> None:
        """The reverse."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def let_others_go_first(self) -> None:
        """Wait until nobody waits, for a few looks."""
        for _ in range(self.LOOKS):
            if not self._somebody_waits():
                return
            self._sleep(self._pause)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, be seen to wait."""
        if self._file is None:
            yield
            return
        _locked(self._file, SHARED)
        try:
            yield
        finally:
            _locked(self._file, FREE)

    def _somebody_waits(self) -> bool:
        if self._file is None:
            return False
        if not _locked(self._file, ALONE):
            return True
        _locked(self._file, FREE)
        return False
