"""Shopify.

Sources: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries;
https://shopify.dev/docs/apps/build/webhooks/delivery-structure;
https://shopify.dev/changelog/updates-to-webhook-retry-mechanism.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

shopify = Provider(
    name="shopify",
    display="Shopify",
    docs="https://shopify.dev/docs/apps/build/webhooks/verify-deliveries",
    scheme=HMAC(signature=Header("X-Shopify-Hmac-Sha256"), encoding="base64"),
    event_type=Header("X-Shopify-Topic"),
    event_id=Header("X-Shopify-Event-Id"),
    delivery_id=Header("X-Shopify-Webhook-Id"),
    separator="/",
    timeout=5,
    retries="1 + 8 retries over 4 h, exponential (connection timeout 1 s)",
)
