"""Adyen standard notifications.

Sources:
https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures;
Adyen/adyen-python-api-library: Adyen/util.py and test/UtilTest.py.
"""

from hookkit.formats import JSON
from hookkit.messages import Request, Response
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.each import EachItem
from hookkit.schemes.template import as_signed
from hookkit.values import value

_ITEM = "/NotificationRequestItem"

SIGNED = tuple(
    Pointer(f"{_ITEM}/{name}")
    for name in (
        "pspReference",
        "originalReference",
        "merchantAccountCode",
        "merchantReference",
        "amount/value",
        "amount/currency",
        "eventCode",
        "success",
    )
)


@value
class _Fields:
    """Eight fields joined by colons; one that is missing is empty."""

    def covers(self, part: str) -> bool:
        return part == "field"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        found = (place.find(request, payload) for place in SIGNED)
        return [b":".join(b"" if value is None else as_signed(value) for value in found)]


adyen = Provider(
    name="adyen",
    display="Adyen standard notifications",
    docs="https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    scheme=EachItem(
        Pointer("/notificationItems"),
        HMAC(
            signature=Pointer(f"{_ITEM}/additionalData/hmacSignature"),
            signs=_Fields(),
            key="hex",
            encoding="base64",
            reads=JSON(),
        ),
    ),
    event_type=Pointer(f"{_ITEM}/eventCode"),
    event_time=Pointer(f"{_ITEM}/eventDate"),
    time_unit="rfc3339",
    batch=Pointer("/notificationItems"),
    separator="_",
    acknowledgement=Response(200, b"[accepted]"),
    timeout=10,
    retries="2, 5, 10, 15, 30 min, 1, 2, 4, 8 h and so on, for up to 7 days",
    retry_horizon=7 * 24 * 3600.0,
    further_gaps=("where one of the eight ends: they are joined by colons, and may hold some",),
    unique_bodies=True,  # it says the payment or its change, what became of it and when
)
