"""Inngest (calls of functions).

What is signed is the body's canonical JSON (RFC 8785), so white space and the order of keys are free.

Sources: inngest (PyPI): _internal/net.py, transforms.py; inngest (npm): components/InngestCommHandler.js.
"""

import re
from typing import ClassVar

from hookkit.errors import MalformedCredential
from hookkit.extras import needed
from hookkit.formats import JSON
from hookkit.messages import Request
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.values import value

EXACT = 2**53 - 1
"""A larger whole number is written as the nearest double in canonical JSON, and so as another number."""

_prefix = re.compile(rb"signkey-\w+-")


def _key(secret: bytes) -> bytes:
    """The key as text, without its prefix."""
    needed("rfc8785", "jcs", "the provider inngest")  # at start-up, and not with the first request
    found = _prefix.match(secret)
    return secret[found.end() :] if found else secret


@value
class _CanonicalBody:
    """The body as canonical JSON, and the time."""

    def covers(self, part: str) -> bool:
        return part in ("body", "timestamp")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        canonical = needed("rfc8785", "jcs", "the provider inngest")
        try:
            written: bytes = canonical.dumps(_as_doubles(payload))
        except (ValueError, OverflowError, RecursionError):
            raise MalformedCredential from None
        return [written, timestamp]

    def in_words(self) -> str:
        return "{body} as canonical JSON (RFC 8785) and {timestamp}"


@value(kw_only=True)
class _CanonicalHMAC(HMAC):
    """An HMAC over canonical JSON, which another library writes."""

    extra: ClassVar[str] = "jcs"


def _as_doubles(value: object) -> object:
    """The value with each whole number that a double cannot hold as the double next to it."""
    if isinstance(value, dict):
        return {key: _as_doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_doubles(item) for item in value]
    if type(value) is int and abs(value) > EXACT:
        return float(value)
    return value


inngest = Provider(
    name="inngest",
    display="Inngest",
    scheme=_CanonicalHMAC(
        signature=Header("X-Inngest-Signature"),
        layout="t={timestamp}&s={signature}",
        signs=_CanonicalBody(),
        key=_key,
        reads=JSON(),
    ),
    event_type=Pointer("/event/name"),
    separator="/",
    further_gaps=(
        "the body's writing: white space, the order of keys, and digits that a double does not hold",
    ),
)
