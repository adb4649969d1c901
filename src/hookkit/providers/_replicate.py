"""Replicate.

Sources: npm replicate: lib/util.js validateWebhook;
https://replicate.com/docs/topics/webhooks/verify-webhook.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes.keyforms import KEY_FORMS
from hookkit.schemes.standard import STANDARD_WEBHOOKS
from hookkit.values import replace


def _after_underscore(secret: bytes) -> bytes:
    return KEY_FORMS["base64"](secret.rpartition(b"_")[2])


replicate = Provider(
    name="replicate",
    display="Replicate",
    docs="https://replicate.com/docs/topics/webhooks/verify-webhook",
    scheme=replace(STANDARD_WEBHOOKS, key=_after_underscore),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
