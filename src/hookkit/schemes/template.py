"""What is signed and how the signature's header is laid out: written as text, compiled once.

Signed content is a template such as ``v0:{timestamp}:{body}``. Its parts:

====================  ====================================================
``{body}``            the body's bytes
``{timestamp}``       the signed time, as the text that was sent
``{id}``              the message id, as the text that was sent
``{method}``          ``POST``
``{url}``             the whole URL; ``{path}`` and ``{query}`` its parts
``{header:Name}``     another header's value
``{query:name}``      a parameter of the URL's query
``{field:/a/b}``      a text, number or truth in the body, which is read first (``reads=``)
``{secret}``          the secret itself, in a plain hash (`Digest`)
====================  ====================================================

A layout says how the header reads and is written:

=================================  =======================================================
``sha256={signature}``             one signature with a prefix
``t={timestamp},v1={signature}``   pairs; ``v1`` may repeat, names that are not here are skipped
``v1,{signature} ...``             a list, separated by what stands before the dots
``{timestamp},{signature},...``    a time, then signatures
=================================  =======================================================

`sign` and `verify` both come from these, so they cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hookkit.errors import BadTimestamp, ConfigError, MalformedCredential, MissingCredential
from hookkit.hints import Protocol
from hookkit.messages import Request
from hookkit.places import BLANKS, Header, Place, Pointer, Query
from hookkit.schemes.base import wire_bytes
from hookkit.values import field, value

SECRET = b"<secret>"
"""Stands in rendered content where the secret goes; known by its identity, not by what it says."""

BLANK_BYTES = BLANKS.encode()

__all__ = [
    "SECRET",
    "Content",
    "Found",
    "Layout",
    "One",
    "SignedContent",
    "as_signed",
    "compile_layout",
]

_PART = re.compile(r"\{([a-z]+)(?::([A-Za-z0-9_./~-]+))?\}")
_PARTS = frozenset(
    {"body", "timestamp", "id", "method", "url", "path", "query", "header", "field", "secret"}
)

_PLACES: dict[str, Callable[[str], Place]] = {"header": Header, "query": Query, "field": Pointer}

_NAMED = {"header": "Name", "field": "/a/b"}
"""Parts that are one of many, and how the one is named."""


def _pieces(template: str, known: frozenset[str], what: str) -> list[tuple[str, str]]:
    """(kind, argument) of each piece; the kind of literal text is ``""``."""
    pieces: list[tuple[str, str]] = []
    end = 0
    for match in _PART.finditer(template):
        pieces.append(("", template[end : match.start()]))
        pieces.append((match[1], match[2] or ""))
        end = match.end()
    pieces.append(("", template[end:]))
    for kind, text in pieces:
        stray = "{" in text or "}" in text
        misnamed = bool(kind and text) != (kind in _NAMED) and kind != "query"
        if stray or (kind and kind not in known) or misnamed:
            raise ConfigError(
                f"{what}={template!r} has a part that is not known: write one of "
                + ", ".join(
                    f"{{{k}:{_NAMED[k]}}}" if k in _NAMED else f"{{{k}}}" for k in sorted(known)
                )
            )
    return [(kind, text) for kind, text in pieces if kind or text]


class SignedContent(Protocol):
    """What is signed: a `Content` template, or a provider's own making of it."""

    def covers(self, part: str) -> bool:
        """Whether this part (``body``, ``timestamp``, ``id``, ``url``, ...) is signed.

        ``field``: fields of the body are; ``fields``: all of them, but for the one with the signature.
        """
        ...

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        """The signed bytes, in order, unjoined: the body may be large. Raises Unauthorized.

        `payload` is the body as the scheme's ``reads=`` has it, or ``None`` where it has none.
        """
        ...


