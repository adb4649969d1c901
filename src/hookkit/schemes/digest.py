"""A plain hash of a text that has the secret in it: weaker than HMAC, and some providers' only way."""

from __future__ import annotations

import hashlib
from hmac import compare_digest
from typing import ClassVar

from hookkit.errors import ConfigError
from hookkit.schemes.signed import ENCODINGS, Signed, one_of
from hookkit.schemes.template import SECRET
from hookkit.values import value

__all__ = ["Digest"]

ALGORITHMS = ("md5", "sha1", "sha256", "sha512")


@value(kw_only=True)
class Digest(Signed[bytes]):
    """A hash of a text with ``{secret}`` in it.

    Where the secret comes first, a stranger can lengthen the text and its hash; so this is for
    providers that have no other. Further arguments are those of
    `hookkit.schemes.signed.Signed`.

    Raises:
        ConfigError: the declaration does not hold together; the text says what to write.
    """

    family: ClassVar[str] = "digest"

    algorithm: str = "sha256"

    def __post_init__(self) -> None:
        one_of("algorithm", self.algorithm, ALGORITHMS)
        super().__post_init__()
        if not self.covers("secret"):
            raise ConfigError("a hash without the secret proves nothing: name {secret} in signs")

    def prepare(self, secret: bytes) -> bytes:
        return secret

    def make(self, key: bytes, text: list[bytes]) -> bytes:
        digest = hashlib.new(self.algorithm)
        for part in text:
            digest.update(key if part is SECRET else part)
        return ENCODINGS[self.encoding](digest.digest())

    def fits(self, key: bytes, text: list[bytes], signatures: list[bytes]) -> bool:
        expected = self.make(key, text)
        return any(compare_digest(expected, signature) for signature in signatures)

    def _algorithm(self) -> str:
        return f"plain {self.algorithm.upper()}"
