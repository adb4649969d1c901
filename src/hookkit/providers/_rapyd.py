"""Rapyd.

Sources: https://docs.rapyd.net/en/webhook-authentication.html. That the base64 is of the hexadecimal text
is not on that page: it is so in Rapyd's samples for requests, which are signed alike.
"""

import hmac
from typing import ClassVar

from hookkit.errors import ConfigError
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Digest
from hookkit.schemes.signed import ENCODINGS
from hookkit.schemes.template import SECRET
from hookkit.values import field, value


@value(kw_only=True)
class _KeyAndPart(Digest):
    """An HMAC whose key is part of the text as well, after the access key."""

    family: ClassVar[str] = "hmac"

    access_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.access_key, str):
            raise ConfigError("rapyd: access_key= is text, as the Client Portal shows it")

    def make(self, key: bytes, text: list[bytes]) -> bytes:
        mac = hmac.new(key, digestmod=self.algorithm)
        for part in text:
            mac.update(self.access_key.encode() + key if part is SECRET else part)
        return ENCODINGS[self.encoding](mac.digest())

    def _algorithm(self) -> str:
        return f"HMAC-{self.algorithm.upper()}"


rapyd = Provider(
    name="rapyd",
    display="Rapyd",
    docs="https://docs.rapyd.net/en/webhook-authentication.html",
    scheme=_KeyAndPart(
        signature=Header("signature"),
        signs="{url}{header:salt}{timestamp}{secret}{body}",
        encoding="base64-of-hex",
        timestamp=Header("timestamp"),
    ),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    separator="_",
    needs={"access_key": "the access key that stands beside the secret key in the Client Portal"},
    signed_ids=True,
)
