"""Zoom.

Sources: https://developers.zoom.us/docs/api/webhooks;
https://developers.zoom.us/changelog/platform/webhook-url-validation;
https://devsupport.zoom.us/hc/en-us/articles/360059893812-Webhook-delays.
"""

from hmac import digest

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC


def _proof(token: str, secret: bytes) -> dict[str, str]:
    return {"plainToken": token, "encryptedToken": digest(secret, token.encode(), "sha256").hex()}


zoom = Provider(
    name="zoom",
    display="Zoom",
    docs="https://developers.zoom.us/docs/api/webhooks",
    scheme=HMAC(
        signature=Header("x-zm-signature"),
        layout="v0={signature}",
        signs="v0:{timestamp}:{body}",
        timestamp=Header("x-zm-request-timestamp"),
    ),
    event_type=Pointer("/event"),
    event_time=Pointer("/event_ts"),
    time_unit="ms",
    handshakes=(
        Handshake(
            signed=True,
            asks=((Pointer("/event"), "endpoint.url_validation"),),
            echo=Pointer("/payload/plainToken"),
            computed=_proof,
        ),
    ),
    timeout=3,
    unique_bodies=True,  # it says what happened, to what and when
    retries="1 + 3 retries: 5 min, then 20 min, then 60 min",
    unconfirmed=frozenset({"tolerance"}),
)
