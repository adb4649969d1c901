"""Alchemy Notify.

Sources: public receivers found by header name;
https://www.alchemy.com/docs/reference/notify-api-quickstart.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

alchemy = Provider(
    name="alchemy",
    display="Alchemy Notify",
    docs="https://www.alchemy.com/docs/reference/notify-api-quickstart",
    scheme=HMAC(signature=Header("X-Alchemy-Signature")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    signed_ids=True,
    sure="third party",
)
