"""Replicate.

Sources: npm replicate: lib/util.js validateWebhook.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.keyforms import KEY_FORMS


def _after_underscore(secret: bytes) -> bytes:
    return KEY_FORMS["base64"](secret.rpartition(b"_")[2])


replicate = Provider(
    name="replicate",
    display="Replicate",
    scheme=HMAC(
        signature=Header("webhook-signature"),
        timestamp=Header("webhook-timestamp"),
        id=Header("webhook-id"),
        layout="v1,{signature} ...",
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        key=_after_underscore,
    ),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
