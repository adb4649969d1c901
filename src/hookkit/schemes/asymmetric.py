"""Signatures that a public key checks: `Ed25519`, `ECDSA` and `RSA` (extra ``crypto``).

The receiver's secret is the provider's public key. Given the private key instead, which a test or a
demonstration has, the same declaration signs as well.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from hookkit.errors import ConfigError
from hookkit.extras import needed
from hookkit.schemes.signed import ENCODINGS, Signed, one_of

__all__ = ["ECDSA", "RSA", "Ed25519", "KeyPair"]


def _strict_base64(text: bytes) -> bytes:
    return b64decode(text, validate=True)


_DECODERS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "hex": binascii.unhexlify,
        "base64": _strict_base64,
        "base64url": urlsafe_b64decode,
        "base64url-unpadded": lambda text: urlsafe_b64decode(text + b"=" * (-len(text) % 4)),
    }
)


class KeyPair:
    """A public key and, where one was given, its private key. Its repr shows neither."""

    __slots__ = ("private", "public")

    def __init__(self, public: Any, private: Any = None) -> None:
        self.public = public
        self.private = private


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asymmetric(Signed[KeyPair]):
    """What the three have in common: reading keys, and decoding signatures in one spelling only."""

    family: ClassVar[str]
    extra: ClassVar[str] = "crypto"
    key_form: ClassVar[str] = "the provider's public key, as PEM or base64 of DER"

    def __post_init__(self) -> None:
        one_of("encoding", self.encoding, _DECODERS)
        Signed.__post_init__(self)

    def prepare(self, secret: bytes) -> KeyPair:
        serialization = needed(
            "cryptography.hazmat.primitives.serialization", "crypto", f"the scheme {self.family}"
        )
        from cryptography.exceptions import UnsupportedAlgorithm

        text = secret.strip()
        try:
            if b"PRIVATE KEY" in text:
                private = serialization.load_pem_private_key(text, None)
                return KeyPair(self._checked(private.public_key()), private)
            if text.startswith(b"-----BEGIN"):
                return KeyPair(self._checked(serialization.load_pem_public_key(text)))
            return KeyPair(self._checked(self._bare(text)))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            if isinstance(error, ConfigError):
                raise
            raise ConfigError(
                f"it is no {self.family} public key; copy it again from the provider's page"
            ) from None

    def _bare(self, text: bytes) -> Any:
        """A public key without PEM's armour: base64 of DER's SubjectPublicKeyInfo."""
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        return load_der_public_key(_strict_base64(text))

    def _checked(self, public: Any) -> Any:
        """The key, where it is one of this scheme. Raises ConfigError."""
        raise NotImplementedError

    def fits(self, key: KeyPair, text: list[bytes], signatures: list[bytes]) -> bool:
        from cryptography.exceptions import InvalidSignature

        joined = b"".join(text)
        for signature in signatures:
            try:
                raw = _DECODERS[self.encoding](signature)
                # Another spelling of the same bytes is not what the provider sent.
                if ENCODINGS[self.encoding](raw) == signature:
                    self._check(key, raw, joined)
                    return True
            except (InvalidSignature, ValueError):
                continue
        return False

    def make(self, key: KeyPair, text: list[bytes]) -> bytes:
        if key.private is None:
            raise ConfigError("signing needs the private key: give its PEM as the secret")
        return ENCODINGS[self.encoding](self._sign(key, b"".join(text)))

    def _expected(self, key: KeyPair, text: list[bytes]) -> str:
        return "only the sender's private key can tell"

    def _check(self, key: KeyPair, signature: bytes, text: bytes) -> None:
        """Raises InvalidSignature or ValueError."""
        raise NotImplementedError

    def _sign(self, key: KeyPair, text: bytes) -> bytes:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ed25519(_Asymmetric):
    """EdDSA on Curve25519 (RFC 8032). The secret is the public key: 32 bytes as hex or base64, or PEM.

    Args:
        prefix: that stands before the key's text, such as ``whpk_``.
    """

    family: ClassVar[str] = "ed25519"
    key_form: ClassVar[str] = "the provider's public key, as hex, base64 or PEM"

    prefix: str = ""

    def _bare(self, text: bytes) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        text = text.removeprefix(self.prefix.encode())
        raw = binascii.unhexlify(text) if len(text) == 64 else _strict_base64(text)
        return Ed25519PublicKey.from_public_bytes(raw)

    def _checked(self, public: Any) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if not isinstance(public, Ed25519PublicKey):
            raise ConfigError("it is a key of another kind than Ed25519")
        return public

    def _check(self, key: KeyPair, signature: bytes, text: bytes) -> None:
        key.public.verify(signature, text)

    def _sign(self, key: KeyPair, text: bytes) -> bytes:
        signed: bytes = key.private.sign(text)
        return signed


@dataclass(frozen=True, slots=True, kw_only=True)
class ECDSA(_Asymmetric):
    """ECDSA on P-256 with the signature in DER. The secret is the public key: PEM, or base64 of DER.

    Args:
        algorithm: ``sha256``; ``sha1`` where a provider has no other.
    """

    family: ClassVar[str] = "ecdsa"

    algorithm: str = "sha256"

    def __post_init__(self) -> None:
        one_of("algorithm", self.algorithm, ("sha256", "sha1"))
        _Asymmetric.__post_init__(self)

    def _checked(self, public: Any) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

        if not isinstance(public, EllipticCurvePublicKey) or not isinstance(
            public.curve, SECP256R1
        ):
            raise ConfigError("it is a key of another kind than ECDSA P-256")
        return public

    def _check(self, key: KeyPair, signature: bytes, text: bytes) -> None:
        key.public.verify(signature, text, self._ecdsa())

    def _sign(self, key: KeyPair, text: bytes) -> bytes:
        signed: bytes = key.private.sign(text, self._ecdsa())
        return signed

    def _algorithm(self) -> str:
        return f"ECDSA P-256 with {self.algorithm.upper()}"

    def _ecdsa(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.ECDSA(_hash(self.algorithm))


@dataclass(frozen=True, slots=True, kw_only=True)
class RSA(_Asymmetric):
    """RSA with PKCS#1 v1.5 padding (RFC 8017 section 8.2). The secret is the public key in PEM.

    Args:
        algorithm: ``sha256``, ``sha512``; ``sha1`` where a provider has no other.
    """

    family: ClassVar[str] = "rsa"

    algorithm: str = "sha256"

    def __post_init__(self) -> None:
        one_of("algorithm", self.algorithm, ("sha256", "sha512", "sha1"))
        _Asymmetric.__post_init__(self)

    def _checked(self, public: Any) -> Any:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

        if not isinstance(public, RSAPublicKey):
            raise ConfigError("it is a key of another kind than RSA")
        if public.key_size < 2048:
            raise ConfigError("it is an RSA key of fewer than 2048 bits, which can be broken")
        return public

    def _check(self, key: KeyPair, signature: bytes, text: bytes) -> None:
        key.public.verify(signature, text, *self._padding())

    def _sign(self, key: KeyPair, text: bytes) -> bytes:
        signed: bytes = key.private.sign(text, *self._padding())
        return signed

    def _algorithm(self) -> str:
        return f"RSA (PKCS #1 v1.5) with {self.algorithm.upper()}"

    def _padding(self) -> tuple[Any, Any]:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        return PKCS1v15(), _hash(self.algorithm)


def _hash(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    known: dict[str, Any] = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}
    return known[algorithm]()
