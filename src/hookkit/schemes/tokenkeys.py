"""Keys of signed tokens: a secret text, a public key in PEM or as a JWK, a set of such, pinned or published.

A token never chooses more than which of the configured keys to try. What its header says of keys (``jwk``,
``jku``, ``x5u``) is not looked at.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, KeyUnavailable, MalformedCredential
from hookkit.extras import needed
from hookkit.messages import Request, Response
from hookkit.schemes.base import Fetch, read_answer
from hookkit.schemes.compact import SignedToken

__all__ = [
    "ALGORITHMS",
    "KeyFinder",
    "Pinned",
    "Published",
    "TokenKey",
    "check_installed",
    "key_id_of",
    "read_jwk",
    "read_keys",
]

ALGORITHMS = (
    *("HS256", "HS384", "HS512"),
    *("RS256", "RS384", "RS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)

_CURVES: Mapping[str, str] = MappingProxyType(
    {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
)

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class TokenKey:
    """A key: what verifies, what signs where that is known, and what a token's header says of it.

    Its repr shows none of it.
    """

    __slots__ = ("algorithm", "header", "public", "secret")

    def __init__(
        self,
        public: Any,
        secret: Any = None,
        header: Mapping[str, Any] = _NOTHING,
        algorithm: str | None = None,
    ) -> None:
        self.public = public
        self.secret = secret
        self.header = header
        self.algorithm = algorithm

    def serves(self, algorithm: str) -> bool:
        """Whether it is of the kind that this algorithm takes."""
        return self.algorithm in (None, algorithm) and _is_for(algorithm, self.public)

    def fits(self, token: SignedToken) -> bool:
        """Whether this key signed it."""
        if not self.serves(token.algorithm):
            return False
        try:
            return bool(
                _algorithm(token.algorithm).verify(token.signed, self.public, token.signature)
            )
        except (ValueError, TypeError):
            return False  # a signature of a form that the library does not even try

    def sign(self, algorithm: str, text: bytes) -> bytes:
        """The signature. Raises ConfigError where this is the public key only."""
        if self.secret is None:
            raise ConfigError("signing needs the private key: give its PEM as the secret")
        signature: bytes = _algorithm(algorithm).sign(text, self.secret)
        return signature


def _is_for(algorithm: str, key: object) -> bool:
    if isinstance(key, bytes):
        return algorithm.startswith("HS")
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if isinstance(key, EllipticCurvePublicKey):
        return _CURVES.get(algorithm) == key.curve.name
    if isinstance(key, RSAPublicKey):
        # A shorter one can be broken (RFC 7518 section 3.3).
        return algorithm.startswith("RS") and key.key_size >= 2048
    return isinstance(key, Ed25519PublicKey) and algorithm == "EdDSA"


@cache
def _algorithm(name: str) -> Any:
    """PyJWT's implementation. Raises ConfigError where that is not installed."""
    known = needed("jwt.algorithms", "jwt", "the scheme jwt").get_default_algorithms()
    if name not in known:
        raise ConfigError(f"{name} needs an extra: pip install 'hookkit[jwt]'")
    return known[name]


def check_installed(algorithms: Iterable[str]) -> None:
    """Raises ConfigError where an extra is missing, which would fail with the first request."""
    for algorithm in algorithms:
        _algorithm(algorithm)


class KeyFinder(Protocol):
    """What a scheme for tokens has for a key: finds those that a token may be signed with."""

    def candidates(self, header: Mapping[str, object], now: float) -> Iterable[TokenKey]:
        """The keys to try for a token with this header; none where it names one that is not known.

        Those that have to be asked for may come last, as they are taken one by one.

        Raises:
            MalformedCredential, KeyUnavailable
        """
        ...

    def signer(self) -> TokenKey:
        """The key to sign with. Raises ConfigError where there is none."""
        ...


