"""hookkit.inbox.rotation"""

from __future__ import annotations

import pytest

from hookkit import Inbox, Receiver, providers
from hookkit.inbox.book import SecretUse
from hookkit.inbox.rotation import report
from tests.contracts.requests import signed_push

DAY = 86400.0
NOW = 100 * DAY


def use(label, first, last):
    """Of times in days before now."""
    return SecretUse("shop", label, 5, NOW - first * DAY, NOW - last * DAY)


@pytest.mark.parametrize(
    ("uses", "horizon", "newest", "older"),
    [
        ([], 0, "not verified yet", "keep it: the newest has not"),
        ([use("old", 90, 0)], 0, "not verified yet", "keep it: the newest has not"),
        ([use("new", 5, 0)], 0, "in use", "safe to remove"),
        ([use("new", 5, 0), use("old", 90, 4)], 0, "in use", "safe to remove"),
        ([use("new", 5, 0), use("old", 90, 0.5)], 0, "in use", "safe in 12 hours"),
        ([use("new", 5, 0), use("old", 90, 1)], 0, "in use", "safe to remove"),
        ([use("new", 5, 0), use("old", 90, 0.999)], 0, "in use", "safe in 1 hours"),
        # Sent again for three days.
        ([use("new", 5, 0), use("old", 90, 2)], 3, "in use", "safe in 24 hours"),
        ([use("new", 5, 0), use("old", 90, 4)], 3, "in use", "safe to remove"),
        # Old for long, and the newest is in use since an hour.
        ([use("new", 1 / 24, 0), use("old", 90, 50)], 0, "in use", "safe in 23 hours"),
        # A secret that is no longer live says nothing of those that are.
        ([use("older", 90, 0)], 0, "not verified yet", "keep it: the newest has not"),
    ],
)
def test_advice(uses, horizon, newest, older):
    first, second = report({"shop": ("new", "old")}, uses, {"shop": horizon * DAY}, NOW)
    assert newest in first.advice
    assert older in second.advice
    assert not first.removable
    assert second.removable == ("safe to remove" in second.advice)


def test_uses_are_counted_by_a_receiver_and_survive_a_change_of_places(tmp_path):
    """A secret is known by its label, whatever its place in the list."""
    now = [NOW]

    def shop(*secrets):
        inbox = Inbox(f"sqlite:///{tmp_path}/hooks.db", clock=lambda: now[0])
        receiver = Receiver(
            providers.github, secret=list(secrets), inbox=inbox, clock=lambda: now[0]
        )
        return inbox, receiver

    inbox, receiver = shop("first secret")
    assert receiver.handle(signed_push("first secret", "d-1")).status == 200
    inbox.close()
    inbox, receiver = shop("second secret", "first secret")
    assert receiver.handle(signed_push("first secret", "d-2")).status == 200
    newest, older = inbox.secrets()
    assert (newest.times, older.times) == (0, 2)
    assert receiver.handle(signed_push("second secret", "d-3")).status == 200
    assert "keep it" in inbox.secrets()[1].advice
    now[0] += 4 * DAY
    assert inbox.secrets()[1].removable
    assert "secret" not in "".join(each.label for each in inbox.secrets())
    inbox.close()


def test_tenants_secrets_are_not_reported(tmp_path):
    inbox = Inbox("sqlite://")
    receiver = Receiver(providers.github, secret=lambda _: "a secret", inbox=inbox)
    assert receiver.handle(signed_push("a secret", "d-1")).status == 200
    assert inbox.secrets() == []
    inbox.close()
