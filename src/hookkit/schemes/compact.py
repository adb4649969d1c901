"""Signed tokens in their compact form (RFC 7515 section 7.1): read strictly, written, and looked into."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from hookkit.decoding import decode_base64url, decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, MalformedCredential
from hookkit.messages import Request
from hookkit.places import Header, Pointer, Query
from hookkit.values import field, value

__all__ = ["Claim", "Claims", "SignedToken", "signing_input"]

Claims = dict[str, Any]

LONGEST_HEADER = 16 * 1024
"""Characters of a token's header, which is read before it is verified. Three certificates have some 5000."""


class SignedToken:
    """A token's parts. Nothing of it is verified, and its claims are not read yet.

    Attributes:
        header: says how it is signed, as far as anyone may believe that.
        algorithm: the one that the header names.
        signed: the bytes that are signed.
        signature: over these.
    """

    __slots__ = ("_claims", "algorithm", "header", "signature", "signed")

    def __init__(self, text: bytes) -> None:
        """Raises MalformedCredential."""
        parts = text.split(b".", 3)
        if len(parts) != 3 or len(parts[0]) > LONGEST_HEADER:
            raise MalformedCredential
        self.header = _read_object(parts[0])
        # "crit" names what must be understood beside the RFC; "b64" changes what is signed (RFC 7797).
        if "crit" in self.header or "b64" in self.header:
            raise MalformedCredential
        algorithm = self.header.get("alg")
        if not isinstance(algorithm, str):
            raise MalformedCredential
        self.algorithm = algorithm
        self.signed = text[: len(parts[0]) + 1 + len(parts[1])]
        self.signature = _read_base64url(parts[2])
        self._claims = parts[1]

    def claims(self) -> Claims:
        """What it says: to be asked once the signature is right. Raises MalformedCredential."""
        return _read_object(self._claims)

    def __repr__(self) -> str:
        return f"<SignedToken {self.algorithm!r}>"


def _read_base64url(text: bytes) -> bytes:
    try:
        return decode_base64url(text)
    except BadBody:
        raise MalformedCredential from None


def _read_object(text: bytes) -> Claims:
    try:
        value = decode_json(_read_base64url(text), standard_decoder)
    except BadBody:
        raise MalformedCredential from None
    if not isinstance(value, dict):
        raise MalformedCredential
    return value


def signing_input(header: Mapping[str, object], claims: Mapping[str, object]) -> bytes:
    """The first two parts of a token, which are what is signed."""
    return b".".join(
        urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=")
        for part in (header, claims)
    )


@value
class Claim:
    """A place in a token that is in a header or the query: in its claims, or (``part="header"``) its header.

    It is found whether the token is right or not; it is the scheme that verifies.

    Raises:
        ConfigError: there is no such part, or the path is no pointer.
    """

    token: Header | Query
    path: str
    part: str = "claims"
    _pointer: Pointer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.part not in ("claims", "header"):
            raise ConfigError(f'part={self.part!r} is none of a token: write "claims" or "header"')
        object.__setattr__(self, "_pointer", Pointer(self.path))

    def find(self, request: Request, payload: object = None) -> object:
        text = self.token.find(request)
        if text is None:
            return None
        try:
            token = SignedToken(text.rpartition(" ")[2].encode("utf-8", "surrogatepass"))
            said = token.header if self.part == "header" else token.claims()
        except MalformedCredential:
            return None
        return self._pointer.find(request, said)
