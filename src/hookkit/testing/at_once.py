"""`at_once`: one call many times over in threads, which Ctrl-C ends."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["at_once"]

Result = TypeVar("Result")


def at_once(call: Callable[[], Result], times: int, threads: int) -> Generator[Result]:
    """What each call gives, as they end; what the first that fails raises.

    When it is closed, by an exception too, calls that are not begun are not made, and those that
    are under way are waited for.

    The queues are simple ones, without Python code of their own: in an executor, a signal's exception may
    strike while one of its locks is held, and leave its threads waiting for ever.
    """
    tickets: SimpleQueue[None] = SimpleQueue()
    for _ in range(times):
        tickets.put(None)
    ended: SimpleQueue[tuple[Result] | Exception] = SimpleQueue()

    def take_tickets() -> None:
        while _took(tickets):
            try:
                ended.put((call(),))
            except Exception as error:  # noqa: BLE001  # it is raised where the results are read
                ended.put(error)

    # Daemons: a second Ctrl-C does not wait for them.
    crew = [Thread(target=take_tickets, daemon=True) for _ in range(min(threads, times))]
    for each in crew:
        each.start()
    try:
        for _ in range(times):
            outcome = ended.get()
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome[0]
    finally:
        while _took(tickets):
            pass
        for each in crew:
            each.join()


def _took(tickets: SimpleQueue[None]) -> bool:
    try:
        tickets.get_nowait()
    except Empty:
        return False
    return True
