"""Anthropic (beta webhooks).

Sources: npm @anthropic-ai/sdk: src/resources/beta/webhooks.ts (standardwebhooks).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

anthropic = Provider(
    name="anthropic",
    display="Anthropic (beta webhooks)",
    scheme=HMAC(
        signature=Header("webhook-signature"),
        timestamp=Header("webhook-timestamp"),
        id=Header("webhook-id"),
        layout="v1,{signature} ...",
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        key="whsec",
    ),
    event_type=Pointer("/type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
