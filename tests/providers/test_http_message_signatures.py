"""HTTP Message Signatures against another implementation of RFC 9421: what one signs the other verifies."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from hookkit import Request, Unauthorized, Verifier, providers
from tests.providers.sampling import ED25519, P256, RSA_2048, pem

URL = "https://hooks.example.com/in?a=1&b=x%20y"
P384 = [pem(ec.generate_private_key(ec.SECP384R1())) for _ in range(2)]

ALGORITHMS = {
    "hmac-sha256": (algorithms.HMAC_SHA256, ["one secret", "another"]),
    "ed25519": (algorithms.ED25519, ED25519),
    "ecdsa-p256-sha256": (algorithms.ECDSA_P256_SHA256, P256),
    "ecdsa-p384-sha384": (algorithms.ECDSA_P384_SHA384, P384),
    "rsa-pss-sha512": (algorithms.RSA_PSS_SHA512, RSA_2048),
    "rsa-v1_5-sha256": (algorithms.RSA_V1_5_SHA256, RSA_2048),
}

COMPONENTS = {
    "default": ("@method", "@target-uri", "content-digest"),
    "parts": ("@method", "@scheme", "@authority", "@path", "@query", "content-digest"),
    "target": ("@request-target", "@authority", "content-digest"),
    "parameter": ('"@query-param";name="b"', "content-digest"),
    "fields": ("content-type", '"content-type";bs', '"cache-control";sf', '"example";key="b"'),
}

HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "max-age=60,   must-revalidate",
    "Example": "a=1,  b=(x   y);z",
}


@dataclass
class Message:
    """What the library takes for a request."""

    method: str
    url: str
    headers: dict[str, str]


class Resolver(HTTPSignatureKeyResolver):
    """One key, whatever its id."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()

    def resolve_private_key(self, key_id: str) -> bytes:
        return self.secret

    def resolve_public_key(self, key_id: str) -> bytes:
        if b"PRIVATE" not in self.secret:
            return self.secret
        public = serialization.load_pem_private_key(self.secret, None).public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def they_sign(algorithm: str, secret: str, components: tuple[str, ...], **more: Any) -> Request:
    body = b'{"a": "\xc3\xa9"}'
    message = Message("POST", URL, dict(HEADERS))
    signer = HTTPMessageSigner(
        signature_algorithm=ALGORITHMS[algorithm][0], key_resolver=Resolver(secret)
    )
    signer.sign(
        message,
        key_id="k",
        covered_component_ids=components,
        body=body if "content-digest" in components else None,
        **more,
    )
    return Request("POST", message.headers, body, url=URL)


def they_accept(
    algorithm: str, secret: str, components: tuple[str, ...], request: Request, **more: Any
) -> bool:
    verifier = HTTPMessageVerifier(
        signature_algorithm=ALGORITHMS[algorithm][0], key_resolver=Resolver(secret)
    )
    message = Message(request.method, request.url, dict(request.headers.items()))
    try:
        verifier.verify(
            message,
            require_components=components,
            body=request.body if "content-digest" in components else None,
            **more,
        )
    except InvalidSignature:
        return False
    return True


def ours(algorithm: str, secret: str, components: tuple[str, ...], **settings: Any) -> Verifier:
    provider = providers.rfc9421.using(
        algorithm=algorithm, required_components=components, keyid="k", **settings
    )
    return Verifier(provider, secret=secret)


every_algorithm = pytest.mark.parametrize("algorithm", ALGORITHMS)
every_choice = pytest.mark.parametrize("components", COMPONENTS.values(), ids=COMPONENTS)


@every_algorithm
@every_choice
def test_hookkit_verifies_what_the_library_signs(
    algorithm: str, components: tuple[str, ...]
) -> None:
    """With each algorithm, over each kind of component; not with another key, nor another body."""
    secret, other = ALGORITHMS[algorithm][1]
    request = they_sign(algorithm, secret, components)
    assert ours(algorithm, secret, components).verify(request).key == 0
    with pytest.raises(Unauthorized):
        ours(algorithm, other, components).verify(request)
    if "content-digest" in components:
        with pytest.raises(Unauthorized):
            ours(algorithm, secret, components).verify(request.replace(body=b"{}"))


@every_algorithm
@every_choice
def test_the_library_verifies_what_hookkit_signs(
    algorithm: str, components: tuple[str, ...]
) -> None:
    """The reverse."""
    secret, other = ALGORITHMS[algorithm][1]
    plain = Request("POST", HEADERS, b'{"a":1}', url=URL)
    request = ours(algorithm, secret, components).sign(plain)
    assert they_accept(algorithm, secret, components, request)
    assert not they_accept(algorithm, other, components, request)
    if "content-digest" in components:
        assert not they_accept(algorithm, secret, components, request.replace(body=b"{}"))


COVERED = COMPONENTS["default"]


def test_both_know_every_parameter() -> None:
    """An end of validity, a nonce, a tag, the algorithm."""
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    request = they_sign("hmac-sha256", "s", COVERED, expires=soon, nonce="n", tag="t", label="a")
    assert ours("hmac-sha256", "s", COVERED, tag="t").verify(request).age == pytest.approx(0, abs=5)
    with pytest.raises(Unauthorized):
        ours("hmac-sha256", "s", COVERED, tag="u").verify(request)
    signed = ours("hmac-sha256", "s", COVERED, tag="t").sign(request)
    assert they_accept("hmac-sha256", "s", COVERED, signed, expect_tag="t")
    assert not they_accept("hmac-sha256", "s", COVERED, signed, expect_tag="u")


@pytest.mark.parametrize("seconds", [-400, 400], ids=["stale", "future"])
def test_hookkit_refuses_what_is_old_or_early(seconds: int) -> None:
    """By the time at which it was signed."""
    created = dt.datetime.fromtimestamp(time.time() + seconds, dt.UTC)
    request = they_sign("hmac-sha256", "s", COVERED, created=created)
    with pytest.raises(Unauthorized):
        ours("hmac-sha256", "s", COVERED).verify(request)


def test_hookkit_refuses_what_covers_less() -> None:
    """A right signature, over too little."""
    request = they_sign("hmac-sha256", "s", ("@method",))
    assert ours("hmac-sha256", "s", ("@method",)).verify(request).key == 0
    with pytest.raises(Unauthorized):
        ours("hmac-sha256", "s", COVERED).verify(request)
