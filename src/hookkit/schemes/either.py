"""`EitherText`: a signature over one of several texts, which say the same."""

from __future__ import annotations

from hookkit.hints import TypeVar
from hookkit.schemes.signed import Signed

__all__ = ["EitherText"]

K = TypeVar("K")


class EitherText(Signed[K]):
    """Stands before a scheme whose template gives texts to choose from, and not parts to join.

    ``class Mine(EitherText[Keyed], HMAC)`` verifies any of them, and signs the first.
    """

    def fits(self, key: K, text: list[bytes], signatures: list[bytes]) -> bool:
        fits = super().fits
        return any(fits(key, [each], signatures) for each in text)

    def make(self, key: K, text: list[bytes]) -> bytes:
        return super().make(key, text[:1])
