"""A vendor's own library, as one row of the table that the tests go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hookkit import Request

OBJECTS: Mapping[str, bytes] = MappingProxyType(
    {
        "object": b'{"id": "evt_1", "type": "invoice.paid"}',
        "not-ascii": '{"text": "h\u00e9 \u4e2d \U0001f600"}'.encode(),
        "blanks": b' {"a":\t1}\r\n',
    }
)
"""For libraries that read the body as JSON once it is verified."""
SOME: Mapping[str, bytes] = MappingProxyType(
    {**OBJECTS, "form": b"token=x&command=%2Fdeploy&text=a+b"}
)
"""For libraries that call nothing, unread, a missing body."""
ANY: Mapping[str, bytes] = MappingProxyType({**SOME, "nothing": b""})
OWN: Mapping[str, bytes] = MappingProxyType({})
"""For libraries that read what only a delivery of the sender's own has: the vectors' first one."""

NEVER: frozenset[str] = frozenset()
STALE = frozenset({"stale"})
FUTURE = frozenset({"future"})
BOTH = frozenset({"stale", "future"})


def longer(request: Request) -> Request:
    return request.replace(body=request.body + b" ")


def changed_inside(request: Request) -> Request:
    """With another character in the middle of the body."""
    body = request.body.decode("latin-1")
    return request.replace(body=changed_at(body, len(body) // 2).encode("latin-1"))


def changed_at(text: str, place: int) -> str:
    return text[:place] + ("B" if text[place] == "A" else "A") + text[place + 1 :]


@dataclass(frozen=True)
class SDK:
    """What a vendor's library does with the deliveries of one sender.

    Attributes:
        package: its name on PyPI.
        accepts: what it says of a request, given the secret that this was signed with.
        sign: the request signed by it, where it can: few libraries of receivers do.
        bodies: what can be sent.
        refuses: the wrong times that it refuses; hookkit refuses either.
        tampered: changes what is signed.
        secrets: two, where the form that hookkit's scheme tells is not enough.
    """

    package: str
    accepts: Callable[[str, Request], bool]
    sign: Callable[[str, Request], Request] | None = None
    bodies: Mapping[str, bytes] = field(default_factory=lambda: ANY)
    refuses: frozenset[str] = NEVER
    tampered: Callable[[Request], Request] = longer
    secrets: tuple[str, str] | None = None


def header(request: Request, name: str) -> str:
    return request.headers.get(name) or ""


def signed(request: Request, headers: Mapping[str, str]) -> Request:
    """The request with what its sender would add."""
    for name, value in headers.items():
        request = request.with_header(name, value)
    return request


def public_key(private: str, encoding: Encoding, form: PublicFormat) -> bytes:
    """The public key, as a sender shows it, of a private key in PEM."""
    return (
        serialization.load_pem_private_key(private.encode(), None)
        .public_key()
        .public_bytes(encoding, form)
    )
