"""The bounds on what one request may cost; all are on by default."""

from __future__ import annotations

from hookkit.errors import ConfigError
from hookkit.values import fields, value

__all__ = ["Limits"]


@value(kw_only=True)
class Limits:
    """Bounds on one request, each with the answer that crossing it gives.

    Raises:
        ConfigError: a bound is not a positive number.
    """

    header: int = 8 * 1024
    """Characters of one header that the declaration names: 401 for a credential, 400 for any other. And of
    one that a message signature (RFC 9421) covers: 401."""
    candidates: int = 16
    """Signatures in one request (providers send several while a secret is rotated): 401."""
    secrets: int = 8
    """Live secrets of one receiver: ConfigError at construction."""
    fields: int = 1000
    """Fields of a form: 400."""
    nesting: int | None = None
    """Levels of JSON; ``None`` leaves it to the decoder's own bound (never below 64): 400."""
    name: int = 255
    """Characters of an event name or id: 400."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name == "nesting":
                continue
            if type(value) is not int or value < 1:
                raise ConfigError(f"Limits({field.name}=…) must be a whole number of at least 1")