@value
class Content:
    """What is signed, as a template.

    Raises:
        ConfigError: a part is not known, or nothing of the request is part of it.
    """

    template: str
    _parts: tuple[tuple[str, bytes, Place | None], ...] = field(
        init=False, repr=False, compare=False
    )
    body_only: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = _pieces(self.template, _PARTS, "signs")
        if not any(kind for kind, _ in pieces):
            raise ConfigError(f"signs={self.template!r} covers nothing: write at least {{body}}")
        parts = tuple((kind, text.encode(), _place(kind, text)) for kind, text in pieces)
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "body_only", pieces == [("body", "")])

    def covers(self, part: str) -> bool:
        """Whether this part of the request is signed."""
        return any(kind == part for kind, _, _ in self._parts)

    @property
    def named(self) -> tuple[Header | Query, ...]:
        """Headers and parameters that it names, which a stranger may have made long."""
        return tuple(each for _, _, each in self._parts if isinstance(each, Header | Query))

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object = None
    ) -> list[bytes]:
        """The signed bytes, in order, unjoined: the body may be large.

        Raises:
            MissingCredential, MalformedCredential, BadTimestamp: a part is missing or ambiguous.
        """
        if self.body_only:
            return [request.body]
        rendered: list[bytes] = []
        for position, (kind, literal, place) in enumerate(self._parts):
            if not kind:
                rendered.append(literal)
            elif kind == "body":
                rendered.append(request.body)
            elif kind == "secret":
                rendered.append(SECRET)
            elif kind == "timestamp":
                rendered.append(_needed(timestamp, BadTimestamp))
            elif kind == "id":
                rendered.append(self._bordered(message_id, position))
            elif kind == "field" and place is not None:
                rendered.append(as_signed(place.find(request, payload)))
            elif place is not None:
                rendered.append(_at(place, request))
            else:
                # surrogatepass: a URL that is no text still is some bytes, and those do not match.
                text: str = getattr(request, kind)
                rendered.append(text.encode("utf-8", "surrogatepass"))
        return rendered

    def _bordered(self, message_id: bytes, position: int) -> bytes:
        # An id that holds the separator, also together with the beginning of the one that follows,
        # could be shifted into the part behind it.
        kind, literal, _ = (*self._parts, ("", b"", None))[position + 1]
        if not kind and literal and literal in message_id + literal[:-1]:
            raise MalformedCredential
        return _needed(message_id, MissingCredential)


def _needed(text: bytes, error: type[Exception]) -> bytes:
    if not text:
        raise error
    return text


def as_signed(value: object) -> bytes:
    """A value of the body as it stands in a signed text. Raises Unauthorized."""
    if value is None:
        raise MissingCredential
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, str | int):
        return str(value).encode("utf-8", "surrogatepass")
    raise MalformedCredential  # of a fraction, an object or an array there are many writings


def _place(kind: str, name: str) -> Place | None:
    """Where such a part stands, if it is one of many. Raises ConfigError."""
    if not name or kind not in _PLACES:
        return None
    return _PLACES[kind](name)


def _at(place: Place, request: Request) -> bytes:
    value = place.find(request, None)
    if not isinstance(value, str):
        raise MissingCredential
    return wire_bytes(value)


Found = dict[bytes, list[bytes]]
"""Signatures, by the text of the time that they sign; ``b""`` where the header has no time."""


class Layout(Protocol):
    """How a signature's header reads."""

    def read(self, text: bytes) -> Found:
        """The signatures in the header. Raises MalformedCredential."""
        ...

    def write(self, signature: str, timestamp: str) -> str:
        """The header's text."""
        ...


def compile_layout(layout: str | tuple[str, ...] | Layout) -> Layout:
    """Raises ConfigError where the layout names no signature, or a part that is not known."""
    if not isinstance(layout, str | tuple):
        return layout
    if isinstance(layout, tuple):
        if not layout:
            raise ConfigError("layout=() fits nothing: name at least one")
        return _Either(tuple(compile_layout(each) for each in layout))
    if _POSITIONS.fullmatch(layout):
        return _Positions(layout[len("{timestamp}")])
    if layout.endswith("...") and len(layout) > 4:
        item, separator = layout[:-4], layout[-4]
        if separator in item:
            raise ConfigError(
                f"layout={layout!r} cannot be cut at {separator!r}: each item has one"
            )
        return _Many(compile_layout(item), separator)
    pieces = _pieces(layout, frozenset({"signature", "timestamp"}), "layout")
    kinds = [kind for kind, _ in pieces]
    if kinds.count("signature") != 1 or kinds.count("timestamp") > 1:
        raise ConfigError(
            f"layout={layout!r} must name {{signature}} once and {{timestamp}} at most once: "
            'write for example "sha256={signature}" or "t={timestamp},v1={signature}"'
        )
    if "timestamp" not in kinds and not _PAIRS.fullmatch(layout):
        before, _, after = layout.encode().partition(b"{signature}")
        return One(before, after)
    return _compile_pairs(layout)


