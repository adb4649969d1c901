"""Lithic.

Sources: npm lithic: src/resources/webhooks.ts (standardwebhooks).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import STANDARD_WEBHOOKS

lithic = Provider(
    name="lithic",
    display="Lithic",
    scheme=STANDARD_WEBHOOKS,
    event_type=Pointer("/event_type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
