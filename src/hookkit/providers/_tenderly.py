"""Tenderly alerts.

Sources: Tenderly's sample server (copied in public code); safe-global/safe-client-gateway tests
quoting tenderly-docs configuring-alert-destinations.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

tenderly = Provider(
    name="tenderly",
    display="Tenderly alerts",
    scheme=HMAC(
        signature=Header("X-Tenderly-Signature"),
        signs="{body}{timestamp}",
        timestamp=Header("Date"),
        unit="rfc3339",
    ),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/id"),
    separator="_",
    signed_ids=True,
    sure="third party",
)