_POSITIONS = re.compile(r"\{timestamp\}([,;: ])\{signature\}\1\.\.\.")
_PAIR = r"([A-Za-z0-9_-]+)=(\{[a-z]+\}|[A-Za-z0-9_.-]+)"
_PAIRS = re.compile(rf"{_PAIR}([,;&]) ?{_PAIR}(?:\3 ?{_PAIR})*")


def _compile_pairs(layout: str) -> Layout:
    if not (shape := _PAIRS.fullmatch(layout)):
        raise ConfigError(
            f'layout={layout!r} must be pairs with one separator, such as "t={{timestamp}},v1={{signature}}"'
        )
    pairs = re.findall(_PAIR, layout)
    if len({name for name, _ in pairs}) < len(pairs):
        raise ConfigError(f"layout={layout!r} has a name twice: give each part its own")
    names = {value: name for name, value in pairs}
    fixed = tuple((n.encode(), v.encode()) for n, v in pairs if not v.startswith("{"))
    signature, timestamp = names["{signature}"], names.get("{timestamp}", "")
    return _Pairs(layout, shape[3].encode(), signature.encode(), timestamp.encode(), fixed)


@value
class One:
    """A signature between fixed texts."""

    before: bytes
    after: bytes
    _around: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_around", len(self.before) + len(self.after))

    def read(self, text: bytes) -> Found:
        return {b"": [self.signature(text)]}

    def signature(self, text: bytes) -> bytes:
        """The one signature in the header. Raises MalformedCredential."""
        signature = text.removeprefix(self.before).removesuffix(self.after)
        if len(text) - len(signature) != self._around:
            raise MalformedCredential
        return signature

    def write(self, signature: str, timestamp: str) -> str:
        return f"{self.before.decode()}{signature}{self.after.decode()}"


@value
class _Pairs:
    """Names with values; names that the layout does not have are another version's, and skipped."""

    layout: str
    separator: bytes
    signature: bytes
    timestamp: bytes
    fixed: tuple[tuple[bytes, bytes], ...]

    def read(self, text: bytes) -> Found:
        signatures: list[bytes] = []
        rest: dict[bytes, bytes] = {}
        for pair in text.split(self.separator):
            name, _, value = pair.strip(BLANK_BYTES).partition(b"=")
            if name == self.signature:
                signatures.append(value)
            elif name in rest and (name == self.timestamp or name in dict(self.fixed)):
                raise MalformedCredential  # two values of what must be one: anyone's guess
            elif name:  # a nameless pair must not pass for the time, where the layout has none
                rest[name] = value
        if not signatures or any(rest.get(name) != value for name, value in self.fixed):
            raise MalformedCredential
        return {rest.get(self.timestamp, b""): signatures}

    def write(self, signature: str, timestamp: str) -> str:
        return self.layout.replace("{signature}", signature).replace("{timestamp}", timestamp)


@value
class _Positions:
    """A time, then signatures."""

    separator: str

    def read(self, text: bytes) -> Found:
        timestamp, *signatures = text.split(self.separator.encode())
        if not signatures:
            raise MalformedCredential
        return {timestamp: signatures}

    def write(self, signature: str, timestamp: str) -> str:
        return f"{timestamp}{self.separator}{signature}"


@value
class _Many:
    """Several of another layout, each with a time of its own where that layout has one."""

    item: Layout
    separator: str

    def read(self, text: bytes) -> Found:
        found: Found = {}
        for item in text.split(self.separator.encode()):
            try:
                read = self.item.read(item.strip(BLANK_BYTES))
            except MalformedCredential:
                continue  # another version's signature, as providers add them
            for timestamp, signatures in read.items():
                found.setdefault(timestamp, []).extend(signatures)
        if not found:
            raise MalformedCredential
        return found

    def write(self, signature: str, timestamp: str) -> str:
        return self.item.write(signature, timestamp)


@value
class _Either:
    """The first of several layouts that the header has; the first is how it is written."""

    layouts: tuple[Layout, ...]

    def read(self, text: bytes) -> Found:
        for layout in self.layouts:
            try:
                return layout.read(text)
            except MalformedCredential:
                continue
        raise MalformedCredential

    def write(self, signature: str, timestamp: str) -> str:
        return self.layouts[0].write(signature, timestamp)
