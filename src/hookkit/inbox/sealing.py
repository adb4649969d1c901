"""`Sealing`: what was sent, encrypted as it is stored (Fernet: AES-128-CBC and HMAC-SHA256)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace

from hookkit.errors import ConfigError, InboxError
from hookkit.inbox.records import SEALED, Arrival
from hookkit.keys import Secret

__all__ = ["Sealing"]

MAKE_ONE = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)

MARK = f"{SEALED}:"


class Sealing:
    """Seals with the newest key, and opens with any.

    Args:
        keys: 32 bytes in URL-safe base64, one or several, the newest first.

    Raises:
        ConfigError: cryptography is not installed, or what is given is no key.
    """

    def __init__(self, keys: Secret | Sequence[Secret]) -> None:
        try:
            from cryptography.fernet import Fernet, InvalidToken, MultiFernet
        except ImportError:
            raise ConfigError(
                "encryption_key= needs cryptography: pip install 'hookkit[crypto]'"
            ) from None
        try:
            listed = [keys] if isinstance(keys, str | bytes) else list(keys)
            self._fernet = MultiFernet([Fernet(key) for key in listed])
        except (ValueError, TypeError):
            message = f"encryption_key= is no key of cryptography.fernet; make one with {MAKE_ONE}"
        else:
            self._invalid = InvalidToken
            return
        # Out of the handler: what is attached as the context quotes no key.
        raise ConfigError(message)

    def arrival(self, arrival: Arrival) -> Arrival:
        """The same with its headers, URL and body sealed; an erased one has none, and stays as it is."""
        if arrival.headers[:1] == () and not arrival.body and not arrival.url:
            return arrival
        head = json.dumps([arrival.url, arrival.headers]).encode()
        return replace(
            arrival,
            url="",
            headers=((SEALED, self._fernet.encrypt(head).decode()),),
            # The bytes themselves: base64 would be a third longer.
            body=urlsafe_b64decode(self._fernet.encrypt(arrival.body)),
        )

    def opened(self, arrival: Arrival) -> Arrival:
        """The same as it was accepted; what was stored in clear is that already.

        Raises:
            InboxError: it is sealed under another key.
        """
        if len(arrival.headers) != 1 or arrival.headers[0][0] != SEALED:
            return arrival
        try:
            url, headers = json.loads(self._fernet.decrypt(arrival.headers[0][1]))
            body = self._fernet.decrypt(urlsafe_b64encode(arrival.body))
        except self._invalid:
            raise InboxError(
                "a delivery is encrypted with none of the keys given as encryption_key=: add the older one"
            ) from None
        pairs = tuple((name, value) for name, value in headers)
        return replace(arrival, url=url, headers=pairs, body=body)

    def text(self, text: str) -> str:
        """A text, sealed."""
        if not text:
            return text
        return MARK + self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def opened_text(self, text: str) -> str:
        """As it was; what cannot be opened stays as it is."""
        if not text.startswith(MARK):
            return text
        try:
            return self._fernet.decrypt(text[len(MARK) :]).decode("utf-8", "surrogatepass")
        except self._invalid:
            return text

    def __repr__(self) -> str:
        return "<Sealing>"
