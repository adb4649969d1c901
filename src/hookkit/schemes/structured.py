"""Structured fields (RFC 9651), as Signature-Input and Content-Digest are (extra ``signatures``).

The parser is `http-sf`, kept by an author of the RFC. It is used strictly: a name that stands twice, which
the RFC lets the last one win, is refused, as is everything else that is not of the form.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from hookkit.errors import MalformedCredential
from hookkit.extras import needed

__all__ = ["Item", "Parameters", "library", "parse", "parse_field", "write", "write_list"]

# Fields that the library has no type for, as they were structured from the start.
_DICTIONARIES = frozenset(
    {
        "accept-signature",
        "content-digest",
        "repr-digest",
        "signature",
        "signature-input",
        "want-content-digest",
        "want-repr-digest",
    }
)

Parameters = dict[str, Any]
Item = tuple[Any, Parameters]
"""A value and its parameters; of an inner list, the value is a list of items."""


def library() -> ModuleType:
    """The parser. Raises ConfigError where it is not installed."""
    return needed("http_sf", "signatures", "the scheme message-signature")


def parse(text: str, kind: str) -> Any:
    """The text as a ``dictionary``, ``list`` or ``item``. Raises MalformedCredential."""
    return _parsed(text, {"tltype": kind})


def parse_field(text: str, name: str) -> Any:
    """The text as the header of this name is registered. Raises MalformedCredential."""
    return _parsed(text, {"name": name, "tltype": "dictionary" if name in _DICTIONARIES else None})


def _parsed(text: str, how: Parameters) -> Any:
    try:
        return library().parse(text.encode("latin-1"), on_duplicate_key=_refuse, **how)
    except (ValueError, KeyError):
        # Without the cause, which quotes what it read.
        raise MalformedCredential from None


def _refuse(*_: str) -> None:
    raise ValueError("a name stands twice")


def write(value: Any) -> str:
    """The text of a dictionary, list or item. Raises MalformedCredential where there is none."""
    try:
        return str(library().ser(value))
    except ValueError:
        raise MalformedCredential from None


def write_list(items: list[Item], parameters: Parameters) -> str:
    """The text of an inner list."""
    return write([(items, parameters)])
