"""Bytes of JSON to Python, strictly: no NaN, no lone surrogates, no other encoding than UTF-8."""

from __future__ import annotations

import re
from collections.abc import Callable
from json import JSONDecoder

from hookkit.errors import BadBody

__all__ = ["Decoder", "decode_json", "default_decoder", "nesting", "standard_decoder"]

Decoder = Callable[[bytes], object]
"""Gives the value, or raises ValueError (or RecursionError where it is nested too deep)."""

BOM = b"\xef\xbb\xbf"

_surrogate_escape = re.compile(rb"\\u[dD]").search

# A pair of surrogates is one character; either half alone can be stored and sent by nobody.
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F])|.)",
    re.DOTALL,
)


def _no_constant(_name: str) -> object:
    raise ValueError("NaN and Infinity are not JSON")


_raw_decode = JSONDecoder(parse_constant=_no_constant).raw_decode


def standard_decoder(body: bytes) -> object:
    """The standard library's decoder, made strict: no UTF-16, no NaN, no half of a surrogate pair."""
    text = body.decode().strip(" \t\r\n")
    value, end = _raw_decode(text)
    if end != len(text):
        raise ValueError("something stands after the value")
    # One pass in C over the body, then only where there may be one, a look at every escape.
    if _surrogate_escape(body) and any(match[1] for match in _ESCAPES.finditer(body)):
        raise ValueError("half a surrogate pair is no text")
    return value


def default_decoder() -> Decoder:
    """Msgspec's decoder where it is installed (``hookkit[fast]``), else the standard library's.

    They give the same verdict and value for any text nested up to 64 levels, which is tested; but for
    a number beyond a float's range, which one refuses and the other reads as infinite.
    """
    try:
        from msgspec.json import decode  # an extra, and 35 ms to import
    except ImportError:
        return standard_decoder
    return decode


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
