"""Digest of the body, as the header Content-Digest carries it (RFC 9530)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from hmac import compare_digest
from types import MappingProxyType
from typing import Any

from hookkit.errors import MalformedCredential, WrongCredential
from hookkit.schemes.structured import parse, write

__all__ = ["check_digest", "write_digest"]

# RFC 9530 section 5: the two that are active; the others are too weak to prove anything.
_KNOWN: Mapping[str, Callable[[bytes], Any]] = MappingProxyType(
    {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
)


def check_digest(text: str, body: bytes) -> None:
    """Compare each digest of a known algorithm with the body's; there must be one.

    Raises:
        MalformedCredential: it is no dictionary of byte sequences, or has no known algorithm.
        WrongCredential: one does not match.
    """
    digests = parse(text, "dictionary")
    if not all(isinstance(digest, bytes) for digest, _ in digests.values()):
        raise MalformedCredential
    known = [name for name in digests if name in _KNOWN]
    if not known:
        raise MalformedCredential
    for name in known:
        if not compare_digest(digests[name][0], _KNOWN[name](body).digest()):
            raise WrongCredential


def write_digest(body: bytes) -> str:
    """The header's text, for signing."""
    return write({"sha-256": hashlib.sha256(body).digest()})
