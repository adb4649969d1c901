"""Alchemy Notify.

Sources: public receivers found by header name.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

alchemy = Provider(
    name="alchemy",
    display="Alchemy Notify",
    scheme=HMAC(signature=Header("X-Alchemy-Signature")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    signed_ids=True,
    sure="third party",
)
