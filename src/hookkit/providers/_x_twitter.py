"""X / Twitter.

Sources: https://docs.x.com/x-api/webhooks/quickstart; hookdeck/webhook-skills:providers.yaml.
"""

from base64 import b64encode
from hmac import digest

from hookkit.handshake import Handshake
from hookkit.messages import Request
from hookkit.places import Header, Query
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.values import value


@value
class _FirstEvents:
    """The first key that ends in _events: tweet_create_events, ...; or user_event: access was revoked."""

    def find(self, request: Request, payload: object) -> object:
        keys = payload if isinstance(payload, dict) else ()
        return next((key for key in keys if key.endswith(("_events", "user_event"))), None)

    def in_words(self) -> str:
        return "the first key in the body that ends in _events, or user_event"


def _proof(token: str, secret: bytes) -> dict[str, str]:
    mac = b64encode(digest(secret, token.encode(), "sha256")).decode()
    return {"response_token": f"sha256={mac}"}


x_twitter = Provider(
    name="x_twitter",
    display="X / Twitter",
    docs="https://docs.x.com/x-api/webhooks/quickstart",
    scheme=HMAC(
        signature=Header("x-twitter-webhooks-signature"),
        layout="sha256={signature}",
        encoding="base64",
    ),
    event_type=_FirstEvents(),
    separator="_",
    handshakes=(
        Handshake(
            signed=False,
            asks=((Query("crc_token"), None),),
            echo=Query("crc_token"),
            computed=_proof,
            method="GET",
        ),
    ),
    timeout=10,
    retries="not documented for v2: take it as at most once",
)
