"""Squarespace.

Sources: Squarespace developer docs text: webhook subscriptions overview (header name, secret only
at creation); public receivers (bytes.fromhex(secret));
https://developers.squarespace.com/webhooks/overview.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

squarespace = Provider(
    name="squarespace",
    display="Squarespace",
    docs="https://developers.squarespace.com/webhooks/overview",
    scheme=HMAC(signature=Header("Squarespace-Signature"), key="hex"),
    event_type=Pointer("/topic"),
    event_id=Pointer("/id"),
    signed_ids=True,
    sure="third party",
)
