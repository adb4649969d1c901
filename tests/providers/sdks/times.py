"""Libraries of senders that sign a time beside the body, by HMAC."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from hookkit import Request
from tests.providers.sdks.sdk import BOTH, OBJECTS, SDK, STALE, header, signed


def stripe_signs(secret: str, request: Request) -> Request:
    import stripe

    now = int(time.time())
    text = f"{now}.{request.body.decode()}"
    signature = stripe.WebhookSignature._compute_signature(text, secret)
    return signed(request, {"Stripe-Signature": f"t={now},v1={signature}"})


def stripe_accepts(secret: str, request: Request) -> bool:
    import stripe

    shown = header(request, "Stripe-Signature")
    try:
        stripe.WebhookSignature.verify_header(request.body.decode(), shown, secret, tolerance=300)
    except stripe.SignatureVerificationError:
        return False
    return True


def slack_signs(secret: str, request: Request) -> Request:
    from slack_sdk.signature import SignatureVerifier

    now = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=now, body=request.body)
    assert signature is not None
    return signed(request, {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature})


def slack_accepts(secret: str, request: Request) -> bool:
    from slack_sdk.signature import SignatureVerifier

    verifier = SignatureVerifier(secret)
    return verifier.is_valid_request(request.body, dict(request.headers.items()))


def paddle_signs(secret: str, request: Request) -> Request:
    from paddle_billing.Notifications.PaddleSignature import PaddleSignature

    now = int(time.time())
    text = f"{now}:".encode() + request.body
    signature = PaddleSignature.calculate_hmac(secret, text).hexdigest()
    return signed(request, {"Paddle-Signature": f"ts={now};h1={signature}"})


class PaddleRequest:
    """What its verifier takes: a request as Flask has it."""

    def __init__(self, request: Request) -> None:
        self.body = request.body
        self.headers = {"Paddle-Signature": header(request, "Paddle-Signature")}


def paddle_accepts(secret: str, request: Request) -> bool:
    from paddle_billing.Notifications import Secret, Verifier

    # Its own 5 seconds go by while a busy machine imports it.
    return bool(Verifier(60).verify(PaddleRequest(request), Secret(secret)))


def workos_accepts(secret: str, request: Request) -> bool:
    from workos.webhooks import Webhooks

    shown = header(request, "WorkOS-Signature")
    try:
        Webhooks(None).verify_header(
            event_body=request.body, event_signature=shown, secret=secret, tolerance=180
        )
    except ValueError:
        return False
    return True


def retell_signs(secret: str, request: Request) -> Request:
    from retell.lib.webhook_auth import symmetric

    return signed(request, {"X-Retell-Signature": symmetric["sign"](request.body.decode(), secret)})


def retell_accepts(secret: str, request: Request) -> bool:
    from retell.lib.webhook_auth import verify

    shown = header(request, "X-Retell-Signature")
    return bool(verify(request.body.decode(), secret, shown))


def elevenlabs_accepts(secret: str, request: Request) -> bool:
    from elevenlabs.errors import BadRequestError
    from elevenlabs.webhooks_custom import WebhooksClient

    shown = header(request, "ElevenLabs-Signature")
    try:
        WebhooksClient(client_wrapper=None).construct_event(request.body.decode(), shown, secret)
    except BadRequestError:
        return False
    return True


def pusher_signs(secret: str, request: Request) -> Request:
    from pusher.signature import sign

    payload = {**json.loads(request.body), "time_ms": int(time.time() * 1000)}
    request = request.replace(body=json.dumps(payload).encode())
    signature = sign(secret, request.body.decode())
    return signed(request, {"X-Pusher-Signature": signature})


def pusher_accepts(secret: str, request: Request) -> bool:
    import pusher

    key, shown = header(request, "X-Pusher-Key"), header(request, "X-Pusher-Signature")
    client = pusher.Pusher(app_id="1", key=key, secret=secret)
    return client.validate_webhook(key, shown, request.body.decode()) is not None


def cloudinary_signs(secret: str, request: Request) -> Request:
    from cloudinary.utils import compute_hex_hash

    now = str(int(time.time()))
    signature = compute_hex_hash(f"{request.body.decode()}{now}{secret}")
    return signed(request, {"X-Cld-Timestamp": now, "X-Cld-Signature": signature})


def cloudinary_accepts(secret: str, request: Request) -> bool:
    import cloudinary
    from cloudinary.utils import verify_notification_signature

    cloudinary.config(api_secret=secret)
    stamp, shown = header(request, "X-Cld-Timestamp"), header(request, "X-Cld-Signature")
    return bool(verify_notification_signature(request.body.decode(), stamp, shown))


def box_signs(secret: str, request: Request) -> Request:
    from box_sdk_gen.internal.utils import compute_webhook_signature

    now = datetime.now(UTC).isoformat(timespec="seconds")
    request = signed(request, {"BOX-DELIVERY-TIMESTAMP": now})
    signature = compute_webhook_signature(
        request.body.decode(), dict(request.headers.items()), secret
    )
    return signed(request, {"BOX-SIGNATURE-PRIMARY": signature or ""})


def box_accepts(secret: str, request: Request) -> bool:
    from box_sdk_gen.managers.webhooks import WebhooksManager

    headers = dict(request.headers.items())
    return WebhooksManager.validate_message(request.body.decode(), headers, secret)


TIMES = {
    "box": SDK("boxsdk", box_accepts, box_signs, refuses=BOTH),
    "cloudinary": SDK("cloudinary", cloudinary_accepts, cloudinary_signs, refuses=STALE),
    "elevenlabs": SDK("elevenlabs", elevenlabs_accepts, bodies=OBJECTS, refuses=STALE),
    "paddle": SDK("paddle-python-sdk", paddle_accepts, paddle_signs, refuses=BOTH),
    "pusher": SDK("pusher", pusher_accepts, pusher_signs, bodies=OBJECTS, refuses=BOTH),
    "retell": SDK("retell-sdk", retell_accepts, retell_signs, refuses=BOTH),
    "slack": SDK("slack_sdk", slack_accepts, slack_signs, refuses=BOTH),
    "stripe": SDK("stripe", stripe_accepts, stripe_signs, refuses=STALE),
    "workos": SDK("workos", workos_accepts, refuses=BOTH),
}
