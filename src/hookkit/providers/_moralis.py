"""Moralis Streams.

Source: @moralisweb3/streams (npm): lib/cjs/index.cjs makeVerifySignature.
"""

from typing import ClassVar

from hookkit.extras import needed
from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes.digest import Digest
from hookkit.schemes.template import SECRET
from hookkit.values import value


@value(kw_only=True)
class _Keccak(Digest):
    """Ethereum's hash: SHA-3 as it was before it became a standard, and so not Python's."""

    extra: ClassVar[str] = "keccak"

    def prepare(self, secret: bytes) -> bytes:
        needed("Crypto.Hash.keccak", "keccak", "providers.moralis")
        return secret

    def make(self, key: bytes, text: list[bytes]) -> bytes:
        from Crypto.Hash import keccak  # an extra

        digest = keccak.new(digest_bits=256)
        for part in text:
            digest.update(key if part is SECRET else part)
        return digest.hexdigest().encode()

    def _algorithm(self) -> str:
        return "plain Keccak-256"


moralis = Provider(
    name="moralis",
    display="Moralis Streams",
    scheme=_Keccak(signature=Header("x-signature"), layout="0x{signature}", signs="{body}{secret}"),
)
