"""Supabase Auth hooks (send email / SMS).

Sources: public hook functions (10, agreeing): secret.replace('v1,whsec_', '') into
standardwebhooks; https://supabase.com/docs/guides/auth/auth-hooks.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes.keyforms import KEY_FORMS
from hookkit.schemes.standard import STANDARD_WEBHOOKS
from hookkit.values import replace


def _after_version(secret: bytes) -> bytes:
    return KEY_FORMS["whsec"](secret.removeprefix(b"v1,"))


supabase_auth = Provider(
    name="supabase_auth",
    display="Supabase Auth hooks (send email / SMS)",
    docs="https://supabase.com/docs/guides/auth/auth-hooks",
    scheme=replace(STANDARD_WEBHOOKS, key=_after_version),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
    sure="third party",
    unconfirmed=frozenset({"tolerance"}),
)
