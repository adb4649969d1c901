"""A secret of the form that a provider's scheme reads."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

from hookkit.errors import ConfigError
from hookkit.provider import Provider

__all__ = ["new_secret"]


def new_secret(provider: Provider) -> str:
    """A new one, for tests; of a scheme with two keys the private one, with which a receiver verifies too.

    Raises:
        ConfigError: no secret can be made up for it.
    """
    raw = os.urandom(32)
    forms = (
        raw.hex(),
        "whsec_" + base64.b64encode(raw[:24]).decode(),
        base64.b64encode(raw).decode(),
        f"user:{raw.hex()}",
    )
    # Keys last: they take long, and need an extra that most providers do not.
    for text in chain(forms, _private_keys(provider)):
        if _can_sign(provider.scheme, text):
            return text
    raise ConfigError(f"no secret of {provider.name} can be made up: give secret=")


def _can_sign(scheme: Any, text: str) -> bool:
    """Whether it is read, and is no public key, which bytes of that length may be."""
    try:
        key = scheme.prepare(text.encode())
    except ConfigError:
        return False
    return getattr(key, "private", key) is not None


def _private_keys(provider: Provider) -> Iterator[str]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    except ImportError:
        raise ConfigError(
            f"a key pair of {provider.name} needs cryptography: pip install 'hookkit[crypto]'"
        ) from None
    for generate in (
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ):
        yield (
            generate()
            .private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            .decode()
        )
