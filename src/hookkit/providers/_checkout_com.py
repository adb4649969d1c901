"""Checkout.com.

Sources: https://www.checkout.com/docs/developer-resources/webhooks;
https://www.checkout.com/docs/workflows;
https://checkout.com/docs/workflows/set-up-your-webhook-receiver.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

checkout_com = Provider(
    name="checkout_com",
    display="Checkout.com",
    docs="https://www.checkout.com/docs/developer-resources/webhooks",
    scheme=HMAC(signature=Header("Cko-Signature")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/created_on"),
    time_unit="rfc3339",
    separator="_",
    timeout=10,
    retries="8 tries: 5, 10, 15, 30 min, 1, 4, 12, 48 h (about)",
    signed_ids=True,
    unconfirmed=frozenset({"retries"}),
)
