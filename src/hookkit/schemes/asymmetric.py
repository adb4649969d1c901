"""Signatures that a public key checks: `Ed25519`, `ECDSA` and `RSA` (extra ``crypto``).

The receiver's secret is the provider's public key: PEM, a certificate, or a JWK. Given the private key
instead, which a test or a demonstration has, the same declaration signs as well. Where the provider
publishes its keys, `published` says how to get them, and no secret is needed.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, ClassVar, cast

from hookkit.errors import ConfigError, WrongCredential
from hookkit.extras import needed
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.schemes.base import Fetch, Verdict
from hookkit.schemes.published import KeySource, Ring
from hookkit.schemes.signed import ENCODINGS, Signed, one_of
from hookkit.values import value

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
    """A public key and, where one was given, its private key. Its repr shows neither.

    `valid` is the time that its certificate has, where it came in one: from and until, in unix seconds.
    """

    __slots__ = ("private", "public", "valid")

    def __init__(
        self, public: Any, private: Any = None, valid: tuple[float, float] | None = None
    ) -> None:
        self.public = public
        self.private = private
        self.valid = valid


@value(kw_only=True)
class _Asymmetric(Signed[KeyPair]):
    """What the three have in common: reading keys, and decoding signatures in one spelling only.

    Args:
        published: where the provider publishes its keys, so that none needs to be given.
    """

    family: ClassVar[str]
    extra: ClassVar[str] = "crypto"
    key_form: ClassVar[str] = "the provider's public key, as PEM or base64 of DER"

    published: KeySource | None = None

    def __post_init__(self) -> None:
        one_of("encoding", self.encoding, _DECODERS)
        super().__post_init__()

    def _library(self) -> Any:
        """Raises ConfigError where the extra is not installed."""
        module = "cryptography.hazmat.primitives.serialization"
        return needed(module, "crypto", f"the scheme {self.family}")

    def prepare(self, secret: bytes) -> KeyPair:
        serialization = self._library()
        from cryptography.exceptions import UnsupportedAlgorithm

        text = _with_lines(secret.strip())
        try:
            if b"PRIVATE KEY" in text:
                private = serialization.load_pem_private_key(text, None)
                return KeyPair(self._checked(private.public_key()), private)
            if text.startswith(b"-----BEGIN CERTIFICATE"):
                public, valid = _of_certificate(text)
                return KeyPair(self._checked(public), valid=valid)
            if text.startswith(b"-----BEGIN"):
                return KeyPair(self._checked(serialization.load_pem_public_key(text)))
            if text.startswith(b"{"):
                return KeyPair(self._checked(_of_jwk(text)))
            return KeyPair(self._checked(self._bare(text)))
        except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm) as error:
            if isinstance(error, ConfigError):
                raise
            raise ConfigError(
                f"it is no {self.family} public key; copy it again from the provider's page"
            ) from None

    @property
    def hosts(self) -> frozenset[str]:
        """Names of the hosts that are asked for keys; none where they are not published."""
        return frozenset() if self.published is None else self.published.hosts

    def keyring(self, fetch: Fetch) -> KeyPair:
        """What `verify` takes for a key, where no secret is configured."""
        self._library()  # raises now what a request would
        return cast("KeyPair", Ring(fetch))  # the one thing beside keys that `verify` looks for

    def verify(
        self, request: Request, keys: tuple[KeyPair, ...], now: float, limits: Limits
    ) -> Verdict:
        refusal = WrongCredential()
        for tried in self._tries(request, keys, now, limits):
            try:
                verdict = super().verify(request, tried, now, limits)
                _check_valid(tried[verdict.key], now)
            except WrongCredential as error:
                refusal = error  # the last one, of the newest keys
            else:
                return verdict
        raise refusal

    def _tries(
        self, request: Request, keys: tuple[KeyPair, ...], now: float, limits: Limits
    ) -> Iterator[tuple[KeyPair, ...]]:
        """The keys; or where they are published, those to be had, one answer after the other."""
        ring = keys[0]
        if self.published is None or not isinstance(ring, Ring):
            yield keys
            return
        payload = self._read(request, limits)
        # Nobody is asked for the sake of a request that cannot be authentic.
        for stamp in self._signatures(request, limits, payload):
            self._text(request, stamp, limits, payload)
        for tried in self.published.tries(request, payload, ring.fetch, now):
            yield self._prepared(tried)

    def _prepared(self, found: list[bytes]) -> tuple[KeyPair, ...]:
        """Those that are keys of this scheme: a set may hold others."""
        prepared: list[KeyPair] = []
        for each in found:
            with suppress(ConfigError):
                prepared.append(self.prepare(each))
        return tuple(prepared)

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


def _with_lines(text: bytes) -> bytes:
    """PEM with the line breaks that some show it, or environments keep it, without."""
    if b"\n" in text or not text.startswith(b"-----BEGIN "):
        return text
    _, label, inside, end, _ = (*text.split(b"-----"), b"", b"", b"", b"")[:5]
    return b"-----%b-----\n%b\n-----%b-----\n" % (label, inside.strip(), end)


def _of_certificate(pem: bytes) -> tuple[Any, tuple[float, float]]:
    """The key in the first certificate of this text, and from when until when that is valid."""
    from cryptography.x509 import load_pem_x509_certificate

    certificate = load_pem_x509_certificate(pem)
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return certificate.public_key(), (first.timestamp(), last.timestamp())


def _of_jwk(text: bytes) -> Any:
    """The public key in a JWK (RFC 7518 section 6, RFC 8037 section 2)."""
    jwk = json.loads(text)
    if jwk.get("use", "sig") != "sig":
        raise ValueError("it is for encrypting")
    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(_member(jwk, "x"))
    if jwk["kty"] == "EC" and jwk["crv"] == "P-256":
        from cryptography.hazmat.primitives.asymmetric import ec

        x, y = _number(jwk, "x"), _number(jwk, "y")
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    if jwk["kty"] == "RSA":
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

        return RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n")).public_key()
    raise ValueError("it is of a kind that is not known")


def _member(jwk: Mapping[str, str], name: str) -> bytes:
    return _DECODERS["base64url-unpadded"](jwk[name].encode())


def _number(jwk: Mapping[str, str], name: str) -> int:
    return int.from_bytes(_member(jwk, name), "big")


def _check_valid(key: KeyPair, now: float) -> None:
    """Raises WrongCredential where the key came in a certificate that is not valid now."""
    if key.valid is not None and not key.valid[0] <= now <= key.valid[1]:
        # The signature is right, so that comparing secrets would lead nowhere.
        raise WrongCredential(
            "The certificate of the key that signed is not valid now. Give the provider's new one as the "
            "secret, or look at your clock."
        )


@value(kw_only=True)
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


@value(kw_only=True)
class ECDSA(_Asymmetric):
    """ECDSA on P-256 with the signature in DER. The secret is the public key: PEM, or base64 of DER.

    Args:
        algorithm: ``sha256``; ``sha1`` where a provider has no other.
    """

    family: ClassVar[str] = "ecdsa"

    algorithm: str = "sha256"

    def __post_init__(self) -> None:
        one_of("algorithm", self.algorithm, ("sha256", "sha1"))
        super().__post_init__()

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


@value(kw_only=True)
class RSA(_Asymmetric):
    """RSA with PKCS#1 v1.5 padding (RFC 8017 section 8.2). The secret is the public key in PEM.

    Args:
        algorithm: ``sha256``, ``sha512``; ``sha1`` where a provider has no other.
    """

    family: ClassVar[str] = "rsa"

    algorithm: str = "sha256"

    def __post_init__(self) -> None:
        one_of("algorithm", self.algorithm, ("sha256", "sha512", "sha1"))
        super().__post_init__()

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
