"""Hashing without handing the turn to other threads in the middle of a small body."""

from __future__ import annotations

from hookkit.hints import Protocol

__all__ = ["feed"]

AT_ONCE = 2047
"""Bytes. `hashlib` lets other threads run while it hashes more than that."""

LONG = 8192
"""Bytes from which on that is worth it: hashing this takes as long as getting the turn back."""


class Hash(Protocol):
    """What `hashlib` makes."""

    def update(self, data: bytes | memoryview, /) -> None: ...


def feed(into: Hash, data: bytes) -> None:
    """Hash this, too."""
    if len(data) <= AT_ONCE or len(data) >= LONG:
        into.update(data)
        return
    view = memoryview(data)
    for start in range(0, len(data), AT_ONCE):
        into.update(view[start : start + AT_ONCE])
