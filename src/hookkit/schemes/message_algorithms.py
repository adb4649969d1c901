"""The algorithms of HTTP Message Signatures (RFC 9421 section 3.3), by their registered names.

Each is a scheme of its own family, of which only the key and the arithmetic are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from hookkit.errors import ConfigError
from hookkit.places import Header
from hookkit.schemes.asymmetric import ECDSA, RSA, Ed25519, KeyPair
from hookkit.schemes.keyforms import KEY_FORMS
from hookkit.schemes.mac import HMAC
from hookkit.schemes.signed import Signed
from hookkit.values import value

__all__ = ["ALGORITHMS"]

_SIGNATURE = Header("Signature")


@value(kw_only=True)
class _RawECDSA(ECDSA):
    """ECDSA with the signature as its two numbers, one after the other (sections 3.3.4 and 3.3.5)."""

    curve: str
    hash: str
    size: int

    def _checked(self, public: Any) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

        if not isinstance(public, EllipticCurvePublicKey) or public.curve.name != self.curve:
            raise ConfigError(f"it is a key of another kind than ECDSA {self.curve}")
        return public

    def _check(self, key: KeyPair, signature: bytes, text: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        if len(signature) != 2 * self.size:
            raise ValueError("a signature of another length")
        r, s = signature[: self.size], signature[self.size :]
        der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        key.public.verify(der, text, self._ecdsa())

    def _sign(self, key: KeyPair, text: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        r, s = decode_dss_signature(key.private.sign(text, self._ecdsa()))
        return r.to_bytes(self.size) + s.to_bytes(self.size)

    def _ecdsa(self) -> Any:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.ECDSA(getattr(hashes, self.hash)())


@value(kw_only=True)
class _PSS(RSA):
    """RSASSA-PSS with SHA-512 and a salt of 64 bytes (section 3.3.1)."""

    def _padding(self) -> tuple[Any, Any]:
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
        from cryptography.hazmat.primitives.hashes import SHA512

        return PSS(MGF1(SHA512()), 64), SHA512()


def _shared(secret: bytes, form: str) -> bytes:
    # A public key taken for a shared secret: everyone may know it, and could sign with it.
    if secret.lstrip().startswith(b"-----BEGIN"):
        raise ConfigError("it is a key in PEM and no shared secret: choose its own algorithm")
    return KEY_FORMS[form](secret)


ALGORITHMS: Mapping[str, Callable[[str], Signed[Any]]] = MappingProxyType(
    {
        "hmac-sha256": lambda form: HMAC(
            signature=_SIGNATURE, encoding="base64", key=lambda secret: _shared(secret, form)
        ),
        "ed25519": lambda _: Ed25519(signature=_SIGNATURE, encoding="base64"),
        "ecdsa-p256-sha256": lambda _: _RawECDSA(
            signature=_SIGNATURE, encoding="base64", curve="secp256r1", hash="SHA256", size=32
        ),
        "ecdsa-p384-sha384": lambda _: _RawECDSA(
            signature=_SIGNATURE, encoding="base64", curve="secp384r1", hash="SHA384", size=48
        ),
        "rsa-pss-sha512": lambda _: _PSS(signature=_SIGNATURE, encoding="base64"),
        "rsa-v1_5-sha256": lambda _: RSA(signature=_SIGNATURE, encoding="base64"),
    }
)
"""Name to what makes and checks the signature, from the form of a shared secret."""
