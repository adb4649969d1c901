"""Which deliveries of these providers are repeats, and which are other events under the same id."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from hookkit import Provider, Request, Unauthorized, providers
from hookkit.inbox.dedupe import Dedupe
from hookkit.parser import Parser
from hookkit.places import headers_of
from tests.providers.test_every_provider import NAMES, configured, signed, verifier

URL = "https://hooks.example.com/x"


def form(**fields: str) -> Request:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", headers, urlencode(fields).encode(), url=URL)


def body(payload: Any, **headers: str) -> Request:
    given = {"Content-Type": "application/json"}
    given.update((name.replace("_", "-"), value) for name, value in headers.items())
    return Request("POST", given, json.dumps(payload).encode(), url=URL)


def mandrill(event: str, url: str = "") -> Request:
    return form(mandrill_events=json.dumps([{"event": event, "_id": "m", "ts": 1, "url": url}]))


def hubspot(subscription: int, occurred: int) -> Request:
    name = "contact.creation" if subscription == 1 else "contact.propertyChange"
    said = {"eventId": 100, "subscriptionId": subscription, "subscriptionType": name}
    return body([{**said, "occurredAt": occurred}])


def whatsapp(*ids: str) -> Request:
    messages = [{"id": each} for each in ids]
    changes = [{"field": "messages", "value": {"messages": messages}}]
    return body({"object": "whatsapp_business_account", "entry": [{"changes": changes}]})


def keys(provider: Provider, request: Request) -> list[tuple[str, ...]]:
    return list(Dedupe(provider).keys_of_events(Parser(provider).parse(request)))


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        (
            "nowpayments",
            body({"payment_id": 5, "payment_status": "waiting"}),
            body({"payment_id": 5, "payment_status": "finished"}),
        ),
        (
            "nowpayments",
            body({"payment_id": 5, "payment_status": "partially_paid", "actually_paid": 1}),
            body({"payment_id": 5, "payment_status": "partially_paid", "actually_paid": 2}),
        ),
        ("mandrill", mandrill("send"), mandrill("open")),
        ("mandrill", mandrill("click", "https://a"), mandrill("click", "https://b")),
        (
            "clickup",
            body({"event": "taskUpdated", "history_items": [{"id": "9"}]}),
            body({"event": "taskStatusUpdated", "history_items": [{"id": "9"}]}),
        ),
        (
            "viber",
            body({"event": "delivered", "message_token": 49}),
            body({"event": "seen", "message_token": 49}),
        ),
        ("hubspot", hubspot(1, 5), hubspot(2, 5)),
        ("hubspot_v1", hubspot(1, 5), hubspot(1, 6)),
        ("hubspot_v2", hubspot(1, 5), hubspot(1, 6)),
        (
            "bigcommerce",
            body({"scope": "store/order/updated", "hash": "3f", "created_at": 1}, webhook_id="a"),
            body({"scope": "store/order/updated", "hash": "3f", "created_at": 9}, webhook_id="b"),
        ),
        (
            "netlify",
            body({"id": "d", "state": "building"}, X_Netlify_Event="deploy_building"),
            body({"id": "d", "state": "ready"}, X_Netlify_Event="deploy_created"),
        ),
        (
            "travis_ci",
            form(payload='{"id": 1, "state": "failed"}'),
            form(payload='{"id": 1, "state": "passed"}'),
        ),
        ("meta", whatsapp("a"), whatsapp("a", "b")),
        (
            "twilio",
            form(CallSid="CA1", CallStatus="in-progress"),
            form(CallSid="CA1", CallStatus="in-progress", Digits="7"),
        ),
        (
            "plivo",
            form(CallUUID="1", Event="Redirect"),
            form(CallUUID="1", Event="Redirect", Digits="7"),
        ),
        (
            "plivo",
            Request("GET", {}, b"", url=f"{URL}?CallUUID=1&Event=Redirect"),
            Request("GET", {}, b"", url=f"{URL}?CallUUID=1&Event=Redirect&Digits=7"),
        ),
        (
            "gitlab",
            body({"object_kind": "push"}, X_Gitlab_Event_UUID="u", webhook_id="msg_1"),
            body({"object_kind": "push"}, X_Gitlab_Event_UUID="u", webhook_id="msg_2"),
        ),
    ],
)
def test_another_event_under_the_same_id_is_no_repeat(
    name: str, one: Request, other: Request
) -> None:
    """Its id is an object's, so that an inbox that went by it alone would lose what comes later."""
    provider = getattr(providers, name)
    first, second, again = (keys(provider, each) for each in (one, other, one))
    assert first == again
    assert all(first)
    assert not set(first[0]) & set(second[0])


