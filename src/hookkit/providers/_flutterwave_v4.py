"""Flutterwave v4.

Sources: https://developer.flutterwave.com/docs/webhooks;
https://github.com/teesofttech/PayBridge/pull/111 (third party);
https://community.useremb.com/flutterwave/docs/webhooks (copy of an earlier page).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

flutterwave_v4 = Provider(
    name="flutterwave_v4",
    display="Flutterwave v4",
    docs="https://developer.flutterwave.com/docs/webhooks",
    scheme=HMAC(signature=Header("flutterwave-signature"), encoding="base64"),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    retries="3 tries at 30 min when turned on",
    signed_ids=True,
    sure="third party",
    unconfirmed=frozenset({"retries"}),
)
