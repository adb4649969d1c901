"""Libraries of senders that sign with a private key; none of them has one to sign with."""

from __future__ import annotations

from base64 import b64encode

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hookkit import Request
from tests.providers.sdks.sdk import BOTH, NEVER, SDK, header, public_key


def discord_accepts(secret: str, request: Request) -> bool:
    from discord_interactions import verify_key

    return verify_key(
        request.body,
        header(request, "X-Signature-Ed25519"),
        header(request, "X-Signature-Timestamp"),
        public_key(secret, Encoding.Raw, PublicFormat.Raw).hex(),
    )


def telnyx_accepts(secret: str, request: Request) -> bool:
    from telnyx.lib.webhook_verification import WebhookVerificationError, verify_webhook_signature

    key = b64encode(public_key(secret, Encoding.Raw, PublicFormat.Raw)).decode()
    try:
        verify_webhook_signature(request.body, dict(request.headers.items()), key)
    except WebhookVerificationError:
        return False
    return True


def sendgrid_accepts(secret: str, request: Request) -> bool:
    from sendgrid.helpers.eventwebhook import EventWebhook

    key = b64encode(public_key(secret, Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    name = "X-Twilio-Email-Event-Webhook-"
    return EventWebhook(key).verify_signature(
        request.body.decode(),
        header(request, f"{name}Signature"),
        header(request, f"{name}Timestamp"),
    )


KEYS = {
    "discord": SDK("discord-interactions", discord_accepts, refuses=NEVER),
    "sendgrid": SDK("sendgrid", sendgrid_accepts, refuses=NEVER),
    "telnyx": SDK("telnyx", telnyx_accepts, refuses=BOTH),
}
