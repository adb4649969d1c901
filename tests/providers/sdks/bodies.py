"""Libraries of senders that sign the body and nothing else."""

from __future__ import annotations

from hookkit import Request
from tests.providers.sdks.sdk import OBJECTS, OWN, SDK, header, signed


def github_accepts(secret: str, request: Request) -> bool:
    from gidgethub import ValidationFailure, sansio

    signature = header(request, "X-Hub-Signature-256")
    try:
        sansio.validate_event(request.body, signature=signature, secret=secret)
    except ValidationFailure:
        return False
    return True


def line_accepts(secret: str, request: Request) -> bool:
    from linebot.v3.webhook import SignatureValidator

    accepted: bool = SignatureValidator(secret).validate(
        request.body.decode(), header(request, "x-line-signature")
    )
    return accepted


def razorpay_accepts(secret: str, request: Request) -> bool:
    import razorpay

    client = razorpay.Client(auth=("key", "secret"))
    signature = header(request, "X-Razorpay-Signature")
    try:
        client.utility.verify_webhook_signature(request.body.decode(), signature, secret)
    except razorpay.errors.SignatureVerificationError:
        return False
    return True


def gocardless_accepts(secret: str, request: Request) -> bool:
    from gocardless_pro import webhooks
    from gocardless_pro.errors import InvalidSignatureError

    try:
        webhooks.parse(request.body, secret, header(request, "Webhook-Signature"))
    except InvalidSignatureError:
        return False
    return True


def onfido_accepts(secret: str, request: Request) -> bool:
    import onfido

    verifier = onfido.WebhookEventVerifier(secret)
    try:
        verifier.read_payload(request.body.decode(), header(request, "X-SHA2-Signature"))
    except onfido.OnfidoInvalidSignatureError:
        return False
    return True


def easypost_accepts(secret: str, request: Request) -> bool:
    from easypost.errors import SignatureVerificationError
    from easypost.util import validate_webhook

    headers = {"X-Hmac-Signature": header(request, "X-Hmac-Signature")}
    try:
        validate_webhook(request.body, headers, secret)
    except SignatureVerificationError:
        return False
    return True


def modern_treasury_signs(secret: str, request: Request) -> Request:
    import modern_treasury

    client = modern_treasury.ModernTreasury(api_key="key", organization_id="org")
    signature = client.webhooks.get_signature(request.body.decode(), key=secret)
    return signed(request, {"X-Signature": signature})


def modern_treasury_accepts(secret: str, request: Request) -> bool:
    import modern_treasury

    client = modern_treasury.ModernTreasury(api_key="key", organization_id="org")
    headers = {"X-Signature": header(request, "X-Signature")}
    return client.webhooks.validate_signature(request.body.decode(), headers, key=secret)


def adyen_platform_signs(secret: str, request: Request) -> Request:
    from Adyen.util import generate_payload_sig

    return signed(request, {"HmacSignature": generate_payload_sig(request.body, secret).decode()})


def adyen_platform_accepts(secret: str, request: Request) -> bool:
    from Adyen.util import is_valid_hmac_payload

    return is_valid_hmac_payload(header(request, "HmacSignature"), secret, request.body)


def smartcar_signs(secret: str, request: Request) -> Request:
    import smartcar

    return signed(request, {"SC-Signature": smartcar.hash_challenge(secret, request.body.decode())})


def smartcar_accepts(secret: str, request: Request) -> bool:
    import smartcar

    return smartcar.verify_payload(secret, header(request, "SC-Signature"), request.body.decode())


def stream_accepts(secret: str, request: Request) -> bool:
    from stream_chat.webhook import verify_signature

    return verify_signature(request.body, header(request, "X-Signature"), secret)


def viber_accepts(secret: str, request: Request) -> bool:
    from viberbot import Api, BotConfiguration

    api = Api(BotConfiguration(auth_token=secret, name="bot", avatar=""))
    accepted: bool = api.verify_signature(
        request.body, header(request, "X-Viber-Content-Signature")
    )
    return accepted


BODIES = {
    "adyen_platform": SDK("Adyen", adyen_platform_accepts, adyen_platform_signs),
    "easypost": SDK("easypost", easypost_accepts, bodies=OBJECTS),
    "github": SDK("gidgethub", github_accepts),
    "gocardless": SDK("gocardless-pro", gocardless_accepts, bodies=OWN),
    "line": SDK("line-bot-sdk", line_accepts),
    "modern_treasury": SDK("modern-treasury", modern_treasury_accepts, modern_treasury_signs),
    "onfido": SDK("onfido-python", onfido_accepts, bodies=OWN),
    "razorpay": SDK("razorpay", razorpay_accepts),
    "smartcar": SDK("smartcar", smartcar_accepts, smartcar_signs),
    "stream": SDK("stream-chat", stream_accepts),
    "viber": SDK("viberbot", viber_accepts),
}
