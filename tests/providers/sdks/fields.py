"""Libraries of senders that sign fields of the request, not its bytes."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from hookkit import Request
from tests.providers.sampling import sample
from tests.providers.sdks.sdk import NEVER, OWN, SDK, header, signed

FORMS = {
    "form": b"MessageSid=SM1&Body=a+b%26c&From=%2B15005550006",
    "not-ascii": b"Body=h%C3%A9+%E4%B8%AD&Z=%F0%9F%98%80",
    "repeated": b"b=2&a=2&a=1&a=1&c=",
}


def text_of(request: Request) -> str:
    return request.body.decode()


def twilio_fields(request: Request) -> Any:
    from werkzeug.datastructures import MultiDict

    return MultiDict(parse_qsl(text_of(request), keep_blank_values=True))


def twilio_signs(secret: str, request: Request) -> Request:
    from twilio.request_validator import RequestValidator

    fields = twilio_fields(request)
    signature = RequestValidator(secret).compute_signature(request.url, fields)
    return signed(request, {"X-Twilio-Signature": signature})


def twilio_accepts(secret: str, request: Request) -> bool:
    from twilio.request_validator import RequestValidator

    shown = header(request, "X-Twilio-Signature")
    return RequestValidator(secret).validate(request.url, twilio_fields(request), shown)


def plivo_signs(secret: str, request: Request) -> Request:
    from plivo.utils.signature_v3 import construct_post_url, get_signature_v3

    url = construct_post_url(request.url, parse_qs(text_of(request), keep_blank_values=True))
    signature = get_signature_v3(secret, url.decode(), "nonce1").decode()
    return signed(
        request, {"X-Plivo-Signature-V3-Nonce": "nonce1", "X-Plivo-Signature-V3": signature}
    )


def plivo_accepts(secret: str, request: Request) -> bool:
    from plivo.utils.signature_v3 import validate_v3_signature

    return bool(
        validate_v3_signature(
            request.method,
            request.url,
            header(request, "X-Plivo-Signature-V3-Nonce"),
            secret,
            header(request, "X-Plivo-Signature-V3"),
            parse_qs(text_of(request), keep_blank_values=True),
        )
    )


def braintree_gateway(secret: str) -> Any:
    import braintree

    return braintree.BraintreeGateway(
        braintree.Configuration(
            environment=braintree.Environment.Sandbox,
            merchant_id="merchant",
            public_key=sample("braintree")["public_key_id"],
            private_key=secret,
        )
    )


def braintree_signs(secret: str, request: Request) -> Request:
    kind = "subscription_went_past_due"
    fields = braintree_gateway(secret).webhook_testing.sample_notification(kind, "1")
    return request.replace(body=urlencode(fields).encode())


def braintree_accepts(secret: str, request: Request) -> bool:
    from braintree.exceptions.invalid_signature_error import InvalidSignatureError

    fields = dict(parse_qsl(text_of(request)))
    notifications = braintree_gateway(secret).webhook_notification
    try:
        notifications.parse(fields["bt_signature"], fields["bt_payload"])
    except InvalidSignatureError:
        return False
    return True


def other_notification(request: Request) -> Request:
    fields = dict(parse_qsl(text_of(request)))
    fields["bt_payload"] = "A" + fields["bt_payload"][1:]
    return request.replace(body=urlencode(fields).encode())


def adyen_items(request: Request) -> tuple[Any, list[Any]]:
    payload = json.loads(request.body)
    return payload, [each["NotificationRequestItem"] for each in payload["notificationItems"]]


def adyen_signs(secret: str, request: Request) -> Request:
    from Adyen.util import generate_notification_sig

    payload, items = adyen_items(request)
    for item in items:
        signature = generate_notification_sig(item, secret).decode()
        item["additionalData"] = {"hmacSignature": signature}
    return request.replace(body=json.dumps(payload).encode())


def adyen_accepts(secret: str, request: Request) -> bool:
    from Adyen.util import is_valid_hmac_notification

    return bool(is_valid_hmac_notification(json.loads(request.body), secret))


def other_amount(request: Request) -> Request:
    payload, items = adyen_items(request)
    items[0]["amount"]["value"] += 1
    return request.replace(body=json.dumps(payload).encode())


def mercadopago_accepts(secret: str, request: Request) -> bool:
    from mercadopago.webhook import InvalidWebhookSignatureError, WebhookSignatureValidator

    try:
        WebhookSignatureValidator.validate(
            header(request, "x-signature"),
            header(request, "x-request-id"),
            dict(parse_qsl(request.query)).get("data.id"),
            secret,
        )
    except InvalidWebhookSignatureError:
        return False
    return True


def other_request_id(request: Request) -> Request:
    return request.with_header("x-request-id", "another")


def wechat_signs(secret: str, request: Request) -> Request:
    from wechatpy.utils import WeChatSigner

    now, signer = str(int(time.time())), WeChatSigner()
    signer.add_data(secret, now, "nonce1")
    query = urlencode({"signature": signer.signature, "timestamp": now, "nonce": "nonce1"})
    return request.replace(url=f"{request.url.partition('?')[0]}?{query}")


def wechat_accepts(secret: str, request: Request) -> bool:
    from wechatpy.exceptions import InvalidSignatureException
    from wechatpy.utils import check_signature

    query = dict(parse_qsl(request.query))
    try:
        check_signature(secret, query["signature"], query["timestamp"], query["nonce"])
    except InvalidSignatureException:
        return False
    return True


def other_nonce(request: Request) -> Request:
    return request.replace(url=request.url.replace("nonce=", "nonce=1"))


FIELDS = {
    "adyen": SDK("Adyen", adyen_accepts, adyen_signs, OWN, tampered=other_amount),
    "braintree": SDK(
        "braintree", braintree_accepts, braintree_signs, OWN, tampered=other_notification
    ),
    "mercadopago": SDK(
        "mercadopago", mercadopago_accepts, refuses=NEVER, tampered=other_request_id
    ),
    "plivo": SDK("plivo", plivo_accepts, plivo_signs, FORMS),
    "twilio": SDK("twilio", twilio_accepts, twilio_signs, FORMS),
    "wechat": SDK(
        "wechatpy", wechat_accepts, wechat_signs, OWN, refuses=NEVER, tampered=other_nonce
    ),
}
