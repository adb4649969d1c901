"""Onfleet.

Sources: https://docs.onfleet.com/reference/secrets.md; a vendor-style sample
(binascii.a2b_hex(secret), sha512).
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Number, Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import HMAC

onfleet = Provider(
    name="onfleet",
    display="Onfleet",
    docs="https://docs.onfleet.com/reference/secrets.md",
    scheme=HMAC(signature=Header("X-Onfleet-Signature"), algorithm="sha512", key="hex"),
    event_type=Number(Pointer("/triggerId")),
    handshakes=(
        Handshake(signed=False, asks=((Query("check"), None),), echo=Query("check"), method="GET"),
    ),
    retries="30 min cycles up to a day",
    unconfirmed=frozenset({"retries"}),
)
