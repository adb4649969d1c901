"""Sumsub.

Sources: public receivers found by header name (agreeing);
https://docs.sumsub.com/docs/webhook-manager (timing).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sumsub = Provider(
    name="sumsub",
    display="Sumsub",
    docs="https://docs.sumsub.com/docs/webhook-manager",
    scheme=HMAC(signature=Header("X-Payload-Digest")),
    event_type=Pointer("/type"),
    takes={"algorithm": "sha512 or sha1, where the webhook is set to it"},
    timeout=5,
    retries="30 s to 18 h, four resends by type",
    sure="third party",
)