class Pinned:
    """Keys that were configured."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[TokenKey]) -> None:
        self._keys = tuple(keys)

    def candidates(self, header: Mapping[str, object], now: float) -> Sequence[TokenKey]:
        return _named(self._keys, key_id_of(header))

    def signer(self) -> TokenKey:
        return self._keys[0]


class Published:
    """The keys at a fixed URL, as a JWK Set (RFC 7517 section 5).

    A key id that the set does not have is asked for once more, as the provider may have added it since; and
    so is a key for a token that names none, where none of the set fits.
    """

    __slots__ = ("_algorithms", "_fetch", "_read", "_url")

    def __init__(self, url: str, fetch: Fetch, algorithms: Sequence[str]) -> None:
        check_installed(algorithms)
        self._url = url
        self._fetch = fetch
        self._algorithms = algorithms
        self._read: tuple[bytes, Sequence[TokenKey]] = (b"", ())

    def candidates(self, header: Mapping[str, object], now: float) -> Iterator[TokenKey]:
        key_id = key_id_of(header)
        found = _named(self._known(Request("GET", url=self._url)), key_id)
        yield from found
        if key_id is not None and any(key.header.get("kid") == key_id for key in found):
            return
        anew = Request("GET", {"Cache-Control": "no-cache"}, url=self._url)
        tried = [key.public for key in found]
        for key in _named(self._known(anew), key_id):
            if key.public not in tried:
                yield key

    def signer(self) -> TokenKey:
        raise ConfigError("signing needs the private key: give its PEM as the secret")

    def _known(self, question: Request) -> Sequence[TokenKey]:
        return read_answer(question, self._fetch, self._keys_of)

    def _keys_of(self, answer: Response) -> Sequence[TokenKey]:
        if answer.status >= 400:
            raise KeyUnavailable
        body, keys = self._read  # one value, so that threads need no lock
        if body != answer.body:
            keys = self._keys_in(answer)
            self._read = (answer.body, keys)
        return keys

    def _keys_in(self, answer: Response) -> Sequence[TokenKey]:
        try:
            found = decode_json(answer.body, standard_decoder)
        except BadBody:
            raise KeyUnavailable from None
        jwks = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(jwks, list):
            raise KeyUnavailable
        return _usable(jwks, self._algorithms)


def key_id_of(header: Mapping[str, object]) -> str | None:
    """The id of the key that a token names, if any. Raises MalformedCredential."""
    key_id = header.get("kid")
    if key_id is None:
        return None
    if not isinstance(key_id, str) or not 0 < len(key_id) <= 255 or not key_id.isprintable():
        raise MalformedCredential
    return key_id


def _named(keys: Sequence[TokenKey], key_id: str | None) -> Sequence[TokenKey]:
    """Those of this id; a key or token without one leaves it open."""
    return [key for key in keys if key_id is None or key.header.get("kid") in (None, key_id)]


def read_keys(secret: bytes, algorithms: Sequence[str]) -> Pinned:
    """The keys in a secret: text for HS256 and the like; else PEM, that in base64, a JWK or a JWK Set.

    Raises:
        ConfigError: there is no key for these algorithms in it.
    """
    check_installed(algorithms)
    if algorithms[0].startswith("HS"):
        return Pinned([_text_key(secret, algorithms[0])])
    text = secret.strip()
    keys = _json_keys(text, algorithms) if text.startswith(b"{") else [_pem_key(text)]
    served = [key for key in keys if any(map(key.serves, algorithms))]
    if not served:
        raise ConfigError(f"it is no key for {' or '.join(algorithms)}")
    return Pinned(served)


def _text_key(secret: bytes, algorithm: str) -> TokenKey:
    from jwt.exceptions import InvalidKeyError

    try:
        key = _algorithm(algorithm).prepare_key(secret)
    except InvalidKeyError:
        raise ConfigError("it is a public key, and the provider signs with a shared text") from None
    return TokenKey(key, key)


def _json_keys(text: bytes, algorithms: Sequence[str]) -> Sequence[TokenKey]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError("it begins as a JWK does, and is no JSON") from None
    jwks = found.get("keys", [found])
    return _usable(jwks if isinstance(jwks, list) else [], algorithms)


def _usable(jwks: Sequence[object], algorithms: Sequence[str]) -> Sequence[TokenKey]:
    """Of these JWKs those that are keys for one of the algorithms; a set may hold others, too."""
    found = [read_jwk(jwk, algorithms) for jwk in jwks]
    return [key for key in found if key is not None]


def read_jwk(jwk: object, algorithms: Sequence[str]) -> TokenKey | None:
    """The key that a JWK is, where it is one for one of these algorithms."""
    if not isinstance(jwk, dict) or jwk.get("use") not in (None, "sig"):
        return None
    from jwt.exceptions import PyJWTError

    for algorithm in algorithms:
        try:
            loaded = _algorithm(algorithm).from_jwk(jwk)
        except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
            continue  # of another kind, or broken
        private = loaded if hasattr(loaded, "private_bytes") else None
        public = loaded if private is None else private.public_key()
        header = {"kid": jwk["kid"]} if isinstance(jwk.get("kid"), str) else {}
        key = TokenKey(public, private, header, jwk.get("alg"))
        if key.serves(algorithm):
            return key
    return None


def _pem_key(text: bytes) -> TokenKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        load_pem_private_key,
        load_pem_public_key,
    )

    try:
        pem = text if text.startswith(b"-----BEGIN") else b64decode(text, validate=True)
        if b"PRIVATE KEY" in pem:
            private = load_pem_private_key(pem, None)
            return TokenKey(private.public_key(), private)
        return TokenKey(load_pem_public_key(pem))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(
            "it is no public key in PEM and no JWK; copy it again from the provider's page"
        ) from None
