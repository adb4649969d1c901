"""Polar.

Sources: npm @polar-sh/sdk: src/webhooks.ts validateEvent;
https://docs.polar.sh/developers/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import STANDARD_WEBHOOKS
from hookkit.values import replace

polar = Provider(
    name="polar",
    display="Polar",
    docs="https://docs.polar.sh/developers/webhooks",
    scheme=replace(STANDARD_WEBHOOKS, key="text"),
    event_type=Pointer("/type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
