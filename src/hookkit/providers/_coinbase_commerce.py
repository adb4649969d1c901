"""Coinbase Commerce.

Sources: npm coinbase-commerce-node: lib/Webhook.js.
"""

from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

coinbase_commerce = Provider(
    name="coinbase_commerce",
    display="Coinbase Commerce",
    scheme=HMAC(signature=Header("X-CC-Webhook-Signature")),
    event_type=Pointer("/event/type"),
    event_id=Pointer("/event/id"),
    delivery_id=Number(Pointer("/id")),
    event_time=Pointer("/event/created_at"),
    time_unit="rfc3339",
    separator=":",
    retries="exponential up to 3 days",
    signed_ids=True,
)
