"""`Signed`: what schemes that sign a declared text share: find the signature, build the text, judge the time.

`HMAC` and the others add how a secret becomes a key, and how that key makes and checks a signature.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from binascii import hexlify
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from hookkit.bodies import read_first
from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import (
    BadBody,
    BadTimestamp,
    ConfigError,
    MalformedCredential,
    Unauthorized,
    WrongCredential,
)
from hookkit.formats import Format
from hookkit.hints import Generic, TypeVar
from hookkit.limits import Limits
from hookkit.logs import printable
from hookkit.messages import Request
from hookkit.places import First, Header, Joined, Numbered, Place, Pointer, Query, check_place
from hookkit.schemes.base import (
    PARTS,
    Step,
    Verdict,
    credential,
    says_itself,
    wire_bytes,
    with_text,
)
from hookkit.schemes.template import Content, Found, Layout, SignedContent, compile_layout
from hookkit.schemes.timestamps import (
    UNITS,
    Tolerance,
    both_ways,
    check_age,
    read_time,
    write_time,
)
from hookkit.values import field, value

__all__ = ["ENCODINGS", "Signed", "one_of"]

K = TypeVar("K")

MOST_TIMES = 4
"""Distinct times in one signature's header: each has the body hashed anew with every live secret."""

SHORTEST = 24
"""Characters: MD5 in base64. No signature is shorter."""

ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "hex": hexlify,
        "HEX": lambda digest: hexlify(digest).upper(),
        "base64": b64encode,
        "base64url": urlsafe_b64encode,
        "base64url-unpadded": lambda digest: urlsafe_b64encode(digest).rstrip(b"="),
        "base64-of-hex": lambda digest: b64encode(hexlify(digest)),
    }
)
"""How a signature's bytes are written. Only this text is accepted, and no other that means the same bytes."""


