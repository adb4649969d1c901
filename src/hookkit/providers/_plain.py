"""Plain.

Sources: npm @team-plain/typescript-sdk: src/webhooks/verify.ts; https://plain.com/docs/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

plain = Provider(
    name="plain",
    display="Plain",
    docs="https://plain.com/docs/webhooks",
    scheme=HMAC(
        signature=Header("Plain-Request-Signature"),
        timestamp=Pointer("/webhookMetadata/webhookDeliveryAttemptTimestamp"),
        unit="rfc3339",
    ),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    signed_ids=True,
)
