"""Polar.

Sources: npm @polar-sh/sdk: src/webhooks.ts validateEvent.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

polar = Provider(
    name="polar",
    display="Polar",
    scheme=HMAC(
        signature=Header("webhook-signature"),
        timestamp=Header("webhook-timestamp"),
        id=Header("webhook-id"),
        layout="v1,{signature} ...",
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        key="text",
    ),
    event_type=Pointer("/type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
