"""Vercel.

Sources: https://vercel.com/docs/observability/webhooks; hookdeck/webhook-skills:providers.yaml;
https://trigger.dev/docs/webhooks/providers/vercel (third party).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

vercel = Provider(
    name="vercel",
    display="Vercel",
    docs="https://vercel.com/docs/observability/webhooks",
    scheme=HMAC(signature=Header("x-vercel-signature"), algorithm="sha1"),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/createdAt"),
    time_unit="ms",
    timeout=30,
    retries="24 h exponential",
    signed_ids=True,
    sure="third party",
)
