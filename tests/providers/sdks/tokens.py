"""Libraries of senders that send a JSON Web Token with a hash of the body."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from hookkit import Request
from tests.providers.sampling import sample
from tests.providers.sdks.sdk import BOTH, FUTURE, OBJECTS, SDK, changed_at, header, signed

LONG = ("one secret of theirs of 32 bytes", "another secret, 32 bytes as well")
"""PyJWT warns of shorter ones."""


def messagebird_accepts(secret: str, request: Request) -> bool:
    from messagebird.error import ValidationError
    from messagebird.request_validator import RequestValidator

    token = header(request, "MessageBird-Signature-JWT")
    try:
        RequestValidator(secret).validate_signature(token, request.url, request.body)
    except ValidationError:
        return False
    return True


def qstash_accepts(secret: str, request: Request) -> bool:
    from qstash import Receiver
    from qstash.errors import SignatureError

    token, receiver = header(request, "Upstash-Signature"), Receiver(secret, secret)
    try:
        receiver.verify(signature=token, body=request.body.decode(), url=request.url)
    except SignatureError:
        return False
    return True


def livekit_signs(secret: str, request: Request) -> Request:
    from livekit.api import AccessToken

    token = AccessToken(sample("livekit")["issuer"], secret)
    digest = b64encode(sha256(request.body).digest()).decode()
    return signed(request, {"Authorization": token.with_sha256(digest).to_jwt()})


def livekit_accepts(secret: str, request: Request) -> bool:
    from livekit.api import TokenVerifier, WebhookReceiver

    receiver = WebhookReceiver(TokenVerifier(sample("livekit")["issuer"], secret))
    try:
        receiver.receive(request.body.decode(), header(request, "Authorization"))
    except Exception:  # noqa: BLE001  # it raises nothing narrower
        return False
    return True


def vonage_accepts(secret: str, request: Request) -> bool:
    from vonage_jwt import VonageVerifyJwtError, verify_signature

    try:
        return verify_signature(header(request, "Authorization").removeprefix("Bearer "), secret)
    except VonageVerifyJwtError:
        return False


def other_token(request: Request) -> Request:
    token = header(request, "Authorization")
    # In the signature, which has 43 characters.
    return request.with_header("Authorization", changed_at(token, len(token) - 20))


TOKENS = {
    "livekit": SDK("livekit-api", livekit_accepts, livekit_signs, OBJECTS, BOTH, secrets=LONG),
    "messagebird": SDK("messagebird", messagebird_accepts, refuses=BOTH, secrets=LONG),
    "qstash": SDK("qstash", qstash_accepts, refuses=BOTH, secrets=LONG),
    # It leaves the body and the age to its caller.
    "vonage": SDK("vonage-jwt", vonage_accepts, refuses=FUTURE, tampered=other_token, secrets=LONG),
}
