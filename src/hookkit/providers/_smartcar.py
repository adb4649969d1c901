"""Smartcar.

Sources: npm smartcar: index.js hashChallenge, verifyPayload;
https://smartcar.com/docs/integrations/webhooks/payload-verification;
https://smartcar.com/docs/integrations/webhooks/webhook-receiver (15 s, 3 times).
"""

from hmac import digest

from hookkit.handshake import Handshake
from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC


def _proof(challenge: str, secret: bytes) -> dict[str, str]:
    return {"challenge": digest(secret, challenge.encode(), "sha256").hex()}


smartcar = Provider(
    name="smartcar",
    display="Smartcar",
    docs="https://smartcar.com/docs/integrations/webhooks/payload-verification",
    scheme=HMAC(signature=Header("SC-Signature")),
    event_type=First(Pointer("/eventType"), Pointer("/eventName")),
    handshakes=(
        Handshake(
            signed=True,
            asks=((Pointer("/eventType"), "VERIFY"),),
            echo=Pointer("/data/challenge"),
            computed=_proof,
        ),
        # Of the older version.
        Handshake(
            signed=True,
            asks=((Pointer("/eventName"), "verify"),),
            echo=Pointer("/payload/challenge"),
            computed=_proof,
        ),
    ),
    timeout=15,
    retries="up to 3 more times, ever more slowly",
)
