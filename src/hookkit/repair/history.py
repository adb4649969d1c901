"""`History`: a provider's own list of what it sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from hookkit.errors import HookkitError
from hookkit.messages import Request, Response

__all__ = ["Ask", "Found", "History", "RepairFailed"]

Ask = Callable[[Request], Response]
"""Sends a request to the provider's API. Raises RepairFailed where it has no answer of use."""


class RepairFailed(HookkitError):
    """The provider's API does not answer as it should; what was fetched before is accepted."""


class Found(NamedTuple):
    """Something that the provider says it sent.

    Attributes:
        id: of the delivery or event, by which it is known where it came.
        type: the event's name, as the receiver's provider names it.
        open: gives the request as it would have been; it may ask the API once more. Raises RepairFailed.
    """

    id: str
    type: str
    open: Callable[[], Request]


class History(Protocol):
    """Where a provider lists what it sent."""

    def found(self, since: float, ask: Ask) -> Iterator[list[Found]]:
        """Pages of what was sent since then (unix seconds), the newest first.

        Raises:
            RepairFailed: the list cannot be had.
        """
        ...
