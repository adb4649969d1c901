"""How the text that a provider shows as the secret becomes the key of its HMAC.

The form belongs to the provider and is never guessed: ``whsec_`` is text at Stripe and base64 in
Standard Webhooks, and several providers' text looks like hex or base64.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from types import MappingProxyType

from hookkit.errors import ConfigError

__all__ = ["KEY_FORMS", "KeyForm"]

KeyForm = Callable[[bytes], bytes]
"""From the secret's bytes to the key's; raises ConfigError where it is not of the form."""

SHORTEST = 16
"""Bytes. Standard Webhooks asks for 24 to 64; below 16 it is a slip of the clipboard."""


def _text(secret: bytes) -> bytes:
    return secret


def _hex(secret: bytes) -> bytes:
    try:
        return binascii.unhexlify(secret)
    except binascii.Error:
        raise ConfigError("it is not hexadecimal; copy it again from the provider's page") from None


def _base64(secret: bytes) -> bytes:
    try:
        key = b64decode(secret + b"=" * (-len(secret) % 4), validate=True)
    except binascii.Error:
        raise ConfigError("it is not base64; copy it again from the provider's page") from None
    if not key:
        raise ConfigError("it is base64 of nothing; copy it again from the provider's page")
    return key


def _whsec(secret: bytes) -> bytes:
    key = _base64(secret.removeprefix(b"whsec_"))
    if len(key) < SHORTEST:
        raise ConfigError(f"it stands for fewer than {SHORTEST} bytes; copy it again, to its end")
    return key


KEY_FORMS: Mapping[str, KeyForm] = MappingProxyType(
    {"text": _text, "hex": _hex, "base64": _base64, "whsec": _whsec}
)
"""Form to reader: ``text`` is the UTF-8 bytes, ``whsec`` base64 after an optional ``whsec_``."""
