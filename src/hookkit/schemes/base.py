"""What every scheme is: `Scheme`, and the `Verdict` that it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from hookkit.errors import MalformedCredential, MissingCredential
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import Place

__all__ = ["AnyScheme", "Scheme", "Step", "Verdict", "credential", "wire_bytes"]


class Verdict:
    """A request is authentic: by which secret, and signed when.

    Attributes:
        key: position of the secret that verified, 0 for the first (the newest).
        timestamp: the signed time in unix seconds, or ``None`` where none is signed.
        age: seconds between that time and now, or ``None``; negative where our clock is behind.
    """

    __slots__ = ("age", "key", "timestamp")

    def __init__(self, key: int, timestamp: float | None = None, age: float | None = None) -> None:
        self.key = key
        self.timestamp = timestamp
        self.age = age

    def __repr__(self) -> str:
        return f"Verdict(key={self.key}, timestamp={self.timestamp}, age={self.age})"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation: what was looked at, and what was found."""

    name: str
    found: str


K = TypeVar("K")


class Scheme(Protocol[K]):
    """A way to authenticate a request, with keys of the type K that it makes of secrets.

    A scheme holds no secret and no state, so that one value serves every receiver and thread.
    """

    family: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def header(self) -> str | None:
        """Name of the header that carries the credential, where one does."""
        ...

    @property
    def signs_url(self) -> bool:
        """Whether the URL is part of what is signed, so that the receiver must know its public one."""
        ...

    def covers(self, part: str) -> bool:
        """Whether `part` (``body``, ``timestamp``, ``id``, ``url``, ...) is signed."""
        ...

    def prepare(self, secret: bytes) -> K:
        """The key that this secret stands for. Raises ConfigError where it is not of the form."""
        ...

    def verify(self, request: Request, keys: tuple[K, ...], now: float, limits: Limits) -> Verdict:
        """Who signed. Raises a subclass of Unauthorized, and nothing else, whatever the request is."""
        ...

    def sign(self, request: Request, key: K, now: float, message_id: str) -> Request:
        """The request as the provider would send it, signed at `now` (unix seconds)."""
        ...

    def steps(self, request: Request, keys: tuple[K, ...], limits: Limits) -> list[Step]:
        """What verifying looks at, for `explain`: never a secret, nothing unprintable."""
        ...


AnyScheme = Scheme[Any]
"""A scheme whose type of keys is its own affair."""


def credential(place: Place, request: Request, limits: Limits) -> str:
    """The text at `place`, which is there and not longer than the limit."""
    value = place.find(request, None)
    if value is None:
        raise MissingCredential
    if not isinstance(value, str) or len(value) > limits.header:
        raise MalformedCredential
    return value


def wire_bytes(text: str) -> bytes:
    """Header text as the bytes that were on the wire."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        # No server hands over such text; a test client or a proxy might.
        raise MalformedCredential from None
