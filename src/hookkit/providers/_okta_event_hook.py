"""Okta event hooks.

The secret is the whole value of the Authorization header, as it is set at Okta. Each event has an id of its
own; the envelope's is the delivery's.

Sources: https://developer.okta.com/docs/concepts/event-hooks/; okta/okta-developer-docs:
packages/@okta/vuepress-site/docs/concepts/event-hooks/index.md.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

CHALLENGE = Header("X-Okta-Verification-Challenge")

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
            asks=((CHALLENGE, None),),
            echo=CHALLENGE,
            field="verification",
            method="GET",
        ),
    ),
    timeout=3,
    retries="once at the most; not after a 4xx",
)