@pytest.mark.parametrize(
    "name",
    [
        "adyen", "adyen_platform", "braintree", "flutterwave", "lemonsqueezy", "modern_treasury",
        "paystack", "payu", "zoom",
    ],
)  # fmt: skip
def test_what_has_no_id_is_told_by_its_body(name: str) -> None:
    """It would be handled again each time that it is sent again."""
    provider, request = configured(name).replace(event_type=None), signed(name)
    first, again = keys(provider, request), keys(provider, request)
    assert all(first)
    assert first == again


@pytest.mark.parametrize(
    ("name", "one", "again", "other"),
    [
        (
            "linear",
            body({"type": "Issue", "action": "create", "webhookTimestamp": 1}, Linear_Delivery="d"),
            body({"type": "Issue", "action": "create", "webhookTimestamp": 2}, Linear_Delivery="d"),
            body({"type": "Issue", "action": "update", "webhookTimestamp": 2}, Linear_Delivery="d"),
        ),
        *(
            (
                name,
                body([{"subscriptionType": "a.b", "eventId": 1, "attemptNumber": 0}]),
                body([{"subscriptionType": "a.b", "eventId": 1, "attemptNumber": 1}]),
                body([{"subscriptionType": "a.c", "eventId": 1, "attemptNumber": 1}]),
            )
            for name in ("hubspot", "hubspot_v1", "hubspot_v2")
        ),
        (
            "google_pubsub",
            body({"message": {"messageId": "1", "data": "YQ=="}, "deliveryAttempt": 1}),
            body({"message": {"messageId": "1", "data": "YQ=="}, "deliveryAttempt": 2}),
            body({"message": {"messageId": "1", "data": "Yg=="}, "deliveryAttempt": 2}),
        ),
        (
            "chargebee",
            body({"id": "e", "webhooks": [{"id": "w", "webhook_status": "scheduled"}]}),
            body({"id": "e", "webhooks": [{"id": "w", "webhook_status": "re_scheduled"}]}),
            body({"id": "e", "webhooks": [{"id": "v", "webhook_status": "re_scheduled"}]}),
        ),
    ],
)
def test_another_try_whose_body_says_so_is_a_repeat(
    name: str, one: Request, again: Request, other: Request
) -> None:
    provider = getattr(providers, name).replace(event_type=None)
    first, second, third = (keys(provider, each) for each in (one, again, other))
    assert all(first)
    assert first == second
    assert not set(first[0]) & set(third[0])


def test_another_try_of_wises_has_another_id() -> None:
    """It is the same event all the same, as the body tells."""
    said = {"event_type": "transfers#state-change", "sent_at": "2026-01-01T00:00:00Z"}
    first, again = (keys(providers.wise, body(said, X_Delivery_Id=each)) for each in "ab")
    assert set(first[0]) & set(again[0])


def test_coinbase_numbers_its_deliveries_or_names_them() -> None:
    """By the older pages /id is a number, by the newer a text; a payment is refused for neither."""
    for sent in (1, "2aee9dd1-67b8-43ef-8dfe-977959850f27"):
        request = body({"id": sent, "event": {"id": "e", "type": "charge:confirmed"}})
        assert keys(providers.coinbase_commerce, request) == [("id:e",)]


OUTSIDE = [
    name
    for name in NAMES
    if configured(name).signed_ids and next(headers_of(configured(name).event_id), None)
]


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_id_that_tells_a_repeat_is_signed(name: str) -> None:
    """Or whoever has captured a delivery could send it again under another."""
    provider, request = configured(name).replace(event_type=None), signed(name)
    (first,) = keys(provider, request)
    for header in headers_of(provider.event_id):
        try:
            changed = request.with_header(header, "another")
            verifier(name).verify(changed)
        except Unauthorized:
            continue
        assert set(keys(provider, changed)[0]) & set(first)
