"""Maxio Advanced Billing (Chargify).

Sources: public receivers found by header name (raw form body).
"""

from hookkit.formats import Form
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

maxio = Provider(
    name="maxio",
    display="Maxio Advanced Billing (Chargify)",
    scheme=HMAC(signature=Header("X-Chargify-Webhook-Signature-Hmac-Sha-256")),
    accepts=(Form(),),
    event_type=Pointer("/event"),
    delivery_id=Header("X-Chargify-Webhook-Id"),
    sure="third party",
)
