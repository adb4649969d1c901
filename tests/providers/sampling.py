"""For any provider, from its declaration and its vectors alone: settings, two secrets, a delivery to sign."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from hookkit import HMAC, Basic, Provider, Request
from hookkit.schemes.asymmetric import ECDSA, RSA, Ed25519
from tests.providers.building import Vector, provider_of, request_of

HERE = Path(__file__).parent


def pem(key: Any) -> str:
    return str(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    )


FORMS = {
    "text": ["one secret of theirs", "another secret"],
    "hex": ["ab" * 32, "cd" * 32],
    "base64": [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)],
    "whsec": ["whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)],
}


def _of_hmac(scheme: Any) -> list[str]:
    return FORMS[scheme.key] if isinstance(scheme.key, str) else FORMS["base64"]


ED25519 = [pem(ed25519.Ed25519PrivateKey.generate()) for _ in range(2)]
P256 = [pem(ec.generate_private_key(ec.SECP256R1())) for _ in range(2)]
RSA_2048 = [pem(rsa.generate_private_key(65537, 2048)) for _ in range(2)]

SECRETS: dict[type, Callable[[Any], list[str]]] = {
    Basic: lambda scheme: ["user:one", "user:two"],
    HMAC: _of_hmac,
    Ed25519: lambda scheme: ED25519,
    ECDSA: lambda scheme: P256,
    RSA: lambda scheme: RSA_2048,
}
"""By family: two secrets of the form that the scheme reads, and where it has private keys, those."""


def secrets_for(provider: Provider) -> list[str]:
    for family, of_family in SECRETS.items():
        if isinstance(provider.scheme, family):
            return of_family(provider.scheme)
    return FORMS["text"]


@cache
def sample(name: str) -> Vector:
    """The provider's first vector that is a right delivery."""
    vectors: list[Vector] = json.loads((HERE / f"{name}.json").read_bytes())
    right = [each for each in vectors if each["expect"]["verified"]]
    # Xero wants to hear an answer of its own to deliveries, too.
    return min(right, key=lambda each: "reply_status" in each["expect"])


@cache
def configured(name: str) -> Provider:
    """The provider with what it needs beyond a secret, as its vector has it."""
    return provider_of(name, sample(name))


def delivery_of(name: str) -> Request:
    """A delivery that is to be signed anew."""
    return request_of(sample(name))
