"""Onfido (Entrust).

Sources: npm @onfido/api: dist/webhook-event-verifier.js;
https://developers.onfido.com/guide/manual-webhook-signature-verification.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

onfido = Provider(
    name="onfido",
    display="Onfido (Entrust)",
    docs="https://developers.onfido.com/guide/manual-webhook-signature-verification",
    scheme=HMAC(signature=Header("X-SHA2-Signature")),
    event_type=Pointer("/payload/action"),
)
