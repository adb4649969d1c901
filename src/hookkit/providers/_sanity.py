"""Sanity.

Sources: npm @sanity/webhook: dist/index.mjs; https://www.sanity.io/docs/webhooks;
https://www.sanity.io/docs/changelog/50ec6abf-fe0c-475b-ae72-314148860132 (retries, since
2026-04-29).
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sanity = Provider(
    name="sanity",
    display="Sanity",
    docs="https://www.sanity.io/docs/webhooks",
    scheme=HMAC(
        signature=Header("sanity-webhook-signature"),
        layout="t={timestamp},v1={signature}",
        signs="{timestamp}.{body}",
        unit="ms",
        encoding="base64url-unpadded",
    ),
    delivery_id=Header("idempotency-key"),
    retries="2 more times, 30 s apart, after a 429 or 5xx",
    unconfirmed=frozenset({"tolerance"}),
)
