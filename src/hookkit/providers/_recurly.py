"""Recurly (JSON).

Sources: https://docs.recurly.com/recurly-subscriptions/docs/signature-verification.
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

recurly = Provider(
    name="recurly",
    display="Recurly (JSON)",
    docs="https://docs.recurly.com/recurly-subscriptions/docs/signature-verification",
    scheme=HMAC(
        signature=Header("recurly-signature"),
        layout="{timestamp},{signature},...",
        signs="{timestamp}.{body}",
        unit="ms",
    ),
    event_type=Joined(Pointer("/object_type"), Pointer("/event_type")),
    event_id=Pointer("/id"),
    timeout=5,
    retries="exponential, up to 10+ tries over days",
    signed_ids=True,
)
