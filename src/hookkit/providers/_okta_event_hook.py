"""Okta event hooks.

Read from https://developer.okta.com/docs/concepts/event-hooks/;
hookdeck/webhook-skills:providers.yaml;
okta/okta-developer-docs:packages/@okta/vuepress-site/docs/concepts/event-hooks/index.md.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

okta_event_hook = Provider(
    name="okta_event_hook",
    display="Okta event hooks",
    docs="https://developer.okta.com/docs/concepts/event-hooks/",
    scheme=Token(Header("Authorization")),
    event_type=Pointer("/eventType"),
    event_id=Pointer("/uuid"),
    delivery_id=Pointer("/eventId"),
    event_time=Pointer("/published"),
    time_unit="rfc3339",
    batch=Pointer("/data/events"),
    handshakes=(
        Handshake(
            signed=True,
            asks=((Header("X-Okta-Verification-Challenge"), None),),
            echo=Header("X-Okta-Verification-Challenge"),
            field="verification",
            method="GET",
        ),
    ),
    timeout=3,
    retries="time-out 3 s; at most one retry; 4xx is not retried, 5xx is",
)
