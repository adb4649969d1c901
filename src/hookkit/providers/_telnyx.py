"""Telnyx.

Sources: PyPI telnyx: lib/webhook_verification.py;
https://developers.telnyx.com/docs/development/api-fundamentals/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Ed25519

telnyx = Provider(
    name="telnyx",
    display="Telnyx",
    docs="https://developers.telnyx.com/docs/development/api-fundamentals/webhooks",
    scheme=Ed25519(
        signature=Header("Telnyx-Signature-Ed25519"),
        signs="{timestamp}|{body}",
        encoding="base64",
        timestamp=Header("Telnyx-Timestamp"),
    ),
    event_type=Pointer("/data/event_type"),
    event_id=Pointer("/data/id"),
    event_time=Pointer("/data/occurred_at"),
    time_unit="rfc3339",
    signed_ids=True,
)
