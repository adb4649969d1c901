"""HMAC over a declared text of the request: what most providers do, each a little differently."""

from __future__ import annotations

import hmac
from base64 import b64encode, urlsafe_b64encode
from binascii import hexlify
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from types import MappingProxyType
from typing import ClassVar

from hookkit.errors import (
    ConfigError,
    MalformedCredential,
    Unauthorized,
    WrongCredential,
)
from hookkit.limits import Limits
from hookkit.logs import printable
from hookkit.messages import Request
from hookkit.places import Header, Query
from hookkit.schemes.base import Step, Verdict, credential, wire_bytes
from hookkit.schemes.keyforms import KEY_FORMS
from hookkit.schemes.template import Content, Layout, compile_layout
from hookkit.schemes.timestamps import (
    UNITS,
    Tolerance,
    both_ways,
    check_age,
    read_time,
    write_time,
)

__all__ = ["ENCODINGS", "HMAC"]

ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "hex": hexlify,
        "base64": b64encode,
        "base64url": urlsafe_b64encode,
    }
)

ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True, kw_only=True)
class HMAC:
    """A keyed hash (RFC 2104) of a text made of parts of the request.

    Args:
        algorithm: ``sha256``, ``sha512``, ``sha384`` or ``sha1``; never taken from the request.
        signature: where the signature is.
        layout: how that header reads, see `hookkit.schemes.template`.
        signs: the signed text, see there.
        encoding: of the signature: ``hex``, ``base64``, ``base64url``.
        key: how the secret becomes the key: ``text``, ``whsec``, ``base64``, ``hex``.
        timestamp: the header with the signed time, where the layout has none.
        id: the header with the signed id.
        unit: of the time: ``s``, ``ms`` (since 1970) or ``rfc3339``.
        tolerance: seconds, both ways and inclusive; or (past, future); ``None``: no check.

    Raises:
        ConfigError: the declaration does not hold together; the text says what to write.
    """

    family: ClassVar[str] = "hmac"

    algorithm: str = "sha256"
    signature: Header | Query
    layout: str = "{signature}"
    signs: str = "{body}"
    encoding: str = "hex"
    key: str = "text"
    timestamp: Header | None = None
    id: Header | None = None
    unit: str = "s"
    tolerance: Tolerance = 300
    _content: Content = field(init=False, repr=False, compare=False)
    _layout: Layout = field(init=False, repr=False, compare=False)
    _timed: bool = field(init=False, repr=False, compare=False)
    _window: tuple[float, float] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _one_of("algorithm", self.algorithm, ALGORITHMS)
        _one_of("encoding", self.encoding, tuple(ENCODINGS))
        _one_of("key", self.key, tuple(KEY_FORMS))
        _one_of("unit", self.unit, UNITS)
        content, layout = Content(self.signs), compile_layout(self.layout)
        if content.covers("id") and self.id is None:
            raise ConfigError('signs names {id}: say where it is, such as id=Header("webhook-id")')
        timed = self.timestamp is not None or "{timestamp}" in self.layout
        if content.covers("timestamp") and not timed:
            raise ConfigError(
                'signs names {timestamp}: say where it is, such as timestamp=Header("X-Timestamp"), '
                "or name it in the layout"
            )
        if timed and not content.covers("timestamp"):
            raise ConfigError("a time that is not signed proves nothing: name {timestamp} in signs")
        object.__setattr__(self, "_content", content)
        object.__setattr__(self, "_layout", layout)
        object.__setattr__(self, "_timed", timed)
        object.__setattr__(self, "_window", both_ways(self.tolerance) if timed else None)

    @property
    def header(self) -> str | None:
        return self.signature.name if isinstance(self.signature, Header) else None

    @property
    def signs_url(self) -> bool:
        return any(self._content.covers(part) for part in ("url", "path", "query"))

    def covers(self, part: str) -> bool:
        return self._content.covers(part)

    def prepare(self, secret: bytes) -> hmac.HMAC:
        # Keyed once: a copy of it costs half of what keying anew does.
        return hmac.new(KEY_FORMS[self.key](secret), digestmod=self.algorithm)

    def verify(
        self, request: Request, keys: tuple[hmac.HMAC, ...], now: float, limits: Limits
    ) -> Verdict:
        signatures, stamp, text = self._read(request, limits)
        # Before the MAC, as a text that is no time must not be signed into one.
        timestamp = read_time(stamp, self.unit) if self._timed else None
        position = self._match(keys, text, signatures)
        if timestamp is None:
            return Verdict(position)
        # After the MAC, so that the log calls stale only what is authentic.
        check_age(now - timestamp, self._window)
        return Verdict(position, timestamp, now - timestamp)

    def sign(self, request: Request, key: hmac.HMAC, now: float, message_id: str) -> Request:
        stamp = write_time(now, self.unit) if self._timed else ""
        if self.timestamp is not None:
            request = request.with_header(self.timestamp.name, stamp)
        if self.id is not None:
            message_id = self.id.find(request) or message_id
            request = request.with_header(self.id.name, message_id)
        text = self._content.render(request, stamp, message_id)
        written = self._layout.write(self._mac(key, text).decode(), stamp)
        if isinstance(self.signature, Header):
            return request.with_header(self.signature.name, written)
        joint = "&" if "?" in request.url else "?"
        return request.replace(url=f"{request.url}{joint}{self.signature.name}={written}")

    def steps(self, request: Request, keys: tuple[hmac.HMAC, ...], limits: Limits) -> list[Step]:
        where = self.signature.name
        try:
            signatures, stamp, text = self._read(request, limits)
        except Unauthorized as error:
            return [Step(where, str(error)), Step("wanted", f"{self.layout!r}, {self.encoding}")]
        steps = [Step(where, f"{len(signatures)} signature(s): {_heads(signatures)}")]
        if stamp:
            steps.append(Step("time", f"{printable(stamp, 40)} ({self.unit})"))
        size = sum(map(len, text))
        steps.append(
            Step("signed text", f"{self.signs!r}, {size} bytes, HMAC-{self.algorithm.upper()}")
        )
        steps += [
            Step(f"expected with secret {place}", _heads([self._mac(key, text).decode()]))
            for place, key in enumerate(keys, 1)
        ]
        return steps

    def _read(self, request: Request, limits: Limits) -> tuple[list[bytes], str, list[bytes]]:
        """(signatures, timestamp's text, signed text)."""
        found, stamp = self._layout.read(credential(self.signature, request, limits))
        if len(found) > limits.candidates:
            raise MalformedCredential
        if self.timestamp is not None:
            stamp = credential(self.timestamp, request, limits)
        message_id = "" if self.id is None else credential(self.id, request, limits)
        text = self._content.render(request, stamp, message_id)
        return [wire_bytes(signature) for signature in found], stamp, text

    def _match(
        self, keys: tuple[hmac.HMAC, ...], text: list[bytes], signatures: list[bytes]
    ) -> int:
        for position, key in enumerate(keys):
            expected = self._mac(key, text)
            for signature in signatures:
                if compare_digest(expected, signature):
                    return position
        raise WrongCredential

    def _mac(self, key: hmac.HMAC, text: list[bytes]) -> bytes:
        mac = key.copy()
        for part in text:
            mac.update(part)
        return ENCODINGS[self.encoding](mac.digest())


def _heads(signatures: list[bytes] | list[str]) -> str:
    """The first characters of each: enough to compare by eye, and no signature to reuse."""
    texts = [s.decode("latin-1") if isinstance(s, bytes) else s for s in signatures[:4]]
    return ", ".join(f"{printable(text[:8])}... ({len(text)} characters)" for text in texts)


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{name}={value!r} is not known: write one of {', '.join(known)}")
