"""OpenAI.

Sources: npm openai: src/resources/webhooks/webhooks.ts.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

openai = Provider(
    name="openai",
    display="OpenAI",
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
