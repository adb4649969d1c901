"""Twitch EventSub.

Sources: https://dev.twitch.tv/docs/eventsub/handling-webhook-events/;
hookdeck/webhook-skills:providers.yaml.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

twitch = Provider(
    name="twitch",
    display="Twitch EventSub",
    docs="https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
    scheme=HMAC(
        signature=Header("Twitch-Eventsub-Message-Signature"),
        layout="sha256={signature}",
        signs="{id}{timestamp}{body}",
        timestamp=Header("Twitch-Eventsub-Message-Timestamp"),
        id=Header("Twitch-Eventsub-Message-Id"),
        unit="rfc3339",
        tolerance=600,
    ),
    event_type=Header("Twitch-Eventsub-Subscription-Type"),
    event_id=Header("Twitch-Eventsub-Message-Id"),
    delivery_id=Header("Twitch-Eventsub-Message-Id"),
    handshakes=(
        Handshake(
            signed=True,
            asks=((Header("Twitch-Eventsub-Message-Type"), "webhook_callback_verification"),),
            echo=Pointer("/challenge"),
        ),
    ),
    retries="several tries; then revocation notification_failures_exceeded",
    signed_ids=True,
)
