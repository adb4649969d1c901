"""What is signed and how the signature's header is laid out: written as text, compiled once.

Signed content is a template such as ``v0:{timestamp}:{body}``. Its parts:

====================  ====================================================
``{body}``            the body's bytes
``{timestamp}``       the signed time, as the text that was sent
``{id}``              the message id, as the text that was sent
``{method}``          ``POST``
``{url}``             the whole URL; ``{path}`` and ``{query}`` its parts
``{header:Name}``     another header's value
====================  ====================================================

A layout says how the header reads and is written:

==============================  ==========================================================
``sha256={signature}``          one signature with a prefix
``t={timestamp},v1={signature}``  pairs; ``v1`` may repeat, names that are not here are skipped
``v1,{signature} ...``          a list, separated by what stands before the dots
==============================  ==========================================================

`sign` and `verify` both come from these, so they cannot drift apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from hookkit.errors import BadTimestamp, ConfigError, MalformedCredential, MissingCredential
from hookkit.messages import Request
from hookkit.places import BLANKS
from hookkit.schemes.base import wire_bytes

__all__ = ["Content", "Layout", "compile_layout"]

_PART = re.compile(r"\{([a-z]+)(?::([A-Za-z0-9-]+))?\}")
_PARTS = frozenset({"body", "timestamp", "id", "method", "url", "path", "query", "header"})


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
        if stray or (kind and kind not in known) or (kind == "header") != bool(kind and text):
            raise ConfigError(
                f"{what}={template!r} has a part that is not known: write one of "
                + ", ".join("{header:Name}" if k == "header" else f"{{{k}}}" for k in sorted(known))
            )
    return [(kind, text) for kind, text in pieces if kind or text]


@dataclass(frozen=True, slots=True)
class Content:
    """What is signed, as a template.

    Raises:
        ConfigError: a part is not known, or nothing of the request is part of it.
    """

    template: str
    _parts: tuple[tuple[str, str, bytes], ...] = field(init=False, repr=False, compare=False)
    body_only: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = _pieces(self.template, _PARTS, "signs")
        if not any(kind for kind, _ in pieces):
            raise ConfigError(f"signs={self.template!r} covers nothing: write at least {{body}}")
        parts = tuple((kind, text, text.encode()) for kind, text in pieces)
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "body_only", pieces == [("body", "")])

    def covers(self, part: str) -> bool:
        """Whether this part of the request is signed."""
        return any(kind == part for kind, _, _ in self._parts)

    def render(self, request: Request, timestamp: str, message_id: str) -> list[bytes]:
        """The signed bytes, in order, unjoined: the body may be large.

        Raises:
            MissingCredential, MalformedCredential, BadTimestamp: a part is missing or ambiguous.
        """
        if self.body_only:
            return [request.body]
        rendered: list[bytes] = []
        for position, (kind, text, literal) in enumerate(self._parts):
            if not kind:
                rendered.append(literal)
            elif kind == "body":
                rendered.append(request.body)
            elif kind == "timestamp":
                rendered.append(_needed(timestamp, BadTimestamp))
            elif kind == "id":
                rendered.append(self._bordered(message_id, position))
            else:
                rendered.append(_of_request(kind, text, request))
        return rendered

    def _bordered(self, message_id: str, position: int) -> bytes:
        # An id that holds the separator could be shifted into the part behind it.
        following = self._parts[position + 1] if position + 1 < len(self._parts) else ("", "", b"")
        if following[1] and not following[0] and following[1] in message_id:
            raise MalformedCredential
        return _needed(message_id, MissingCredential)


def _needed(text: str, error: type[Exception]) -> bytes:
    if not text:
        raise error
    return wire_bytes(text)


def _of_request(kind: str, name: str, request: Request) -> bytes:
    if kind == "header":
        value = request.headers.get(name)
        if value is None:
            raise MissingCredential
        return wire_bytes(value.strip(BLANKS))
    # surrogateescape: a URL that is no text still is some bytes, and those do not match.
    text: str = getattr(request, kind)
    return text.encode("utf-8", "surrogatepass")


class Layout(Protocol):
    """How a signature's header reads."""

    def read(self, text: str) -> tuple[list[str], str]:
        """(signatures, timestamp or ``""``). Raises MalformedCredential."""
        ...

    def write(self, signature: str, timestamp: str) -> str:
        """The header's text."""
        ...