@value(kw_only=True)
class Signed(Generic[K]):
    """A signature over a text made of parts of the request.

    Args:
        signature: where the signature is.
        layout: how that header reads, see `hookkit.schemes.template`; of several, the first that fits; or an
            object that reads and writes it.
        signs: the signed text, see there.
        encoding: of the signature, a key of `ENCODINGS`.
        timestamp: the header with the signed time, where the layout has none; or, where the body is signed,
            a pointer to it in there.
        id: the header with the signed id.
        unit: of the time: ``s``, ``ms`` (since 1970), ``s-or-ms`` or ``rfc3339``.
        tolerance: seconds, both ways and inclusive; or (past, future); ``None``: no check.
        reads: how the body reads, where the signature or parts of the signed text are fields of it; of
            several formats, as its media type says. It is then read before it is verified, by the same
            bounded reader, and a body that cannot be is refused like any other.

    Raises:
        ConfigError: the declaration does not hold together; the text says what to write.
    """

    signature: Header | Query | First | Joined | Numbered | Pointer
    layout: str | tuple[str, ...] | Layout = "{signature}"
    signs: str | SignedContent = "{body}"
    encoding: str = "hex"
    timestamp: Header | First | Pointer | None = None
    id: Header | First | Pointer | None = None
    unit: str = "s"
    tolerance: Tolerance = 300
    reads: Format | tuple[Format, ...] | None = None
    _content: SignedContent = field(init=False, repr=False, compare=False)
    _named: tuple[Header | Query, ...] = field(init=False, repr=False, compare=False)
    _layout: Layout = field(init=False, repr=False, compare=False)
    _timed: bool = field(init=False, repr=False, compare=False)
    _body_time: Pointer | None = field(init=False, repr=False, compare=False)
    _window: tuple[float, float] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("encoding", self.encoding, ENCODINGS)
        one_of("unit", self.unit, UNITS)
        if self.signature is None:
            raise ConfigError('say where the signature is: signature=Header("X-Signature")')
        for name in ("signature", "timestamp", "id"):
            check_place(name, getattr(self, name))
        content = Content(self.signs) if isinstance(self.signs, str) else self.signs
        if isinstance(self.signature, Query) and _holds_query(self.signs):
            raise ConfigError("the signature cannot sign the URL that it is in: name parts of that")
        if content.covers("id") and self.id is None:
            raise ConfigError('signs names {id}: say where it is, such as id=Header("webhook-id")')
        self._check_reads(content)
        body_time = self._time_in_signed_body(content)
        has_time = self._has_time()
        if content.covers("timestamp") and not has_time:
            raise ConfigError(
                'signs names {timestamp}: say where it is, such as timestamp=Header("X-Timestamp"), '
                "or name it in the layout"
            )
        if has_time and not content.covers("body" if body_time else "timestamp"):
            raise ConfigError("a time that is not signed proves nothing: name {timestamp} in signs")
        object.__setattr__(self, "_content", content)
        object.__setattr__(self, "_named", content.named if isinstance(content, Content) else ())
        object.__setattr__(self, "_layout", compile_layout(self.layout))
        object.__setattr__(self, "_timed", has_time and body_time is None)
        object.__setattr__(self, "_body_time", body_time)
        object.__setattr__(self, "_window", both_ways(self.tolerance))

    def _has_time(self) -> bool:
        """Whether a time is declared. Raises ConfigError where it is declared twice."""
        layout = "".join(self.layout) if isinstance(self.layout, str | tuple) else ""
        if self.timestamp is not None and "{timestamp}" in layout:
            raise ConfigError("the time is in the layout and in timestamp=: name it in one of them")
        return self.timestamp is not None or "{timestamp}" in layout

    def _time_in_signed_body(self, content: SignedContent) -> Pointer | None:
        """Where the time is, if it is a field of a body that is signed whole, and so is read afterwards."""
        # A field that the signed text names by itself is read first, as the rest of that text.
        if isinstance(self.timestamp, Pointer) and not content.covers("timestamp"):
            return self.timestamp
        return None

    def _check_reads(self, content: SignedContent) -> None:
        """Raises ConfigError where the body must be read first, and it is not said how; or must not."""
        inside = [name for name in ("signature", "id") if _inside(getattr(self, name))]
        if isinstance(self.timestamp, Pointer) and content.covers("timestamp"):
            inside.append("timestamp")
        if content.covers("field"):
            inside.append("signs")
        if inside and self.reads is None:
            raise ConfigError(
                f"{inside[0]}= names a field of the body: say how that reads, such as reads=JSON()"
            )
        if _inside(self.signature) and content.covers("body"):
            raise ConfigError(
                "the signature cannot sign the body that it is in: name fields of that"
            )

    # What a subclass adds.

    def prepare(self, secret: bytes) -> K:
        """The key that this secret stands for. Raises ConfigError where it is not of the form."""
        raise NotImplementedError

    def make(self, key: K, text: list[bytes]) -> bytes:
        """The signature of this text, encoded."""
        raise NotImplementedError

    def fits(self, key: K, text: list[bytes], signatures: list[bytes]) -> bool:
        """Whether one of these signatures, encoded, is this key's for this text."""
        raise NotImplementedError

    # What they share.

    @property
    def header(self) -> str | None:
        """Name of the header that carries the signature, where one does."""
        place: Place = self.signature
        if isinstance(place, First | Joined):
            place = place.places[0]
        return place.name if isinstance(place, Header | Numbered) else None

    @property
    def signs_url(self) -> bool:
        """Whether the URL or a part of it is signed."""
        return any(self._content.covers(part) for part in ("url", "path", "query"))

    def covers(self, part: str) -> bool:
        """Whether `part` (``body``, ``timestamp``, ``id``, ``url``, ...) is signed."""
        if part == "timestamp":
            return self._timed or self._body_time is not None
        return self._content.covers(part)

    def verify(self, request: Request, keys: tuple[K, ...], now: float, limits: Limits) -> Verdict:
        """Who signed, and when. Raises Unauthorized."""
        payload = self._read(request, limits)
        for stamp, signatures in self._signatures(request, limits, payload).items():
            # Before the signature, as a text that is no time must not be signed into one.
            timestamp = read_time(stamp.decode("latin-1"), self.unit) if self._timed else None
            text = self._text(request, stamp, limits, payload)
            for position, key in enumerate(keys):
                if self.fits(key, text, signatures):
                    return self._verdict(request, position, timestamp, now)
        raise WrongCredential

    def _verdict(
        self, request: Request, position: int, timestamp: float | None, now: float
    ) -> Verdict:
        if self._body_time is not None:
            timestamp = self._read_body_time(self._body_time, request)
        if timestamp is None:
            return Verdict(position)
        # After the signature, so that the log calls stale only what is authentic.
        check_age(now - timestamp, self._window)
        return Verdict(position, timestamp, now - timestamp)

    def sign(self, request: Request, key: K, now: float, message_id: str) -> Request:
        """The request as the provider would send it, signed at `now`."""
        stamp = write_time(now, self.unit)
        if self._body_time is not None:
            request = self._with_body_time(self._body_time, request, stamp)
        elif self.timestamp is not None:
            request = self._with_text(request, self.timestamp, stamp)
        if self.id is not None:
            found = self.id.find(request, self._read(request, Limits()))
            message_id = found if isinstance(found, str) and found else message_id
            request = self._with_text(request, self.id, message_id)
        payload = self._read(request, Limits())
        text = self._content.render(request, stamp.encode(), wire_bytes(message_id), payload)
        written = self._layout.write(self.make(key, text).decode(), stamp)
        return self._with_text(request, self.signature, written)

    def steps(self, request: Request, keys: tuple[K, ...], limits: Limits) -> list[Step]:
        """What verifying looks at, for `explain`."""
        where = self.header or "signature"
        try:
            payload = self._read(request, limits)
            found = self._signatures(request, limits, payload)
            texts = {stamp: self._text(request, stamp, limits, payload) for stamp in found}
        except Unauthorized as error:
            wanted = f"{self.layout!r} in {where}, {self.encoding}"
            return [Step("unreadable", str(error)), Step("wanted", wanted)]
        return [
            step
            for stamp, signatures in found.items()
            for step in (
                Step(where, f"{len(signatures)} signature(s): {_heads(signatures)}"),
                *self._text_steps(stamp, texts[stamp], keys),
            )
        ]

    def _text_steps(self, stamp: bytes, text: list[bytes], keys: tuple[K, ...]) -> Iterator[Step]:
        if stamp:
            yield Step("time", f"{printable(stamp.decode('latin-1'), 40)} ({self.unit})")
        size = sum(map(len, text))
        yield Step("signed text", f"{self.signs!r}, {size} bytes, {self._algorithm()}")
        for place, key in enumerate(keys, 1):
            yield Step(f"expected with secret {place}", self._expected(key, text))

    def shortfall(
        self, request: Request, keys: tuple[K, ...], limits: Limits
    ) -> tuple[int, int] | None:
        """Where each signature is too short, for `explain`.

        Returns:
            Characters of the longest there, and of the shortest that could fit; ``None``: one is long enough.

        Raises:
            Unauthorized: there is no signature, or it cannot be read.
        """
        found = self._signatures(request, limits, self._read(request, limits))
        longest = max(
            (len(each) for signatures in found.values() for each in signatures), default=0
        )
        least = self._least(keys)
        return (longest, least) if longest < least else None

    def in_words(self) -> str:
        """What is done to what, for the catalogue."""
        encoding = self.encoding if self.encoding != "HEX" else "hex in capitals"
        return f"{self._algorithm()} over {self._signed_text()}, {encoding}"

    def _signed_text(self) -> str:
        if isinstance(self.signs, str):
            return self.signs.replace("\n", "\\n")
        if says_itself(self.signs):
            return self.signs.in_words()
        parts = [f"{{{part}}}" for part in PARTS if self.signs.covers(part)]
        return f"a text of its own from {', '.join(parts)}"

    def _algorithm(self) -> str:
        return type(self).__name__

    def _least(self, keys: tuple[K, ...]) -> int:
        """The fewest characters that a signature can have, as far as the keys tell."""
        return SHORTEST

    def _expected(self, key: K, text: list[bytes]) -> str:
        return _heads([self.make(key, text)])

    def _read(self, request: Request, limits: Limits) -> object:
        return None if self.reads is None else read_first(request, self.reads, limits)

    def _signatures(self, request: Request, limits: Limits, payload: object) -> Found:
        shown = credential(self.signature, request, limits, payload)
        found = self._layout.read(wire_bytes(shown))
        candidates = sum([len(signatures) for signatures in found.values()])
        if candidates > limits.candidates or len(found) > MOST_TIMES:
            raise MalformedCredential
        if self.timestamp is not None and self._body_time is None:
            # Beside a place of its own the layout has no time, and so a single entry.
            stamp = credential(self.timestamp, request, limits, payload)
            return {wire_bytes(stamp): found[b""]}
        return found

    def _text(self, request: Request, stamp: bytes, limits: Limits, payload: object) -> list[bytes]:
        for place in self._named:
            credential(place, request, limits)
        if self.id is None:
            return self._content.render(request, stamp, b"", payload)
        message_id = wire_bytes(credential(self.id, request, limits, payload))
        return self._content.render(request, stamp, message_id, payload)

    def _with_text(self, request: Request, place: Place, text: str) -> Request:
        return with_text(request, place, text, self.reads)

    def _read_body_time(self, place: Pointer, request: Request) -> float:
        try:
            payload = decode_json(request.body, standard_decoder)
        except BadBody:
            raise BadTimestamp from None
        found = place.find(request, payload)
        text = str(found) if type(found) is int else found
        if not isinstance(text, str):
            raise BadTimestamp
        return read_time(text, self.unit)

    def _with_body_time(self, place: Pointer, request: Request, stamp: str) -> Request:
        payload = json.loads(request.body)
        place.put(payload, stamp if self.unit == "rfc3339" else int(stamp))
        return request.replace(body=json.dumps(payload, separators=(",", ":")).encode())


def _holds_query(signs: str | SignedContent) -> bool:
    return isinstance(signs, str) and ("{url}" in signs or "{query}" in signs)


def _inside(place: Place | None) -> bool:
    """Whether it may be a field of the body."""
    if isinstance(place, First | Joined):
        return any(map(_inside, place.places))
    return isinstance(place, Pointer)


def _heads(signatures: list[bytes]) -> str:
    return ", ".join(map(_head, signatures[:4]))


def _head(signature: bytes) -> str:
    """The first characters: enough to compare by eye, and nothing to reuse."""
    if len(signature) < SHORTEST:
        return f"{len(signature)} characters, too few"  # not shown: it may be the secret itself
    return f"{printable(signature[:8].decode('latin-1'))}... ({len(signature)} characters)"


def one_of(name: str, value: str, known: Mapping[str, object] | tuple[str, ...]) -> None:
    """Raises ConfigError where `value` is none of these."""
    if value not in known:
        raise ConfigError(f"{name}={value!r} is not known: write one of {', '.join(known)}")
