"""Paystack.

Sources: https://paystack.com/docs/payments/webhooks/; hookdeck/webhook-skills:providers.yaml;
PaystackOSS/doc-code-snippets:src/doc/payments/webhooks/verifying-transaction/index.js.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

paystack = Provider(
    name="paystack",
    display="Paystack",
    docs="https://paystack.com/docs/payments/webhooks/",
    scheme=HMAC(signature=Header("x-paystack-signature"), algorithm="sha512"),
    event_type=Pointer("/event"),
    timeout=30,
    retries=(
        "live: every 3 min for the first 4 tries, then hourly for 72 h; test: hourly for 10 h"
    ),
    unique_bodies=True,  # it says the transaction and what became of it
)
