"""`Queue`: lets the processes that write to one SQLite file take turns, as SQLite itself has no queue.

A process that has just committed begins again before those that sleep between two looks. With a slow disk
they then find the file taken at every look: measured, at 50 ms a sync, one of four processes waited for more
than a second. So a process that waits says so, and one that has just written lets it go first.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["Queue"]

if sys.platform == "win32":  # it has no flock: processes there take no turns
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
    """The processes that wait to write to one file. Each holds a shared lock on a second file beside it.

    A process that is killed waits no more, as the system takes its lock away. Where the second file cannot
    be made, no process is seen to wait.

    Args:
        path: of the file that they write to; ``None``: no other process can.
        pause: seconds between two looks.
        sleep: waits so many seconds.
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
        """Open the second file; where that fails, no other process is seen."""
        if self._path is not None and self._file is None:
            with suppress(OSError):
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def close(self) -> None:
        """Close the second file."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def let_others_go_first(self) -> None:
        """Wait until no other process waits, for a few looks at the most."""
        for _ in range(self.LOOKS):
            if not self._another_waits():
                return
            self._sleep(self._pause)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, other processes see that this one waits."""
        if self._file is None:
            yield
            return
        _locked(self._file, SHARED)
        try:
            yield
        finally:
            _locked(self._file, FREE)

    def _another_waits(self) -> bool:
        if self._file is None:
            return False
        if not _locked(self._file, ALONE):
            return True
        _locked(self._file, FREE)
        return False
