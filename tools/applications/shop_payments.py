"""Payments, a refund and a dispute, as Stripe tells of them. PayPal's would need its API to verify them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from hookkit import providers
from hookkit.testing import Sender
from tools.applications import Delivery, Page, Seen, Settings, await_text, home

# What the shop begins with: 1001 is 19.99 EUR, 1002 is 45.00 EUR, 1003 is 12.50 USD, 1004 is 3200 JPY.
EVENTS = (
    ("payment_intent.succeeded", {
        "id": "pi_1", "amount_received": 1999, "currency": "eur", "metadata": {"order": "1001"},
    }),
    # The refund is heard of before the payment.
    ("refund.created", {
        "id": "re_2", "amount": 1500, "currency": "eur", "payment_intent": "pi_2", "status": "succeeded",
    }),
    ("payment_intent.succeeded", {
        "id": "pi_2", "amount_received": 4500, "currency": "eur", "metadata": {"order": "1002"},
    }),
    # One cent for six spoons.
    ("payment_intent.succeeded", {
        "id": "pi_3", "amount_received": 1, "currency": "usd", "metadata": {"order": "1003"},
    }),
    ("payment_intent.succeeded", {
        "id": "pi_4", "amount_received": 3200, "currency": "jpy", "metadata": {"order": "1004"},
    }),
    ("charge.dispute.created", {
        "id": "du_4", "amount": 3200, "currency": "jpy", "payment_intent": "pi_4",
        "status": "needs_response",
    }),
)  # fmt: skip


def surroundings(folder: Path) -> AbstractContextManager[Settings]:
    """It talks to nobody: its database is a file."""
    return nullcontext({})


def deliveries(settings: Settings) -> Iterator[Delivery]:
    stripe = Sender(providers.stripe, settings["STRIPE_SECRET"])
    for type_, thing in EVENTS:
        yield Delivery("/webhooks/stripe", stripe.request(type_, {"data": {"object": thing}}))
    # The newest order is at the top.
    states = ("disputed", "flagged", "partly refunded", "paid")
    await_text(Seen(f"{home(settings)}/", tuple(f'data-state="{state}"' for state in states)))


def seen(settings: Settings) -> Seen:
    """The first order is the last on the page."""
    return Seen(f"{home(settings)}/", ('data-order="1001"', 'data-state="paid"'))


def pages(settings: Settings) -> tuple[Page, ...]:
    ready = "document.querySelectorAll('[data-order]').length === 4"
    return (Page("shop_payments", f"{home(settings)}/", ready),)
