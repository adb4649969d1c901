"""Futures whose result whoever waits for it may bring about, and who is told first tells the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import pairwise
from math import inf
from threading import Condition, Lock, RLock
from time import monotonic
from typing import Any, Protocol, TypeVar

__all__ = ["Crew", "Offered", "Outcome", "tell_in_turn"]

R = TypeVar("R")

Outcome = tuple[Any, Exception | None]
"""A job's result, or what it raised."""

LOST = 1.0
"""Seconds after which who waits looks by himself: who was to tell him may have been interrupted."""


class Crew(Protocol):
    """Those who write what is waiting."""

    def lead(self) -> None:
        """Write once what is waiting, unless others do; else as `wake`."""
        ...

    def wake(self) -> None:
        """Have a thread write what is waiting."""
        ...


class Gate:
    """Where those wait who want a result; who has passed opens the next one.

    Attributes:
        is_waited_at: by somebody, who is to open the next.
        next: what that is.
    """

    __slots__ = ("_lock", "is_waited_at", "next")

    def __init__(self) -> None:
        self._lock = Lock()
        self._lock.acquire()
        self.is_waited_at = False
        self.next: Gate | None = None

    def open(self) -> None:
        """Let pass who waits here, and who will."""
        try:  # noqa: SIM105  # a context manager costs more than all the rest
            self._lock.release()
        except RuntimeError:
            pass  # it is open

    def wait(self, is_over: Callable[[], bool]) -> None:
        """Until it is open, or there is nothing more to wait for."""
        self.is_waited_at = True
        try:
            while not self._lock.acquire(timeout=LOST):
                if is_over():
                    return
            self.open()  # for others who wait here, too
        finally:  # also where a signal or a server's time-out raises in here
            self.is_waited_at = False
            if self.next is not None:
                self.next.open()


class _Condition(Condition):
    """One that a ``with`` enters and leaves by its lock's own methods, with no Python in between.

    In that a signal's exception could strike when the lock is taken and nobody is to release it yet; whoever
    writes next would then wait for the future of who was struck.
    """

    __slots__ = ("__enter__", "__exit__")

    def __init__(self) -> None:
        lock = RLock()
        super().__init__(lock)
        # Slots here, whatever types are told of a condition.
        self.__enter__ = lock.__enter__  # type: ignore[method-assign]
        self.__exit__ = lock.__exit__  # type: ignore[method-assign]  # pyright: ignore[reportAttributeAccessIssue]


class Offered(Future[R]):
    """A job's result. Whoever waits for it writes, where nobody does; else a thread is told.

    What nobody waits for is written with the next that somebody does.

    Attributes:
        crew: who writes it.
        gate: where threads wait for it.
        is_awaited: whether anybody waits for it, or has asked for a call.
        awaited_since: monotonic seconds, when the last began to; infinite where nobody does.
    """

    crew: Crew
    is_awaited = False
    awaited_since = inf

    def __init__(self) -> None:
        super().__init__()
        self._condition = _Condition()
        self.gate = Gate()

    def result(self, timeout: float | None = None) -> R:
        """As `Future.result`."""
        if not self.done():
            self.is_awaited, self.awaited_since = True, monotonic()
            if timeout is None:
                self.crew.lead()
                self.gate.wait(self.done)
            else:
                self.crew.wake()
        return super().result(timeout)

    def set_result(self, result: R) -> None:
        """As `Future.set_result`."""
        super().set_result(result)
        self.gate.open()

    def set_exception(self, exception: BaseException | None) -> None:
        """As `Future.set_exception`."""
        super().set_exception(exception)
        self.gate.open()

    def cancel(self) -> bool:
        """As `Future.cancel`."""
        cancelled = super().cancel()
        if cancelled:
            self.gate.open()
        return cancelled

    def add_done_callback(self, fn: Callable[[Future[R]], object]) -> None:
        """As `Future.add_done_callback`: who asks for a call does not wait."""
        super().add_done_callback(fn)
        self.is_awaited, self.awaited_since = True, monotonic()
        self.crew.wake()


def tell_in_turn(futures: Sequence[Offered[Any]], outcomes: Sequence[Outcome]) -> None:
    """Give each its outcome. Of the threads that wait, each wakes the next as the first thing it does.

    Woken together, all of them would find the interpreter's lock taken, and go to sleep a second time.
    """
    row: list[Gate] = []
    apart: list[Gate] = []
    for each in futures:
        (row if each.gate.is_waited_at else apart).append(each.gate)
    for gate, following in pairwise(row):
        gate.next = following
    for each, (result, failure) in zip(futures, outcomes, strict=True):
        if failure is None:
            Future.set_result(each, result)
        else:
            Future.set_exception(each, failure)
    for gate in (*row[:1], *apart):
        gate.open()
