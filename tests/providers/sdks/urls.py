"""Libraries of senders that sign the URL, too."""

from __future__ import annotations

import time
from functools import partial

from hookkit import Request
from tests.providers.sdks.sdk import NEVER, SDK, SOME, STALE, header, signed


def hubspot_signs(secret: str, request: Request) -> Request:
    from hubspot.utils.signature import Signature

    now = str(int(time.time() * 1000))
    signature = Signature.get_signature(
        secret, request.body.decode(), "v3", request.url, request.method, now
    )
    return signed(
        request, {"X-HubSpot-Request-Timestamp": now, "X-HubSpot-Signature-v3": signature}
    )


def hubspot_accepts(secret: str, request: Request) -> bool:
    from hubspot.exceptions import InvalidSignatureTimestampError
    from hubspot.utils.signature import Signature

    try:
        return Signature.is_valid(
            header(request, "X-HubSpot-Signature-v3"),
            secret,
            request.body.decode(),
            request.url,
            request.method,
            "v3",
            header(request, "X-HubSpot-Request-Timestamp"),
        )
    except InvalidSignatureTimestampError:
        return False


def hubspot_signs_without_time(version: str, secret: str, request: Request) -> Request:
    from hubspot.utils.signature import Signature

    signature = Signature.get_signature(
        secret, request.body.decode(), version, request.url, request.method
    )
    return signed(request, {"X-HubSpot-Signature": signature})


def hubspot_accepts_without_time(version: str, secret: str, request: Request) -> bool:
    from hubspot.utils.signature import Signature

    shown = header(request, "X-HubSpot-Signature")
    return Signature.is_valid(
        shown, secret, request.body.decode(), request.url, request.method, version
    )


def hubspot_without_time(version: str) -> SDK:
    return SDK(
        "hubspot-api-client",
        partial(hubspot_accepts_without_time, version),
        partial(hubspot_signs_without_time, version),
    )


def square_accepts(secret: str, request: Request) -> bool:
    from square.utils.webhooks_helper import verify_signature

    return verify_signature(
        request_body=request.body.decode(),
        signature_header=header(request, "x-square-hmacsha256-signature"),
        signature_key=secret,
        notification_url=request.url,
    )


URLS = {
    "hubspot": SDK("hubspot-api-client", hubspot_accepts, hubspot_signs, refuses=STALE),
    "hubspot_v1": hubspot_without_time("v1"),
    "hubspot_v2": hubspot_without_time("v2"),
    "square": SDK("squareup", square_accepts, bodies=SOME, refuses=NEVER),
}
