"""AfterShip tracking.

Sources: https://www.aftership.com/docs/tracking/webhook/webhook-signature;
https://www.aftership.com/docs/returns/2025-04/webhook/signature.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

aftership = Provider(
    name="aftership",
    display="AfterShip tracking",
    docs="https://www.aftership.com/docs/tracking/webhook/webhook-signature",
    scheme=HMAC(signature=Header("aftership-hmac-sha256"), encoding="base64"),
    event_type=Pointer("/event"),
    event_id=Pointer("/event_id"),
    signed_ids=True,
)
