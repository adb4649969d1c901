"""Calendly.

Sources: https://developer.calendly.com/api-docs/ZG9jOjQ2NDA2NA-webhook-signatures;
hookdeck/webhook-skills:providers.yaml;
https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

calendly = Provider(
    name="calendly",
    display="Calendly",
    docs="https://developer.calendly.com/api-docs/ZG9jOjQ2NDA2NA-webhook-signatures",
    scheme=HMAC(
        signature=Header("Calendly-Webhook-Signature"),
        layout="t={timestamp},v1={signature}",
        signs="{timestamp}.{body}",
        tolerance=180,
    ),
    event_type=Pointer("/event"),
    timeout=15,
    retries=(
        "3xx, 4xx and 5xx are all failures: exponential back-off for 24 h (or until 24 h "
        "after the booked event); after that the webhook is disabled at the next failure and "
        "has to be made anew"
    ),
)
