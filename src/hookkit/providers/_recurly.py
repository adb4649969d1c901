"""Recurly (JSON).

Sources: https://docs.recurly.com/recurly-subscriptions/docs/signature-verification;
https://docs.recurly.com/recurly-subscriptions/docs/automatic-retries (10 retries).
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
    retries="up to 10 more times; before retry x, counted from 0, some 10 + x * 2^(x + 5) seconds",
    signed_ids=True,
    unconfirmed=frozenset({"timeout"}),
)
