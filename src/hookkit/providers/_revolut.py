"""Revolut (Business, Merchant, Ramp).

Sources:
https://developer.revolut.com/docs/guides/crypto-ramp/guides/buy-crypto/tutorials/work-with-webhooks/verify-the-payload-signature;
published vectors, quoted in a Ruby client and several tests, recomputed here.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

revolut = Provider(
    name="revolut",
    display="Revolut (Business, Merchant, Ramp)",
    docs="https://developer.revolut.com/docs/guides/crypto-ramp/guides/buy-crypto/tutorials/work-with-webhooks/verify-the-payload-signature",
    scheme=HMAC(
        signature=Header("Revolut-Signature"),
        layout="v1={signature},...",
        signs="v1.{timestamp}.{body}",
        timestamp=Header("Revolut-Request-Timestamp"),
        unit="ms",
    ),
    event_type=Pointer("/event"),
    separator="_",
)
