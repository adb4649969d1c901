"""Sanity.

Sources: npm @sanity/webhook: dist/index.mjs.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sanity = Provider(
    name="sanity",
    display="Sanity",
    scheme=HMAC(
        signature=Header("sanity-webhook-signature"),
        layout="t={timestamp},v1={signature}",
        signs="{timestamp}.{body}",
        unit="ms",
        encoding="base64url-unpadded",
    ),
    delivery_id=Header("idempotency-key"),
)
