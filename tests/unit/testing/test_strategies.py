"""hookkit.testing.strategies, as users fuzz their receivers with them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from hookkit import Receiver, providers
from hookkit.testing.samples import SAMPLES
from hookkit.testing.strategies import deliveries, hostile_requests
from tests.providers.sampling import configured, secrets_for

SECRET = "a secret"
github = Receiver(providers.github, secret=SECRET)
stripe = Receiver(providers.stripe, secret=SECRET)


@given(deliveries(providers.github, secret=SECRET))
def test_deliveries_are_accepted(request):
    assert github.handle(request).status == 200


@given(deliveries(providers.stripe, secret=SECRET, types=("invoice.paid",)))
def test_deliveries_of_named_events(request):
    (event,) = stripe.parser.parse(request)
    assert event.type == "invoice.paid"


@given(hostile_requests(providers.github, secret=SECRET))
def test_nothing_breaks_it(request):
    assert github.handle(request).status < 500


@given(hostile_requests(providers.stripe, secret=SECRET))
def test_nor_this(request):
    assert stripe.handle(request).status < 500


@pytest.mark.parametrize("name", SAMPLES)
def test_deliveries_of_those_that_there_are_samples_of(name):
    provider = configured(name)
    secret = secrets_for(provider)[0]
    receiver, got = Receiver(provider, secret=secret), []
    receiver.on("*")(got.append)

    @settings(max_examples=10)
    @given(deliveries(provider, secret=secret))
    def accepted(request):
        assert receiver.handle(request).status < 300

    accepted()
    assert {event.type for event in got} <= set(SAMPLES[name])
    assert got


@pytest.mark.parametrize("name", providers.names())
def test_no_receiver_is_broken(name):
    """Also of those whose requests cannot be made up, or not be signed."""
    provider = configured(name)
    secret = secrets_for(provider)[0]
    receiver = Receiver(provider, secret=secret, fetch=lambda _: None)
    receiver.on("*")(lambda event: None)

    @settings(max_examples=5)
    @given(hostile_requests(provider, secret=secret))
    def withstood(request):
        assert receiver.handle(request).status < 500

    withstood()
