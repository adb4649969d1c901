"""Mollie (next-gen).

Sources: https://docs.mollie.com/reference/webhooks-best-practices.md.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

mollie_next = Provider(
    name="mollie_next",
    display="Mollie (next-gen)",
    docs="https://docs.mollie.com/reference/webhooks-best-practices.md",
    # While a secret is rotated the header comes twice, which reads as one with a comma.
    scheme=HMAC(
        signature=Header("X-Mollie-Signature"), layout=("sha256={signature},...", "{signature}")
    ),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/createdAt"),
    time_unit="rfc3339",
    retries="10 tries over 26 h",
    signed_ids=True,
    unconfirmed=frozenset({"retries"}),
)
