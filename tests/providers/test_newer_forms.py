"""What providers' pages say and their vectors do not have: newer forms of what they send."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256

from hookkit import Receiver, Request, Response, providers
from tests.providers.sampling import configured, delivery_of

NOW = 1_790_000_000


def test_smartcar_asks_by_event_type() -> None:
    """Version 4 of its webhooks: ``eventType`` is VERIFY, and the challenge is in ``data``."""
    hooks = Receiver(providers.smartcar, secret="s")
    body = json.dumps({"eventType": "VERIFY", "data": {"challenge": "4f3a"}}).encode()
    plain = Request("POST", {"Content-Type": "application/json"}, body)
    expected = hmac.new(b"s", b"4f3a", sha256).hexdigest()
    assert json.loads(hooks.handle(hooks.verifier.sign(plain)).body) == {"challenge": expected}
    assert hooks.handle(plain).status == 401


def test_front_signs_milliseconds() -> None:
    """By its page; public receivers have seconds."""
    hooks = Receiver(providers.front, secret="s", clock=lambda: NOW)
    for stamp, status in ((f"{NOW}000", 200), (str(NOW), 200), (f"{NOW - 301}000", 401)):
        body = b'{"type":"inbound_received"}'
        signature = providers.front.scheme.make(
            providers.front.scheme.prepare(b"s"), [f"{stamp}:".encode(), body]
        )
        headers = {
            "Content-Type": "application/json",
            "X-Front-Request-Timestamp": stamp,
            "X-Front-Signature": signature.decode(),
        }
        assert hooks.handle(Request("POST", headers, body)).status == status


def test_explaining_a_refusal_asks_paypal_no_more_than_verifying() -> None:
    """It is asked about the delivery, and not about each variant of it."""
    asked: list[str] = []

    def fetch(request: Request) -> Response:
        asked.append(request.url)
        answer = {"access_token": "t", "expires_in": 60, "verification_status": "FAILURE"}
        return Response(200, json.dumps(answer))

    paypal = providers.paypal.using(webhook_id="WH1", client_id="app", client_secret="let-me-in")
    request = delivery_of("paypal")
    when = configured("paypal").scheme.timestamp.find(request, None)
    from hookkit.schemes.timestamps import read_time

    hooks = Receiver(paypal, fetch=fetch, clock=lambda: read_time(when, "rfc3339"))
    explained = hooks.explain(request)
    assert not explained.accepted
    assert 1 <= len([url for url in asked if "verify" in url]) <= 2
