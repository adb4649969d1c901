"""Text that any database can hold: JSON as the stores keep it, in ASCII, and what people ask for."""

from __future__ import annotations

import json
from collections.abc import Callable

__all__ = ["best_writer", "encodable", "standard_writer", "write"]

Writer = Callable[[object], str]

standard_writer: Writer = json.dumps


def best_writer() -> Writer:
    """Msgspec's where it is installed (``hookkit[fast]``), else the standard library's.

    What either writes is read as the same value, of which each number is finite.
    """
    try:
        from msgspec.json import Encoder  # an extra
    except ImportError:
        return standard_writer
    encode = Encoder().encode

    def write(value: object) -> str:
        try:
            return encode(value).decode("ascii")
        except (UnicodeError, TypeError):  # beyond ASCII, half a character, or a class of text
            return standard_writer(value)

    return write


write = best_writer()


def encodable(text: str) -> str:
    """The text, with halves of surrogate pairs spelt out: asked for by hand, it is found nowhere."""
    return text.encode(errors="backslashreplace").decode()
