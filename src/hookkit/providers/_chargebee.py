"""Chargebee.

Sources: https://www.chargebee.com/docs/2.0/events_and_webhooks.html;
hookdeck/webhook-skills:providers.yaml; chargebee (npm) 3.33.0: esm/resources/webhook/auth.js.
"""

from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import Basic

chargebee = Provider(
    name="chargebee",
    display="Chargebee",
    docs="https://www.chargebee.com/docs/2.0/events_and_webhooks.html",
    scheme=Basic(),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/occurred_at"),
    separator="_",
    changes_each_try=("/webhook_status", "/webhook_failure_reason", "/webhooks/*/webhook_status"),
    retries=(
        "7 retries: 2, 6, 30 min, 1, 5 h, 1, 2 days, each after the one before (about 3 days 7 h)"
    ),
)
