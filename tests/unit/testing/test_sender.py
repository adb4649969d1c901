"""hookkit.testing: Sender, compose and new_secret, for the whole catalogue."""

from __future__ import annotations

import pytest

from hookkit import HookkitError, Receiver, providers
from hookkit.errors import ConfigError
from hookkit.testing import Clock, Sender, new_secret
from hookkit.testing.samples import SAMPLES
from tests.providers.sampling import configured, secrets_for

NOW = 1_900_000_000.0

ON_THEIR_OWN = frozenset(
    [
        "agora", "alipay", "apple_app_store", "asana", "braintree", "cloudevents", "discord",
        "dropbox_sign", "fal", "kinde", "mandrill", "messagebird", "onfleet", "paypal", "quicknode",
        "rapyd", "rfc9421", "sns", "sparkpost", "telegram", "travis_ci", "vonage", "wechat",
        "wechat_pay", "wix", "x_twitter",
    ]
)  # fmt: skip
"""Whose requests say what they are in a way of their own: these want a payload, or headers, that do."""

NAMES = [name for name in providers.names() if name not in ON_THEIR_OWN]


def received(receiver, request):
    """The events that handlers got; the request was accepted."""
    seen = []
    receiver.on("*")(seen.append)
    assert receiver.handle(request).status < 300
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_up_arrives(name):
    """Signed, and with its name and its id where the provider has them."""
    provider = configured(name)
    secret = secrets_for(provider)[0]
    clock = Clock(NOW)
    kind = (sorted(provider.events) or ["thing.happened"])[0]
    sender = Sender(provider, secret, clock=clock)
    request = sender.request(kind if provider.event_type else None, {"note": "é"})
    (event,) = received(Receiver(provider, secret=secret, clock=clock), request)
    if provider.event_type is not None:
        assert event.type == kind
    assert event.id is not None or provider.event_id is None
    assert event.delivery_id is not None or provider.delivery_id is None


@pytest.mark.parametrize("name", sorted(ON_THEIR_OWN))
def test_what_cannot_be_made_up_says_so(name):
    """It is never sent half right: an error, or a request that its receiver refuses."""
    provider = configured(name)
    secret = secrets_for(provider)[0]
    receiver = Receiver(provider, secret=secret, clock=lambda: NOW, fetch=lambda _: None)
    try:
        request = Sender(provider, secret, clock=lambda: NOW).request("thing.happened", {})
    except HookkitError:
        return
    assert receiver.handle(request).status >= 400


def test_what_the_payload_says_stays():
    sender = Sender(providers.stripe, "a secret", clock=Clock(NOW))
    payload = {"id": "evt_mine", "type": "invoice.paid", "created": 5, "data": {"object": {"n": 1}}}
    (event,) = received(
        Receiver(providers.stripe, secret="a secret", clock=Clock(NOW)),
        sender.request(payload=payload),
    )
    assert event.payload == payload
    assert (event.type, event.id) == ("invoice.paid", "evt_mine")


def test_what_is_said_wins():
    sender = Sender(providers.github, "a secret")
    request = sender.request(
        "pull_request.opened",
        {"action": "closed", "number": 7},
        delivery_id="d-1",
        headers={"X-GitHub-Hook-ID": "4"},
    )
    (event,) = received(Receiver(providers.github, secret="a secret"), request)
    assert (event.type, event.delivery_id) == ("pull_request.opened", "d-1")
    assert event.payload == {"action": "opened", "number": 7}
    assert request.headers.get("x-github-hook-id") == "4"


def test_each_event_is_a_new_one():
    sender = Sender(providers.stripe)
    ids = [sender.request("invoice.paid").body for _ in range(100)]
    assert len(set(ids)) == 100


def test_the_payload_that_is_given_is_not_changed():
    payload = {"data": {}}
    Sender(providers.stripe).request("invoice.paid", payload)
    assert payload == {"data": {}}


@pytest.mark.parametrize(
    "name", ["github", "stripe", "svix", "shopify", "square", "discord", "wise"]
)
def test_a_secret_can_be_made_up(name):
    provider = configured(name)
    secret = new_secret(provider)
    assert secret != new_secret(provider)
    assert Receiver(provider, secret=secret)
    assert Sender(provider, secret).request(next(iter(SAMPLES.get(name, [None]))))


# What a provider would not send.


def test_stale():
    sender = Sender(providers.stripe, "a secret", clock=Clock(NOW))
    receiver = Receiver(providers.stripe, secret="a secret", clock=Clock(NOW))
    request = sender.unsigned("invoice.paid")
    assert receiver.handle(sender.stale(request)).status == 401
    assert receiver.handle(sender.sign(request, age=290)).status == 200
    assert receiver.explain(sender.stale(request)).cause == "clock"


def test_tampered_and_unsigned():
    sender = Sender(providers.github, "a secret")
    receiver = Receiver(providers.github, secret="a secret")
    request = sender.request("push")
    assert receiver.handle(sender.tampered(request)).status == 401
    assert receiver.handle(sender.unsigned("push")).status == 401
    assert receiver.handle(request).status == 200


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match="signs no time"):
        Sender(providers.github).stale(Sender(providers.github).request("push"))
    with pytest.raises(ConfigError, match="does not sign the body"):
        Sender(providers.gitlab_token).tampered(Sender(providers.gitlab_token).request("Push Hook"))
    with pytest.raises(ConfigError, match="payload="):
        Sender(configured("telegram")).request("message")
