"""What a token must say beside the time: a fixed value, the URL, the hash of a part of the request."""

from __future__ import annotations

import hashlib
from hmac import compare_digest
from typing import Protocol

from hookkit.errors import ConfigError
from hookkit.messages import Request
from hookkit.schemes.compact import Claims
from hookkit.schemes.signed import ENCODINGS, one_of
from hookkit.schemes.template import Content, SignedContent
from hookkit.values import field, value

__all__ = ["Equals", "EqualsURL", "HashOf", "Rule"]


class Rule(Protocol):
    """Something that a token's claims must say."""

    @property
    def claim(self) -> str:
        """Name of the claim."""
        ...

    def covers(self, part: str) -> bool:
        """Whether the claim binds the token to this part of the request (``body``, ``url``, ...)."""
        ...

    def holds(self, claims: Claims, request: Request) -> bool:
        """Whether they say so. Raises Unauthorized where the request lacks what they should speak of."""
        ...

    def put(self, claims: Claims, request: Request) -> None:
        """Make them say so, for signing."""
        ...


@value
class Equals:
    """A claim has this value, or one of these. The audience may be an array that has it among others."""

    claim: str
    values: tuple[str | bool | int, ...]

    def __init__(self, claim: str, *values: str | bool | int) -> None:
        if not values or "" in values:
            raise ConfigError(f"Equals({claim!r}): write the value that it must have")
        object.__setattr__(self, "claim", claim)
        object.__setattr__(self, "values", values)

    def covers(self, part: str) -> bool:
        return False

    def holds(self, claims: Claims, request: Request) -> bool:
        said = claims.get(self.claim)
        # RFC 7519 section 4.1.3; nowhere else does an array stand for any of its items.
        found = said if isinstance(said, list) and self.claim == "aud" else [said]
        # By type as well: to Python 1 and true are equal.
        return any(
            type(one) is type(value) and one == value for one in found for value in self.values
        )

    def put(self, claims: Claims, request: Request) -> None:
        claims[self.claim] = self.values[0]


@value
class EqualsURL:
    """A claim has the URL that was called; where `optional`, or is not there."""

    claim: str
    optional: bool = False

    def covers(self, part: str) -> bool:
        return part == "url"

    def holds(self, claims: Claims, request: Request) -> bool:
        if self.optional and self.claim not in claims:
            return True
        return bool(claims.get(self.claim) == request.url)

    def put(self, claims: Claims, request: Request) -> None:
        claims[self.claim] = request.url


@value
class HashOf:
    """A claim has the SHA-256 of a part of the request.

    Args:
        claim: its name.
        of: what is hashed, a template as in `hookkit.schemes.template`, or an object.
        encoding: of the hash, a key of `hookkit.schemes.signed.ENCODINGS`. Base64's padding may be there
            or not.
        only_with_body: the claim must be there where the request has a body, and must not where it has none.

    Raises:
        ConfigError: the template has a part that is not known, or the encoding is not.
    """

    claim: str
    of: str | SignedContent = "{body}"
    encoding: str = "hex"
    only_with_body: bool = False
    _content: SignedContent = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("encoding", self.encoding, ENCODINGS)
        content = Content(self.of) if isinstance(self.of, str) else self.of
        object.__setattr__(self, "_content", content)

    def covers(self, part: str) -> bool:
        return self._content.covers(part)

    def holds(self, claims: Claims, request: Request) -> bool:
        if self.only_with_body and not request.body:
            return self.claim not in claims
        said = claims.get(self.claim)
        if not isinstance(said, str):
            return False
        shown = said.encode("utf-8", "surrogatepass").rstrip(b"=")
        return compare_digest(shown, self._hash(request).rstrip(b"="))

    def put(self, claims: Claims, request: Request) -> None:
        if self.only_with_body and not request.body:
            claims.pop(self.claim, None)
            return
        claims[self.claim] = self._hash(request).decode()

    def _hash(self, request: Request) -> bytes:
        text = self._content.render(request, b"", b"", None)
        return ENCODINGS[self.encoding](hashlib.sha256(b"".join(text)).digest())
