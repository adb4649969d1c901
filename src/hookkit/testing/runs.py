"""Which handlers of a receiver run, and what comes of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hookkit.event import Event
from hookkit.receiver import Receiver
from hookkit.router import Handler

__all__ = ["Ran", "watching"]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of a handler.

    Attributes:
        handler: its name.
        event: as it got it.
        result: what it returned.
        error: what it raised, or ``None``.
    """

    handler: str
    event: Event[Any]
    result: object = None
    error: BaseException | None = None


@contextmanager
def watching(receiver: Receiver) -> Iterator[list[Ran]]:
    """The list grows with each run, until the end of this context."""
    found: list[Ran] = []
    functions = {handler: handler.function for handler in receiver.router.handlers}
    for handler in functions:
        handler.function = _watched(handler, found)
    try:
        yield found
    finally:
        for handler, function in functions.items():
            handler.function = function


def _watched(handler: Handler, found: list[Ran]) -> Any:
    function: Any = handler.function

    def run(event: Event[Any]) -> object:
        try:
            result = function(event)
        except BaseException as error:
            found.append(Ran(handler.name, event, error=error))
            raise
        found.append(Ran(handler.name, event, result))
        return result

    async def run_async(event: Event[Any]) -> object:
        try:
            result = await function(event)
        except BaseException as error:
            found.append(Ran(handler.name, event, error=error))
            raise
        found.append(Ran(handler.name, event, result))
        return result

    return run_async if handler.is_async else run
