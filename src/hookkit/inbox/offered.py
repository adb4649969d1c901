"""Futures whose result whoever waits for it may bring about."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

__all__ = ["Crew", "Offered"]

R = TypeVar("R")


class Crew(Protocol):
    """Those who write what is waiting."""

    def lead(self) -> None:
        """Write once what is waiting, unless others do; else as `wake`."""
        ...

    def wake(self) -> None:
        """Have a thread write what is waiting."""
        ...


class Offered(Future[R]):
    """A job's result. Whoever waits for it writes, where nobody does; else a thread is told.

    What nobody waits for is written with the next that somebody does.

    Attributes:
        crew: who writes it.
        is_awaited: whether anybody waits for it, or has asked for a call.
    """

    crew: Crew
    is_awaited = False

    def result(self, timeout: float | None = None) -> R:
        """As `Future.result`."""
        if not self.done():
            self.is_awaited = True
            if timeout is None:
                self.crew.lead()
            else:
                self.crew.wake()
        return super().result(timeout)

    def add_done_callback(self, fn: Callable[[Future[R]], object]) -> None:
        """As `Future.add_done_callback`: who asks for a call does not wait."""
        super().add_done_callback(fn)
        self.is_awaited = True
        self.crew.wake()
