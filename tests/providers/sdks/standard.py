"""Libraries of senders that sign as Standard Webhooks has it."""

from __future__ import annotations

from datetime import UTC, datetime

from hookkit import Request
from tests.providers.sdks.sdk import ANY, BOTH, NEVER, OBJECTS, SDK, SOME, header, signed

NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")


def headers_of(request: Request) -> dict[str, str]:
    return {name: header(request, name) for name in NAMES}


def standard_signs(secret: str, request: Request) -> Request:
    import standardwebhooks

    now = datetime.now(UTC)
    signature = standardwebhooks.Webhook(secret).sign("msg_1", now, request.body.decode())
    values = ("msg_1", str(int(now.timestamp())), signature)
    return signed(request, dict(zip(NAMES, values, strict=True)))


def standard_accepts(secret: str, request: Request) -> bool:
    import standardwebhooks

    webhook = standardwebhooks.Webhook(secret)
    try:
        webhook.verify(request.body, headers_of(request), json_parse=False)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


def svix_signs(secret: str, request: Request) -> Request:
    import svix

    now = datetime.now(UTC)
    signature = svix.Webhook(secret).sign("msg_1", now, request.body.decode())
    return signed(
        request,
        {
            "svix-id": "msg_1",
            "svix-timestamp": str(int(now.timestamp())),
            "svix-signature": signature,
        },
    )


def svix_accepts(secret: str, request: Request) -> bool:
    import svix

    try:
        svix.Webhook(secret).verify(request.body, dict(request.headers.items()))
    except svix.WebhookVerificationError:
        return False
    return True


def resend_accepts(secret: str, request: Request) -> bool:
    from resend import Webhooks

    headers = {part: header(request, f"svix-{part}") for part in ("id", "timestamp", "signature")}
    try:
        Webhooks.verify(
            {"payload": request.body.decode(), "headers": headers, "webhook_secret": secret}
        )
    except ValueError:
        return False
    return True


def openai_accepts(secret: str, request: Request) -> bool:
    import openai

    client = openai.OpenAI(api_key="key")
    try:
        client.webhooks.verify_signature(request.body, headers_of(request), secret=secret)
    except openai.InvalidWebhookSignatureError:
        return False
    return True


def anthropic_accepts(secret: str, request: Request) -> bool:
    import anthropic
    import standardwebhooks

    webhooks = anthropic.Anthropic(api_key="key").beta.webhooks
    try:
        webhooks.unwrap(request.body.decode(), headers=headers_of(request), key=secret)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


def lithic_accepts(secret: str, request: Request) -> bool:
    import lithic
    import standardwebhooks

    webhooks = lithic.Lithic(api_key="key").webhooks
    try:
        webhooks.verify_signature(request.body, headers_of(request), secret=secret)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


def polar_accepts(secret: str, request: Request) -> bool:
    from polar.webhooks import PolarWebhookError, PolarWebhookVerificationError, validate_event

    try:
        validate_event(request.body, headers_of(request), secret, frozenset(), dict)
    except PolarWebhookVerificationError:
        return False
    except PolarWebhookError:
        return True  # authentic, and no event that it knows
    raise AssertionError("it knew an event without knowing any")


def replicate_accepts(secret: str, request: Request) -> bool:
    from replicate.webhook import Webhooks, WebhookSigningSecret, WebhookValidationError

    try:
        Webhooks.validate(
            headers=headers_of(request),
            body=request.body.decode(),
            secret=WebhookSigningSecret(key=secret),
        )
    except WebhookValidationError:
        return False
    return True


STANDARD = {
    "anthropic": SDK("anthropic", anthropic_accepts, bodies=OBJECTS, refuses=BOTH),
    "clerk": SDK("svix", svix_accepts, svix_signs, ANY, BOTH),
    "lithic": SDK("lithic", lithic_accepts, bodies=OBJECTS, refuses=BOTH),
    "openai": SDK("openai", openai_accepts, refuses=BOTH),
    "polar": SDK("polar-sdk", polar_accepts, refuses=BOTH),
    "replicate": SDK(
        "replicate",
        replicate_accepts,
        bodies=SOME,
        refuses=NEVER,
        secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2VjcmV0IG51bWJlciB0d28="),
    ),
    "resend": SDK("resend", resend_accepts, bodies=OBJECTS, refuses=BOTH),
    "standardwebhooks": SDK("standardwebhooks", standard_accepts, standard_signs, refuses=BOTH),
    "svix": SDK("svix", svix_accepts, svix_signs, refuses=BOTH),
}
