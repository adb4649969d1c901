"""fal.ai.

Sources: https://docs.fal.ai/model-endpoints/webhooks; public receivers found by header name, agreeing on
the signed text, the address of the keys and 300 s.
"""

from hashlib import sha256

from hookkit.errors import WrongCredential
from hookkit.messages import Request
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Ed25519
from hookkit.schemes.published import JWKS
from hookkit.schemes.template import Content
from hookkit.values import replace, value

USER = "X-Fal-Webhook-User-Id"
_LINES = Content(f"{{id}}\n{{header:{USER}}}\n{{timestamp}}\n{{body}}")


@value
class _Lines:
    """Id, account, time and the body's digest, a line each; of this account only."""

    user_id: str = ""

    def covers(self, part: str) -> bool:
        return _LINES.covers(part)

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        if request.header(USER) != self.user_id:
            raise WrongCredential  # fal signs for all its customers with the same key
        digest = sha256(request.body).hexdigest().encode()
        return _LINES.render(request.replace(body=digest), timestamp, message_id)


def _configured(provider: Provider, *, user_id: str) -> Provider:
    return provider.replace(scheme=replace(provider.scheme, signs=_Lines(user_id)))


fal = Provider(
    name="fal",
    display="fal.ai",
    docs="https://docs.fal.ai/model-endpoints/webhooks",
    scheme=Ed25519(
        signature=Header("X-Fal-Webhook-Signature"),
        signs=_Lines(),
        timestamp=Header("X-Fal-Webhook-Timestamp"),
        id=Header("X-Fal-Webhook-Request-Id"),
        published=JWKS("https://rest.fal.ai/.well-known/jwks.json"),
    ),
    event_type=Pointer("/status"),
    delivery_id=Header("X-Fal-Webhook-Request-Id"),
    needs={"user_id": "your account's id at fal, as its key signs for all customers"},
    configure=_configured,
    signed_ids=True,
    sure="third party",
)
