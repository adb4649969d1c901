"""`Bell`: wakes a thread, and survives a signal's exception in the thread that rings."""

from __future__ import annotations

from threading import Lock

__all__ = ["Bell"]


class Bell:
    """An event that one waiting thread takes: once `wait` has heard it, it is over.

    It is a bare lock, in place of `threading.Event`, whose `set` takes its lock in Python code: an exception
    that a signal's handler raises there may leave it locked, and the waiting thread asleep, for ever.
    """

    def __init__(self) -> None:
        self._silence = Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake the thread that waits, or else the next one that will."""
        try:  # noqa: SIM105  # a context manager costs more than all the rest
            self._silence.release()
        except RuntimeError:
            pass  # it rings already

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it was rung since it was last heard, or is rung within so many seconds."""
        return self._silence.acquire(timeout=-1 if timeout is None else timeout)

    def hush(self) -> None:
        """Forget that it was rung."""
        self._silence.acquire(blocking=False)
