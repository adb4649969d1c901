"""Bytes to values, strictly and within bounds: JSON without NaN or lone surrogates, forms, gzip."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from json import JSONDecoder
from math import isinf

from hookkit.errors import BadBody, BodyTooLarge
from hookkit.hints import Any

__all__ = [
    "Decoder",
    "decode_base64url",
    "decode_form",
    "decode_json",
    "default_decoder",
    "inflate",
    "nesting",
    "standard_decoder",
]

Decoder = Callable[[bytes], object]
"""Gives the value, or raises ValueError (or RecursionError where it is nested too deep)."""

BOM = b"\xef\xbb\xbf"

_surrogate_escape = re.compile(rb"\\u[dD]").search

# A pair of surrogates is one character; half of one is no character, and cannot be stored or sent.
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F])|.)",
    re.DOTALL,
)


def _no_constant(_name: str) -> object:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if isinf(value):
        raise ValueError("a number beyond a float's range could not be written again")
    return value


_decoder: Any = JSONDecoder(  # its stub lacks the next
    parse_constant=_no_constant, parse_float=_finite
)
_scan: Callable[[str, int], tuple[object, int]] = _decoder.scan_once


def standard_decoder(body: bytes) -> object:
    """The standard library's decoder, made strict: no UTF-16, NaN, infinity, or half of a surrogate pair."""
    text = body.decode().strip(" \t\r\n")
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        raise ValueError("no value begins there") from None
    if end != len(text):
        raise ValueError("something stands after the value")
    # One pass in C over the body, and only where there may be one, a look at every escape.
    if b"\\" not in body or not _surrogate_escape(body):
        return value
    if any(match[1] for match in _ESCAPES.finditer(body)):
        raise ValueError("half a surrogate pair is no text")
    return value


def default_decoder() -> Decoder:
    """Msgspec's decoder where it is installed (``hookkit[fast]``), else the standard library's.

    They give the same verdict and value for any text nested up to 64 levels, which is tested.
    """
    try:
        from msgspec.json import Decoder as Msgspec  # an extra, and 35 ms to import
    except ImportError:
        return standard_decoder
    return Msgspec().decode  # msgspec's function of that name makes one for every text


def decode_json(body: bytes, decode: Decoder, deepest: int | None = None) -> object:
    """The value. Raises BadBody, and nothing else, for whatever is not strict JSON."""
    try:
        value = decode(body.removeprefix(BOM))
    except (ValueError, RecursionError):
        # Without the cause: decoders quote what they read.
        raise BadBody("the body is not strict JSON in UTF-8, or is nested too deep") from None
    if deepest is not None and nesting(value) > deepest:
        raise BadBody(f"the JSON is nested more than {deepest} levels deep")
    return value


def nesting(value: object) -> int:
    """How many arrays and objects stand inside each other, without recursion."""
    deepest = 0
    waiting = [(value, 1)]
    while waiting:
        value, depth = waiting.pop()
        if not isinstance(value, dict | list):
            continue
        deepest = max(deepest, depth)
        inner = value.values() if isinstance(value, dict) else value
        waiting.extend((item, depth + 1) for item in inner)
    return deepest


def decode_base64url(text: bytes) -> bytes:
    """The bytes that are written so, without padding (RFC 7515 section 2). Raises BadBody.

    One spelling only: the library's own decoder skips what is not of the alphabet.
    """
    try:
        raw = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        raise BadBody("it is not base64url") from None
    if urlsafe_b64encode(raw).rstrip(b"=") != text:
        raise BadBody("it is not base64url without padding")
    return raw


_bad_escape = re.compile(rb"%(?![0-9A-Fa-f]{2})").search


def decode_form(body: bytes, most: int) -> list[tuple[str, str]]:
    """The names and values of a URL-encoded form, `most` at the most. Raises BadBody."""
    from urllib.parse import parse_qsl  # 11 ms to import, and most deliveries are JSON

    if not body:
        return []
    if _bad_escape(body):
        raise BadBody("the form has a % that is not followed by two hexadecimal digits")
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=most,
        )
    except ValueError:
        if body.lstrip()[:1] in (b"{", b"["):
            raise BadBody(
                "it looks like JSON, sent as a form: set Content-Type: application/json"
            ) from None
        raise BadBody("the body is not a form, not UTF-8, or has too many fields") from None


def inflate(body: bytes, coding: str, limit: int) -> bytes:
    """Undo gzip or deflate, up to `limit` bytes.

    Raises:
        BodyTooLarge: there would be more.
        BadBody: it is not of that coding, or cut short.
    """
    import zlib  # few providers compress

    undo = zlib.decompressobj(wbits=31 if coding == "gzip" else 15)
    try:
        plain = undo.decompress(body, limit + 1)
    except zlib.error:
        raise BadBody(f"the body is not {coding}") from None
    if len(plain) > limit:
        raise BodyTooLarge
    if not undo.eof or undo.unused_data:
        raise BadBody(f"the body is {coding} cut short, or goes on after its end")
    return plain
