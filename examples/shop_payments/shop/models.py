"""Orders, and what was said of payments. The state of an order is not stored: it is read from all of that."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import models

AWAITING, PAID, PARTLY, REFUNDED = "awaiting payment", "paid", "partly refunded", "refunded"
DISPUTED, LOST, FLAGGED = "disputed", "dispute lost", "flagged"

FINAL = ("failed", "won", "lost")
"""Of a refund or a dispute. What contradicts it was said before, however late it comes."""

DIGITS = {"JPY": 0}
"""After the point; others have two. Write here what your currencies have."""


class Money(NamedTuple):
    amount: int  # in the currency's smallest unit, as Stripe counts
    currency: str

    def __str__(self) -> str:
        return f"{Decimal(self.amount).scaleb(-DIGITS.get(self.currency, 2))} {self.currency}"


class Order(models.Model):
    number = models.CharField(max_length=255, primary_key=True)
    item = models.CharField(max_length=200)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)

    @property
    def due(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def state(self) -> tuple[str, str]:
        """And the reason, where somebody has to look at it."""
        known = [each.state for each in self.payments.all()]
        held = [(state, paid) for state, paid in known if state not in (REFUNDED, LOST)]
        wrong = [paid for _, paid in held if paid != self.due]
        if wrong:
            return FLAGGED, f"{wrong[0]} was paid"
        if len(held) > 1:
            return FLAGGED, f"it was paid {len(held)} times"
        states = {state for state, paid in held or known if paid == self.due}
        if FLAGGED in states:
            return FLAGGED, "a refund is in another currency"
        # Where several payments came to nothing, a lost dispute is what one wants to know of.
        return LOST if LOST in states else next(iter(states), AWAITING), ""

    @property
    def is_due(self) -> bool:
        return self.state[0] in (PAID, PARTLY)


class Payment(models.Model):
    """One at a provider, which may be heard of by a refund before the payment itself is."""

    provider = models.CharField(max_length=40)
    reference = models.CharField(max_length=255)
    # Without a constraint, as somebody may pay for an order that there is not.
    order = models.ForeignKey(
        Order, models.DO_NOTHING, null=True, related_name="payments", db_constraint=False
    )

    class Meta:
        unique_together = (("provider", "reference"),)

    @property
    def state(self) -> tuple[str, Money | None]:
        """And what was paid."""
        # Of each thing counts what was said last.
        facts = sorted(self.facts.all(), key=lambda fact: fact.rank)
        last = {(fact.kind, fact.reference): fact for fact in facts}.values()
        paid = next((fact.money for fact in last if fact.kind == "payment"), None)
        back = [fact.money for fact in last if (fact.kind, fact.state) == ("refund", "done")]
        disputes = {fact.state for fact in last if fact.kind == "dispute"}
        if paid is None:
            return AWAITING, None
        if any(each.currency != paid.currency for each in back):
            return FLAGGED, paid
        if "open" in disputes:
            return DISPUTED, paid
        if "lost" in disputes:
            return LOST, paid
        if not back:
            return PAID, paid
        return REFUNDED if sum(each.amount for each in back) >= paid.amount else PARTLY, paid


class Fact(models.Model):
    """What an event said of a payment, or of a refund or a dispute of it. It is never changed."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="facts")
    event_id = models.CharField(max_length=255)
    at = models.FloatField()  # unix seconds, by the provider's clock
    kind = models.CharField(max_length=10)  # payment, refund, dispute
    reference = models.CharField(max_length=255)  # the provider's id of that
    state = models.CharField(max_length=10)  # done, failed; of a dispute: open, won, lost
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=10)

    class Meta:
        ordering = ("pk",)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def rank(self) -> tuple[bool, float, str]:
        """The greater, the later it was said; the state decides where two times are the same."""
        return self.state in FINAL, self.at, self.state


class Fulfilment(models.Model):
    """The order goes out: one row at the most, whoever tries. The database sees to it."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
