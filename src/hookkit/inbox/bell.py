"""Wakes a thread, and is left whole by a signal's exception in who wakes it."""

from __future__ import annotations

from threading import Lock

__all__ = ["Bell"]


class Bell:
    """An event that is over when it was heard, by one.

    It is one lock, which no Python code holds: an exception that a signal's handler raises in
    `threading.Event.set` may leave the event's own locked for ever, and so whoever waits for it.
    """

    def __init__(self) -> None:
        self._silence = Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake who waits, or whoever waits next."""
        try:  # noqa: SIM105  # a context manager costs more than all the rest
            self._silence.release()
        except RuntimeError:
            pass  # it rings

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it was rung since it was last heard, or is before so many seconds have passed."""
        return self._silence.acquire(timeout=-1 if timeout is None else timeout)

    def hush(self) -> None:
        """Forget that it was rung."""
        self._silence.acquire(blocking=False)
