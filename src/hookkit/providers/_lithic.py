"""Lithic.

Sources: npm lithic: src/resources/webhooks.ts (standardwebhooks).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

lithic = Provider(
    name="lithic",
    display="Lithic",
    scheme=HMAC(
        signature=Header("webhook-signature"),
        timestamp=Header("webhook-timestamp"),
        id=Header("webhook-id"),
        layout="v1,{signature} ...",
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        key="whsec",
    ),
    event_type=Pointer("/event_type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
