"""`Event`: one thing that happened, as a handler gets it."""

from __future__ import annotations

from hookkit.hints import Any, Generic, TypeVar
from hookkit.logs import printable
from hookkit.messages import Request
from hookkit.schemes.base import Verdict

__all__ = ["UNVERIFIED", "Event"]

T = TypeVar("T", default=Any)

UNVERIFIED = Verdict(-1)
"""Stands in an event that was built or parsed without being verified, as in a test of a handler."""

NO_REQUEST = Request()


class Event(Generic[T]):
    """One thing that happened.

    ``Event[Invoice]`` types `payload` for the type checker; nothing is converted. An event is built for
    every delivery and so is light: treat it as read-only.

    Attributes:
        type: its name, such as ``"pull_request.opened"``; ``""`` where the provider has no names.
        payload: what the provider sent: a dictionary from JSON or a form, text, or bytes.
        id: the provider's id of the event, the same when it is sent again, or ``None``.
        delivery_id: the provider's id of the request, or ``None``.
        time: when it happened, unix seconds, or ``None`` where the provider does not say.
        source: the name of the receiver that took it.
        request: the whole request; ``request.body`` are the very bytes that arrived.
        verdict: which secret verified, and the signed time.
    """

    __slots__ = ("delivery_id", "id", "payload", "request", "source", "time", "type", "verdict")

    def __init__(
        self,
        type: str,  # noqa: A002  # the field's own word, and the attribute's name
        payload: T,
        request: Request = NO_REQUEST,
        verdict: Verdict = UNVERIFIED,
        source: str = "",
        id: str | None = None,  # noqa: A002  # as above
        delivery_id: str | None = None,
        time: float | None = None,
    ) -> None:
        self.type = type
        self.payload = payload
        self.request = request
        self.verdict = verdict
        self.source = source
        self.id = id
        self.delivery_id = delivery_id
        self.time = time

    @property
    def receipt(self) -> int | None:
        """Number of the delivery in an inbox, or ``None`` where there is no inbox."""
        return None

    @property
    def received_at(self) -> float | None:
        """When the delivery was accepted into an inbox, in unix seconds, or ``None`` where there is none."""
        return None

    @property
    def attempt(self) -> int:
        """Which run of the handler this is: 1 for the first, and always without an inbox."""
        return 1

    @property
    def handler(self) -> str:
        """Name of the handler that is running, out of an inbox; ``""`` without one."""
        return ""

    @property
    def key(self) -> str:
        """What tells the event from all others of its source, out of an inbox; ``""`` without one."""
        return ""

    def __repr__(self) -> str:
        about = f" {printable(self.id, 60)}" if self.id else ""
        return f"<Event {self.source}: {printable(self.type, 60)!r}{about}>"
