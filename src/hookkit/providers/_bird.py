"""Bird (2024 and later).

An event has no id of its own: what stands in its payload is the message's, which each of its events repeats.

Sources: https://docs.bird.com/api/notifications-api/api-reference/webhooks/verifying-a-webhook.
"""

import hashlib

from hookkit.messages import Request
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.template import Content
from hookkit.values import value

BEFORE = Content("{timestamp}\n{url}\n")


@value
class _WithDigest:
    """The time, the URL, and the body as its digest's raw bytes, which no template can say."""

    def covers(self, part: str) -> bool:
        return part == "body" or BEFORE.covers(part)

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        before = BEFORE.render(request, timestamp, message_id)
        return [*before, hashlib.sha256(request.body).digest()]

    def in_words(self) -> str:
        return r"{timestamp}\n{url}\n and the raw SHA-256 of {body}"


bird = Provider(
    name="bird",
    display="Bird",
    docs="https://docs.bird.com/api/notifications-api/api-reference/webhooks/verifying-a-webhook",
    scheme=HMAC(
        signature=Header("messagebird-signature"),
        signs=_WithDigest(),
        encoding="base64",
        timestamp=Header("messagebird-request-timestamp"),
    ),
    event_type=Pointer("/event"),
)
