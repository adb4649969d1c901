"""Zendesk.

Sources: https://developer.zendesk.com/documentation/webhooks/verifying/;
hookdeck/webhook-skills:providers.yaml;
https://developer.zendesk.com/documentation/event-connectors/webhooks/verifying/ (early and later
versions).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

zendesk = Provider(
    name="zendesk",
    display="Zendesk",
    docs="https://developer.zendesk.com/documentation/webhooks/verifying/",
    scheme=HMAC(
        signature=Header("X-Zendesk-Webhook-Signature"),
        signs="{timestamp}{body}",
        encoding="base64",
        timestamp=Header("X-Zendesk-Webhook-Signature-Timestamp"),
        unit="rfc3339",
    ),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    delivery_id=Header("X-Zendesk-Webhook-Invocation-Id"),
    separator=":",
    retries=(
        "409 up to 3 times; 429/503 with retry-after < 60 s; timeouts up to 5; circuit breaker"
    ),
    signed_ids=True,
    unconfirmed=frozenset({"retries", "tolerance"}),
)
