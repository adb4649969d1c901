"""Tenderly alerts.

Sources: Tenderly's sample server (copied in public code); safe-global/safe-client-gateway tests
quoting tenderly-docs configuring-alert-destinations;
https://docs.tenderly.co/alerts/configuring-alert-destinations/project-scoped.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

tenderly = Provider(
    name="tenderly",
    display="Tenderly alerts",
    docs="https://docs.tenderly.co/alerts/configuring-alert-destinations/project-scoped",
    scheme=HMAC(
        signature=Header("X-Tenderly-Signature"),
        signs="{body}{timestamp}",
        timestamp=Header("Date"),
        unit="rfc3339",
    ),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/id"),
    separator="_",
    # It asks whether the URL is there.
    handshakes=(Handshake(signed=False, asks=(), method="GET"),),
    timeout=5,
    signed_ids=True,
    sure="third party",
    unconfirmed=frozenset({"tolerance"}),
)
