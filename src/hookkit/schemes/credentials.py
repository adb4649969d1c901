"""Shared secrets sent as they are: `Token`, `Basic`, `Bearer`. They say nothing about the body."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from hmac import compare_digest

from hookkit.bodies import read_first
from hookkit.errors import ConfigError, MalformedCredential, Unauthorized, WrongCredential
from hookkit.formats import JSON, Format
from hookkit.hints import TYPE_CHECKING
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import BLANKS, First, Header, Pointer, Query, check_place, outside_body
from hookkit.schemes.base import Step, Verdict, credential, wire_bytes, with_text
from hookkit.values import value

if TYPE_CHECKING:
    from typing import ClassVar
else:
    from hookkit.hints import ClassVar

__all__ = ["Basic", "Bearer", "Token"]


_JSON = JSON()


class _Credential:
    """What the three have in common: the request shows a text, and it is the secret or it is not."""

    __slots__ = ()

    signs_url = False

    def covers(self, part: str) -> bool:
        return False

    def prepare(self, secret: bytes) -> bytes:
        return secret

    def verify(
        self, request: Request, keys: tuple[bytes, ...], now: float, limits: Limits
    ) -> Verdict:
        shown = self._shown(request, limits)
        for position, key in enumerate(keys):
            if compare_digest(shown, key):
                return Verdict(position)
        raise WrongCredential

    def steps(self, request: Request, keys: tuple[bytes, ...], limits: Limits) -> list[Step]:
        # Only lengths: what is shown here may be the secret itself, and a typing error away from it.
        configured = Step("configured", _lengths(keys))
        try:
            shown = self._shown(request, limits)
        except Unauthorized as error:
            return [Step(self._where(), str(error)), configured]
        return [Step(self._where(), f"{len(shown)} bytes, not shown"), configured]

    def _shown(self, request: Request, limits: Limits) -> bytes:
        raise NotImplementedError

    def _where(self) -> str:
        raise NotImplementedError


def _lengths(keys: tuple[bytes, ...]) -> str:
    return " or ".join(f"{len(key)} bytes" for key in keys)


@value
class Token(_Credential):
    """The secret itself in a header, in the query (which servers and proxies tend to log), or in the body.

    Args:
        place: where it is.
        reads: how the body reads, where it is in there; then that is read before it is verified.
    """

    family: ClassVar[str] = "token"

    place: Header | Query | Pointer | First
    reads: Format = _JSON

    def __post_init__(self) -> None:
        check_place("place", self.place)

    @property
    def header(self) -> str | None:
        return self.place.name if isinstance(self.place, Header) else None

    def sign(self, request: Request, key: bytes, now: float, message_id: str) -> Request:
        if outside_body(self.place):
            return with_text(request, self.place, key.decode("latin-1"))
        try:
            return with_text(request, self.place, key.decode(), self.reads)
        except UnicodeDecodeError:
            raise ConfigError("a secret that is not UTF-8 can be in no body") from None

    def _shown(self, request: Request, limits: Limits) -> bytes:
        if not outside_body(self.place):
            payload = read_first(request, self.reads, limits)
            # In a body text is what it is, and no bytes in disguise as in a header.
            return credential(self.place, request, limits, payload).encode("utf-8", "surrogatepass")
        return wire_bytes(credential(self.place, request, limits))

    def in_words(self) -> str:
        return "the secret itself"

    def _where(self) -> str:
        match self.place:
            case Pointer():
                return f"{self.place.path} in the body"
            case Header():
                return f"header {self.place.name}"
            case Query():
                return f"query parameter {self.place.name}"
        return "one of several places"


@value
class Basic(_Credential):
    """HTTP's Basic (RFC 7617); the secret is ``user:password``."""

    family: ClassVar[str] = "basic"
    key_form: ClassVar[str] = "user:password"

    @property
    def header(self) -> str:
        return "Authorization"

    def prepare(self, secret: bytes) -> bytes:
        if b":" not in secret or not secret.strip(b" :"):
            raise ConfigError('write it as "user:password"')
        return secret

    def sign(self, request: Request, key: bytes, now: float, message_id: str) -> Request:
        return request.with_header(self.header, f"Basic {b64encode(key).decode()}")

    def _shown(self, request: Request, limits: Limits) -> bytes:
        try:
            return b64decode(_after_word("basic", request, limits), validate=True)
        except binascii.Error:
            raise MalformedCredential from None

    def in_words(self) -> str:
        return "user and password, as HTTP's Basic"

    def _where(self) -> str:
        return "header Authorization (Basic)"


@value
class Bearer(_Credential):
    """The secret as a bearer token (RFC 6750 section 2.1)."""

    family: ClassVar[str] = "bearer"

    @property
    def header(self) -> str:
        return "Authorization"

    def sign(self, request: Request, key: bytes, now: float, message_id: str) -> Request:
        return request.with_header(self.header, f"Bearer {key.decode('latin-1')}")

    def _shown(self, request: Request, limits: Limits) -> bytes:
        return _after_word("bearer", request, limits)

    def in_words(self) -> str:
        return "the secret itself, as a bearer token"

    def _where(self) -> str:
        return "header Authorization (Bearer)"


_AUTHORIZATION = Header("Authorization")


def _after_word(word: str, request: Request, limits: Limits) -> bytes:
    """What follows the scheme's word, whatever its case (RFC 9110 section 11.1)."""
    said, _, rest = credential(_AUTHORIZATION, request, limits).partition(" ")
    if said.lower() != word:
        raise MalformedCredential
    return wire_bytes(rest.strip(BLANKS))
