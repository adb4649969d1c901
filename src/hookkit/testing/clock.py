"""`Clock`: stands still until it is told to go on."""

from __future__ import annotations

__all__ = ["Clock"]


class Clock:
    """For ``Receiver(…, clock=clock)``, ``Inbox(…, clock=clock)`` and ``Sender(…, clock=clock)``.

    Args:
        now: unix seconds.
    """

    def __init__(self, now: float = 1_900_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Unix seconds."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Go on by so many seconds."""
        self.now += seconds

    def __repr__(self) -> str:
        return f"<Clock {self.now}>"
