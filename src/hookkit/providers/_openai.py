"""OpenAI.

Sources: npm openai: src/resources/webhooks/webhooks.ts.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import STANDARD_WEBHOOKS

openai = Provider(
    name="openai",
    display="OpenAI",
    scheme=STANDARD_WEBHOOKS,
    event_type=Pointer("/type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
