"""What a handler asks of an inbox: when it runs, how often, and in what order."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256

from hookkit.backoff import UNSET, Backoff, Unset
from hookkit.errors import ConfigError
from hookkit.event import Event
from hookkit.hints import Any
from hookkit.places import Place, check_place
from hookkit.values import value

__all__ = ["OrderedBy", "Runs", "lane_of"]

OrderedBy = Place | Callable[[Event[Any]], object]
"""Where an event says what it belongs to, or a function of the event that tells it."""


@value
class Runs:
    """When an inbox runs a handler. Without an inbox it runs before the reply, and once.

    Attributes:
        ack: ``handled``: before the reply, which is what it returns; ``accepted``: by a worker; ``None``: as
            the receiver has it.
        backoff: when it runs again after a failure; ``None`` for never.
        ordered_by: events for which this is equal run one at a time, in order; ``None``: in no order.
        stale: ``skip``: not for an event older than the last one done; ``latest``: nor for one while a later
            one waits; ``run``; ``None``: as the receiver has it.
    """

    ack: str | None = None
    backoff: Backoff | Unset | None = UNSET
    ordered_by: OrderedBy | Unset | None = UNSET
    stale: str | None = None

    def __post_init__(self) -> None:
        if self.ack not in (None, "accepted", "handled"):
            raise ConfigError(f'ack={self.ack!r} is not known: write "accepted" or "handled"')
        if not isinstance(self.backoff, Backoff | Unset | None):
            raise ConfigError("backoff= is a Backoff(…), or None for never")
        if self.stale not in (None, "run", "skip", "latest"):
            raise ConfigError(f'stale={self.stale!r} is not known: write "run", "skip" or "latest"')
        if self.is_ordered:
            _check_order(self.ordered_by)

    @property
    def is_ordered(self) -> bool:
        """Whether it says by what."""
        return self.ordered_by is not None and not isinstance(self.ordered_by, Unset)


def _check_order(ordered_by: object) -> None:
    check_place("ordered_by", ordered_by)
    if not callable(ordered_by) and not hasattr(ordered_by, "find"):
        raise ConfigError(
            'ordered_by= is a place such as Pointer("/data/id"), or a function of the event'
        )


def lane_of(ordered_by: OrderedBy, event: Event[Any]) -> str | None:
    """A digest of what the event belongs to, or ``None`` where it belongs to nothing.

    A digest, because it is kept for longer than the event, and may be a person's address.

    Raises:
        TypeError: it is nothing that JSON can say.
    """
    key = _key_of(ordered_by, event)
    if key is None:
        return None
    return sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]


def _key_of(ordered_by: OrderedBy, event: Event[Any]) -> object:
    if callable(ordered_by):
        return ordered_by(event)
    return ordered_by.find(event.request, event.payload)
