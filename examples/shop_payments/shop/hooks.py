"""Events of Stripe and PayPal come in. Each is recorded once, and an order that is due goes out once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from hookkit import ConfigError, Discard, Event, Inbox, Receiver, providers
from hookkit.contrib.django.connections import fresh_connections
from hookkit.marks import first_time

from .models import DIGITS, Fulfilment, Money, Order, Payment

for each in ("STRIPE_SECRET", "PAYPAL_WEBHOOK_ID", "PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET"):
    if not os.environ.get(each):
        raise ConfigError(f"set the environment variable {each}")
SETTINGS = ("webhook_id", "client_id", "client_secret", "environment", "api_host")
given = {name: os.environ.get(f"PAYPAL_{name.upper()}") for name in SETTINGS}
account = {name: value for name, value in given.items() if value}
inbox = Inbox(settings.INBOX, around=fresh_connections)
stripe = Receiver(providers.stripe, secret=os.environ["STRIPE_SECRET"], inbox=inbox)
paypal = Receiver(providers.paypal.using(**account), inbox=inbox)


class Said(NamedTuple):
    """What an event says of a payment, or of a refund or a dispute of it, whoever sent it."""

    payment: str
    kind: str
    reference: str
    state: str
    money: Money
    order: str | None = None


REFUSED = ("failed", "canceled")
# What is not named leaves a dispute open, so that somebody looks at it.
STRIPE_DISPUTES = {"won": "won", "warning_closed": "won", "prevented": "won", "lost": "lost"}
PAYPAL_DISPUTES = {
    "RESOLVED_SELLER_FAVOUR": "won",
    "CANCELED_BY_BUYER": "won",
    "RESOLVED_BUYER_FAVOUR": "lost",
}


def of_stripe(event: Event) -> Iterator[Said]:
    thing = event.payload["data"]["object"]
    about, currency = thing["id"], thing["currency"].upper()
    if event.type == "payment_intent.succeeded":
        paid = Money(thing["amount_received"], currency)
        yield Said(about, "payment", about, "done", paid, thing["metadata"].get("order"))
    elif payment := thing["payment_intent"]:
        kind, state = "dispute", STRIPE_DISPUTES.get(thing["status"], "open")
        if event.type.startswith("refund."):
            kind, state = "refund", "failed" if thing["status"] in REFUSED else "done"
        yield Said(payment, kind, about, state, Money(thing["amount"], currency))


def of_paypal(event: Event) -> Iterator[Said]:
    thing = event.payload["resource"]
    if event.type == "PAYMENT.CAPTURE.COMPLETED":
        about, order = thing["id"], thing.get("custom_id")
        yield Said(about, "payment", about, "done", money(**thing["amount"]), order)
    elif event.type.startswith("PAYMENT.CAPTURE."):
        above = next(each["href"] for each in thing["links"] if each["rel"] == "up")
        payment = above.rpartition("/")[2]
        yield Said(payment, "refund", thing["id"], "done", money(**thing["amount"]))
    else:
        outcome = thing.get("dispute_outcome", {}).get("outcome_code")
        about, state = thing["dispute_id"], PAYPAL_DISPUTES.get(outcome, "open")
        for each in thing["disputed_transactions"]:
            payment, disputed = each["seller_transaction_id"], money(**thing["dispute_amount"])
            yield Said(payment, "dispute", about, state, disputed)


def money(value: str, currency_code: str) -> Money:
    """Raises ValueError or ArithmeticError for what is no amount of it."""
    amount = Decimal(value).scaleb(DIGITS.get(currency_code, 2))
    if amount % 1 or amount < 0:
        raise ValueError("it is no amount")
    return Money(int(amount), currency_code)


READERS = {stripe.source: of_stripe, paypal.source: of_paypal}
CAPTURES = [f"PAYMENT.CAPTURE.{each}" for each in ("COMPLETED", "REFUNDED", "REVERSED")]


@stripe.on("payment_intent.succeeded", "refund", "charge.dispute")
@paypal.on(*CAPTURES, "CUSTOMER.DISPUTE")
def record(event: Event) -> None:
    # Sorted, so that whoever locks several payments or orders locks them in the same order.
    said = sorted(READERS[event.source](event))
    if not said:
        raise Discard("of no payment that is made here")
    with transaction.atomic():
        if first_time(event, connection):
            payments = [noted(event, each) for each in said]
            for number in sorted({each.order_id for each in payments if each.order_id}):
                fulfil(number)


def noted(event: Event, said: Said) -> Payment:
    """Keep what was said."""
    # The payment is locked: what else comes of it waits, and then sees this.
    payments = Payment.objects.select_for_update()
    payment, _ = payments.get_or_create(provider=event.source, reference=said.payment)
    if said.order:
        payment.order_id = said.order
        payment.save()
    payment.facts.create(
        event_id=event.id, at=event.time or event.received_at, kind=said.kind,
        reference=said.reference, state=said.state, **said.money._asdict(),
    )  # fmt: skip
    return payment


def fulfil(number: str) -> None:
    """Send the order out, if it is due by all that is known by now, and has not been sent."""
    order = Order.objects.select_for_update().filter(number=number).first()
    if order is not None and order.is_due:
        Fulfilment.objects.get_or_create(order=order)
