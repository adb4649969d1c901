"""Checkr.

Sources: public receivers citing docs.checkr.com Validating webhooks (marked doc-verified
2026-07-24); https://docs.checkr.com/apis/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

checkr = Provider(
    name="checkr",
    display="Checkr",
    docs="https://docs.checkr.com/apis/webhooks",
    scheme=HMAC(signature=Header("X-Checkr-Signature")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    signed_ids=True,
    sure="third party",
)
