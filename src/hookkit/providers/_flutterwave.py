"""Flutterwave v3.

Sources: https://developer.flutterwave.com/docs/webhooks;
https://developer.flutterwave.com/docs/integration-guides/webhooks.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

flutterwave = Provider(
    name="flutterwave",
    display="Flutterwave v3",
    docs="https://developer.flutterwave.com/docs/webhooks",
    scheme=Token(Header("verif-hash")),
    event_type=First(Pointer("/event"), Pointer("/event.type")),
    timeout=60,
    retries="3 tries at 30 min when turned on",
    sure="third party",
    unconfirmed=frozenset({"retries", "timeout"}),
    unique_bodies=True,  # it says the transaction and what became of it
)
