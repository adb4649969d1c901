"""`Offered`: a future for a write that several threads share.

A thread that waits for its result may do the writing itself, for all that are waiting. When it is done, the
threads are woken one by one: each wakes the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import pairwise
from math import inf
from threading import Condition, Lock, RLock
from time import monotonic
from typing import Any, Protocol, TypeVar

__all__ = ["Crew", "JobOutcome", "Offered", "tell_in_turn"]

R = TypeVar("R")

JobOutcome = tuple[Any, Exception | None]
"""A job's result, or what it raised."""

LOST = 1.0
"""Seconds between a waiting thread's own looks: the one that was to wake it may have been interrupted."""


class Crew(Protocol):
    """The threads that write what is waiting, one at a time."""

    def lead(self) -> None:
        """Write what is waiting in this thread, once. Where another thread writes already: as `wake`."""
        ...

    def wake(self) -> None:
        """Have the crew's own thread write what is waiting."""
        ...


class Gate:
    """Where a thread waits for a result. Once it has passed, it opens the next thread's gate.

    Attributes:
        is_waited_at: whether a thread waits here.
        next: the gate that this thread then opens.
    """

    __slots__ = ("_lock", "is_waited_at", "next")

    def __init__(self) -> None:
        self._lock = Lock()
        self._lock.acquire()
        self.is_waited_at = False
        self.next: Gate | None = None

    def open(self) -> None:
        """Let through whatever thread waits here, now or later."""
        try:  # noqa: SIM105  # a context manager costs more than all the rest
            self._lock.release()
        except RuntimeError:
            pass  # it was open

    def wait(self, is_over: Callable[[], bool]) -> None:
        """Wait until it is open, or `is_over` says that there is nothing more to wait for."""
        self.is_waited_at = True
        try:
            while not self._lock.acquire(timeout=LOST):
                if is_over():
                    return
            self.open()  # other threads may wait here, too
        finally:  # also where a signal's handler or a server's time-out raises in here
            self.is_waited_at = False
            if self.next is not None:
                self.next.open()


class _Condition(Condition):
    """A condition that ``with`` enters and leaves by the lock's own methods, without running Python code.

    The library's own methods are Python: a signal's exception could strike there after the lock was taken,
    and before anything would release it. The next thread to write would then wait for this future for ever.
    """

    __slots__ = ("__enter__", "__exit__")

    def __init__(self) -> None:
        lock = RLock()
        super().__init__(lock)
        # Slots of this class, though the library's types have methods of these names.
        self.__enter__ = lock.__enter__  # type: ignore[method-assign]
        self.__exit__ = lock.__exit__  # type: ignore[method-assign]  # pyright: ignore[reportAttributeAccessIssue]


class Offered(Future[R]):
    """A job's result. A thread that waits for it writes it, unless another thread is writing.

    A job whose result no thread waits for is written together with the next one that is waited for.

    Attributes:
        crew: writes it.
        gate: where threads wait for it.
        is_awaited: whether a thread waits for it, or has asked to be called.
        awaited_since: monotonic seconds when the last one began to; infinite where none did.
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
        """As `Future.add_done_callback`. It counts as waiting, but the crew's thread is to write."""
        super().add_done_callback(fn)
        self.is_awaited, self.awaited_since = True, monotonic()
        self.crew.wake()


def tell_in_turn(futures: Sequence[Offered[Any]], outcomes: Sequence[JobOutcome]) -> None:
    """Give each future its outcome. Waiting threads are woken in a row: each wakes the next one first.

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
