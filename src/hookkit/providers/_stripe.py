"""Stripe. Read 2026-11: docs.stripe.com/webhooks and /webhooks/signature; stripe 16.1.0 for Python."""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.providers._stripe_events import EVENTS
from hookkit.schemes import HMAC

stripe = Provider(
    name="stripe",
    display="Stripe",
    docs="https://docs.stripe.com/webhooks",
    # The secret is text, prefix and all, although it looks like Standard Webhooks' base64.
    scheme=HMAC(
        signature=Header("Stripe-Signature"),
        layout="t={timestamp},v1={signature}",
        signs="{timestamp}.{body}",
    ),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/created"),
    events=EVENTS,
    retries="live: for up to 3 days, ever more slowly; in a sandbox: 3 times over a few hours",
    retry_horizon=3 * 24 * 3600.0,
    signed_ids=True,
    unique_bodies=True,
)
