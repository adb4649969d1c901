"""hookkit.testing.samples: each is what its provider sends, as its receiver sees it."""

from __future__ import annotations

import json

import pytest

from hookkit import Receiver, providers
from hookkit.testing import Sender
from hookkit.testing.samples import SAMPLES, sample
from tests.providers.sampling import configured, secrets_for

MOST_USED = {
    "adyen", "bitbucket_cloud", "calendly", "clerk", "discord", "github", "gitlab", "hubspot", "intercom",
    "jira_webhook", "linear", "mailgun", "meta", "notion", "paddle", "postmark", "sendgrid", "shopify",
    "slack", "square", "stripe", "telegram", "twilio", "zendesk", "zoom",
}  # fmt: skip
"""PayPal is as often used, and nobody but PayPal can sign for it."""

EACH = [(name, event) for name, events in SAMPLES.items() for event in events]


@pytest.mark.parametrize(("name", "event"), EACH)
def test_a_sample_is_what_it_says(name, event):
    provider = configured(name)
    secret = secrets_for(provider)[0]
    receiver, got = Receiver(provider, secret=secret), []
    receiver.on("*")(got.append)
    sender = Sender(provider, secret)
    for _ in range(2):
        assert receiver.handle(sender.request(event, sample(name, event))).status < 300
    first, second = got
    assert first.type == second.type == event
    # Each is a new event, or an inbox would run one of many.
    assert first.id != second.id or provider.event_id is None
    assert first.delivery_id != second.delivery_id or provider.delivery_id is None
    assert first.request.body != b"{}"


def test_the_most_used_have_some():
    assert set(SAMPLES) >= MOST_USED
    assert set(SAMPLES) <= set(providers.names())
    one = {name for name, events in SAMPLES.items() if len(events) < 2}
    assert not one & MOST_USED - {"twilio"}  # which names no events


def test_samples_are_json_and_ones_own():
    for name, event in EACH:
        assert json.loads(json.dumps(sample(name, event))) == sample(name, event)
    sample("github", "push")["repository"]["name"] = "changed"
    assert sample("github", "push")["repository"]["name"] == "shop"


def test_what_there_is_none_of_is_empty():
    assert sample("github", "gollum") == sample("nobody", None) == {}
