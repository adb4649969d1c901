"""Paddle Billing.

Sources: https://developer.paddle.com/webhooks/about/signature-verification;
https://developer.paddle.com/webhooks/respond-to-webhooks; paddle-python-sdk (PyPI):
paddle_billing/Notifications; https://developer.paddle.com/webhooks/about/respond-to-webhooks (5 s;
60 tries over 3 days).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

paddle = Provider(
    name="paddle",
    display="Paddle Billing",
    docs="https://developer.paddle.com/webhooks/about/signature-verification",
    scheme=HMAC(
        signature=Header("Paddle-Signature"),
        layout="ts={timestamp};h1={signature}",
        signs="{timestamp}:{body}",
        tolerance=5,
    ),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/event_id"),
    delivery_id=Pointer("/notification_id"),
    event_time=Pointer("/occurred_at"),
    time_unit="rfc3339",
    timeout=5,
    retries="live: 60 over 3 days; sandbox: 3 over 15 min",
    retry_horizon=3 * 24 * 3600.0,
    signed_ids=True,
)
