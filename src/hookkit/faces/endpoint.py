"""What a face serves, and the rules for bodies' lengths and hosts' names that all faces share."""

from __future__ import annotations

import re

from hookkit.errors import BadLength, BodyTooLarge, RequestError
from hookkit.hints import Protocol
from hookkit.messages import Request, Response

__all__ = ["CHUNK", "Endpoint", "content_length", "named_host"]

CHUNK = 1024 * 1024
"""Bytes. The most that is read at once, so that a false length reserves no more than that. A body that
comes in one piece is not copied to be joined, which at 256 KiB costs a sixth of parsing it."""


_reaches_further = re.compile(r"[/?#\\@]").search


class Endpoint(Protocol):
    """Something that answers requests: a Receiver."""

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods whose bodies are read."""
        ...

    @property
    def max_body(self) -> int:
        """Bytes."""
        ...

    def handle(self, request: Request) -> Response:
        """The answer. Does not raise."""
        ...

    async def handle_async(self, request: Request) -> Response:
        """The same on an event loop."""
        ...

    def refuse(self, error: RequestError) -> Response:
        """The answer to a request that could not even be read."""
        ...


def content_length(text: str, limit: int) -> int:
    """The announced length in bytes.

    Raises:
        BadLength: it is not a plain number (RFC 9110 section 8.6).
        BodyTooLarge: it is beyond the limit.
    """
    if not (text.isascii() and text.isdigit()):
        raise BadLength
    # Thousands of digits are slow to read as a number, and too large in any case.
    if len(text) > 18:
        text = text.lstrip("0")[:19] or "0"
    length = int(text)
    if length > limit:
        raise BodyTooLarge
    return length


def named_host(host: str | None) -> str:
    """The Host field, or nothing where what it says would reach into the URL's path or query."""
    return "" if host is None or _reaches_further(host) else host