def compile_layout(layout: str) -> Layout:
    """Raises ConfigError where the layout names no signature, or a part that is not known."""
    if layout.endswith("...") and len(layout) > 4:
        separator = layout[-4]
        return _Many(compile_layout(layout[:-4]), separator)
    pieces = _pieces(layout, frozenset({"signature", "timestamp"}), "layout")
    kinds = [kind for kind, _ in pieces]
    if kinds.count("signature") != 1 or kinds.count("timestamp") > 1:
        raise ConfigError(
            f"layout={layout!r} must name {{signature}} once and {{timestamp}} at most once: "
            'write for example "sha256={signature}" or "t={timestamp},v1={signature}"'
        )
    if "timestamp" not in kinds and not _PAIRS.fullmatch(layout):
        before, _, after = layout.partition("{signature}")
        return _One(before, after)
    return _compile_pairs(layout)


_PAIR = r"([A-Za-z0-9_-]+)=(\{[a-z]+\}|[A-Za-z0-9_.-]+)"
_PAIRS = re.compile(rf"{_PAIR}(?:([,;&]) ?{_PAIR})+")


def _compile_pairs(layout: str) -> Layout:
    if not (shape := _PAIRS.fullmatch(layout)):
        raise ConfigError(
            f'layout={layout!r} must be pairs with one separator, such as "t={{timestamp}},v1={{signature}}"'
        )
    pairs = re.findall(_PAIR, layout)
    names = {value: name for name, value in pairs}
    fixed = tuple((name, value) for name, value in pairs if not value.startswith("{"))
    return _Pairs(layout, shape[3], names["{signature}"], names.get("{timestamp}", ""), fixed)


@dataclass(frozen=True, slots=True)
class _One:
    before: str
    after: str

    def read(self, text: str) -> tuple[list[str], str]:
        if not text.startswith(self.before) or not text.endswith(self.after):
            raise MalformedCredential
        return [text[len(self.before) : len(text) - len(self.after)]], ""

    def write(self, signature: str, timestamp: str) -> str:
        return f"{self.before}{signature}{self.after}"


@dataclass(frozen=True, slots=True)
class _Pairs:
    layout: str
    separator: str
    signature: str
    timestamp: str
    fixed: tuple[tuple[str, str], ...]

    def read(self, text: str) -> tuple[list[str], str]:
        signatures: list[str] = []
        rest: dict[str, str] = {}
        for pair in text.split(self.separator):
            name, _, value = pair.strip(BLANKS).partition("=")
            if name == self.signature:
                signatures.append(value)
            elif name in rest and (name == self.timestamp or (name, rest[name]) in self.fixed):
                raise MalformedCredential  # two values of what must be one: anyone's guess
            else:
                rest[name] = value
        if not signatures or any(rest.get(name) != value for name, value in self.fixed):
            raise MalformedCredential
        return signatures, rest.get(self.timestamp, "")

    def write(self, signature: str, timestamp: str) -> str:
        return self.layout.replace("{signature}", signature).replace("{timestamp}", timestamp)


@dataclass(frozen=True, slots=True)
class _Many:
    item: Layout
    separator: str

    def read(self, text: str) -> tuple[list[str], str]:
        found: list[str] = []
        stamps: set[str] = set()
        for item in text.split(self.separator):
            try:
                signatures, timestamp = self.item.read(item.strip(BLANKS))
            except MalformedCredential:
                continue  # another version's signature, as providers add them
            found += signatures
            stamps.add(timestamp)
        if not found or len(stamps) > 1:
            raise MalformedCredential
        return found, stamps.pop()

    def write(self, signature: str, timestamp: str) -> str:
        return self.item.write(signature, timestamp)
