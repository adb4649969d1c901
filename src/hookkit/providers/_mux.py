"""Mux.

Sources: npm @mux/mux-node: src/resources/webhooks/webhooks.ts;
https://mux.com/docs/core/verify-webhook-signatures.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

mux = Provider(
    name="mux",
    display="Mux",
    docs="https://mux.com/docs/core/verify-webhook-signatures",
    scheme=HMAC(
        signature=Header("Mux-Signature"),
        layout="t={timestamp},v1={signature}",
        signs="{timestamp}.{body}",
    ),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    signed_ids=True,
)
