"""HubSpot signature v3.

Sources: https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests;
hubspot-api-client 12.0.0 (PyPI): hubspot/utils/signature.py;
HubSpot/hubspot-api-php:tests/Unit/Utils/SignatureTest.php.
"""

import re

from hookkit.formats import JSON
from hookkit.messages import Request
from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.values import value

DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
"""The escapes of the URL that HubSpot undoes before it signs, and no others."""

_escapes = re.compile("|".join(DECODED), re.IGNORECASE)


@value
class _Request:
    """Method, URL with some escapes undone, body and time, without separators."""

    def covers(self, part: str) -> bool:
        return part in ("method", "url", "body", "timestamp")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        url = _escapes.sub(lambda match: DECODED[match[0].upper()], request.url)
        return [
            request.method.encode(),
            url.encode("utf-8", "surrogatepass"),
            request.body,
            timestamp,
        ]


hubspot = Provider(
    name="hubspot",
    display="HubSpot signature v3",
    docs="https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
    scheme=HMAC(
        signature=Header("X-HubSpot-Signature-v3"),
        signs=_Request(),
        encoding="base64",
        timestamp=Header("X-HubSpot-Request-Timestamp"),
        unit="ms",
    ),
    accepts=(JSON(batch=True),),
    event_type=Pointer("/subscriptionType"),
    # By its pages not guaranteed to be unique.
    event_id=Number(Pointer("/eventId")),
    batch=Pointer(""),
    timeout=5,
    retries=("1 + up to 10 retries spread over 24 h, randomised; /N/attemptNumber counts from 0"),
    signed_ids=True,
    shared_ids=True,
    changes_each_try=("/*/attemptNumber",),
)
