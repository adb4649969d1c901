"""hookkit against the vendors' own libraries: what one signs the other verifies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import slack_sdk.signature
import standardwebhooks
import stripe

from hookkit import Provider, Request, Unauthorized, Verifier, providers

BODIES = {
    "object": b'{"id": "evt_1", "type": "invoice.paid"}',
    "not-ascii": '{"text": "h\u00e9 \u4e2d \U0001f600"}'.encode(),
    "blanks": b' {"a":\t1}\r\n',
    "form": b"token=x&command=%2Fdeploy&text=a+b",
    "nothing": b"",
}


@dataclass(frozen=True)
class SDK:
    """A vendor's library, and hookkit's provider for the same sender."""

    provider: Provider
    secret: str
    sign: Callable[[str, bytes], dict[str, str]]
    accepts: Callable[[str, Request], bool]


def stripe_signs(secret: str, body: bytes) -> dict[str, str]:
    now = int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{now}.{body.decode()}", secret)
    return {"Stripe-Signature": f"t={now},v1={signature}"}


def stripe_accepts(secret: str, request: Request) -> bool:
    header = request.headers.get("Stripe-Signature")
    try:
        stripe.WebhookSignature.verify_header(request.body.decode(), header, secret, tolerance=300)
    except stripe.SignatureVerificationError:
        return False
    return True


def slack_signs(secret: str, body: bytes) -> dict[str, str]:
    now = str(int(time.time()))
    signer = slack_sdk.signature.SignatureVerifier(secret)
    signature = signer.generate_signature(timestamp=now, body=body)
    assert signature is not None
    return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}


def slack_accepts(secret: str, request: Request) -> bool:
    verifier = slack_sdk.signature.SignatureVerifier(secret)
    return verifier.is_valid_request(request.body, dict(request.headers.items()))


def standard_signs(secret: str, body: bytes) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(secret).sign("msg_1", now, body.decode()),
    }


def standard_accepts(secret: str, request: Request) -> bool:
    webhook = standardwebhooks.Webhook(secret)
    try:
        webhook.verify(request.body, dict(request.headers.items()), json_parse=False)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


SDKS = [
    pytest.param(
        SDK(providers.stripe, "whsec_c2VjcmV0", stripe_signs, stripe_accepts), id="stripe"
    ),
    pytest.param(
        SDK(providers.slack, "8f742231b10e8888abcd99", slack_signs, slack_accepts), id="slack"
    ),
    pytest.param(
        SDK(
            providers.standardwebhooks,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            standard_signs,
            standard_accepts,
        ),
        id="standardwebhooks",
    ),
]
every_sdk = pytest.mark.parametrize("sdk", SDKS)
every_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())


@every_sdk
@every_body
def test_hookkit_verifies_what_the_sdk_signs(sdk: SDK, body: bytes) -> None:
    """The vendor's signature is right for us; for a changed body it is not."""
    request = Request("POST", sdk.sign(sdk.secret, body), body)
    verifier = Verifier(sdk.provider, secret=sdk.secret)
    assert verifier.verify(request).key == 0
    with pytest.raises(Unauthorized):
        verifier.verify(request.replace(body=body + b" "))


@every_sdk
@every_body
def test_sdk_verifies_what_hookkit_signs(sdk: SDK, body: bytes) -> None:
    """Our signature is right for the vendor; for a changed body it is not."""
    request = Verifier(sdk.provider, secret=sdk.secret).sign(Request("POST", {}, body))
    assert sdk.accepts(sdk.secret, request)
    assert not sdk.accepts(sdk.secret, request.replace(body=body + b" "))


@every_sdk
def test_both_refuse_another_secret(sdk: SDK) -> None:
    """Neither takes what the other signed with another secret."""
    other = sdk.secret[:-1] + ("A" if sdk.secret[-1] != "A" else "B")
    body = BODIES["object"]
    theirs = Request("POST", sdk.sign(other, body), body)
    ours = Verifier(sdk.provider, secret=other).sign(Request("POST", {}, body))
    assert not sdk.accepts(sdk.secret, ours)
    with pytest.raises(Unauthorized):
        Verifier(sdk.provider, secret=sdk.secret).verify(theirs)


@every_sdk
@pytest.mark.parametrize("seconds", [-400, 400], ids=["stale", "future"])
def test_hookkit_refuses_what_is_old_or_early(sdk: SDK, seconds: int) -> None:
    """The vendor's signature of now, seen by a clock that is 400 s off."""
    body = BODIES["object"]
    request = Request("POST", sdk.sign(sdk.secret, body), body)
    verifier = Verifier(sdk.provider, secret=sdk.secret, clock=lambda: time.time() - seconds)
    with pytest.raises(Unauthorized):
        verifier.verify(request)
