"""Supabase Auth hooks (send email / SMS).

Sources: public hook functions (10, agreeing): secret.replace('v1,whsec_', '') into
standardwebhooks.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.keyforms import KEY_FORMS


def _after_version(secret: bytes) -> bytes:
    return KEY_FORMS["whsec"](secret.removeprefix(b"v1,"))


supabase_auth = Provider(
    name="supabase_auth",
    display="Supabase Auth hooks (send email / SMS)",
    scheme=HMAC(
        signature=Header("webhook-signature"),
        timestamp=Header("webhook-timestamp"),
        id=Header("webhook-id"),
        layout="v1,{signature} ...",
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        key=_after_version,
    ),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
    sure="third party",
)
