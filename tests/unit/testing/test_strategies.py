"""hookkit.testing.strategies, as users fuzz their receivers with them."""

from __future__ import annotations

from hypothesis import given

from hookkit import Receiver, providers
from hookkit.testing.strategies import deliveries, hostile_requests

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
