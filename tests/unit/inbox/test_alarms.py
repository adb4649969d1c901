"""hookkit.inbox.alarms"""

from __future__ import annotations

import threading
from math import nan

import pytest

from hookkit import Inbox, Receiver, providers
from hookkit.errors import ConfigError
from hookkit.inbox.alarms import Alarms
from tests.contracts.requests import signed_push

SECRET = "a secret"
HOUR = 3600.0


class Shop:
    """A receiver with an inbox whose clock is set by hand, and what was told of alarms."""

    def __init__(self, path, **settings):
        self.now = 1_900_000_000.0
        self.told = []
        self.fails = False
        self.works = True
        options = {"expect_every": settings.pop("expect_every", None)}
        self.inbox = Inbox(
            f"sqlite:///{path}/hooks.db",
            alarms=Alarms(tell=self.tell, **settings),
            backoff=None,
            clock=lambda: self.now,
        )
        self.github = Receiver(
            providers.github, secret=SECRET, inbox=self.inbox, clock=lambda: self.now, **options
        )
        self.github.on("*", name="book")(self.book)

    def book(self, event):
        if not self.works:
            raise ValueError("it does not work")

    def tell(self, alarm):
        if self.fails:
            raise OSError("no mail")
        self.told.append((alarm.kind, alarm.raised))

    def send(self, told, secret=SECRET):
        return self.github.handle(signed_push(secret, told)).status

    def later(self, seconds):
        """The kinds that are on after so many seconds."""
        self.now += seconds
        return [alarm.kind for alarm in self.inbox.check_alarms()]


@pytest.fixture
def shop(tmp_path):
    made = []

    def make(**settings):
        made.append(Shop(tmp_path, **settings))
        return made[-1]

    yield make
    for each in made:
        each.inbox.close()


def test_silence_starts_once_and_ends_with_the_next_delivery(shop):
    shop = shop(expect_every=HOUR)
    shop.send("d-1")
    assert shop.later(HOUR - 1) == []
    assert shop.later(2) == ["silence"]
    assert shop.later(HOUR) == ["silence"]
    shop.send("d-2")
    assert shop.later(30) == []
    assert shop.later(30) == []
    assert shop.told == [("silence", True), ("silence", False)]


def test_what_never_came_is_waited_for_since_somebody_looks(shop):
    shop = shop(expect_every=HOUR)
    assert shop.later(0) == []
    assert shop.later(HOUR - 1) == []
    assert shop.later(2) == ["silence"]
    assert shop.later(30) == ["silence"]
    (alarm,) = shop.inbox.check_alarms()
    assert alarm.text.startswith("nothing has come yet; expected every 60 minutes")


def test_a_repeat_is_no_silence(shop):
    shop = shop(expect_every=HOUR)
    shop.send("d-1")
    shop.later(HOUR - 10)
    shop.send("d-1")
    assert shop.later(HOUR - 10) == []


def test_refusals_alone_are_an_alarm_and_no_quiet(shop):
    shop = shop(expect_every=24 * HOUR)
    shop.send("d-1")
    assert shop.later(HOUR) == []
    assert {shop.send(f"d-{n}", "another secret") for n in range(10)} == {401}
    assert shop.later(1) == ["refusals"]
    (alarm,) = shop.inbox.check_alarms()
    assert "10 were refused within 15 minutes" in alarm.text
    assert SECRET not in alarm.text
    shop.send("d-2")
    assert shop.later(1) == []
    assert shop.told == [("refusals", True), ("refusals", False)]


def test_refusals_among_what_is_accepted_are_none(shop):
    shop = shop()
    shop.send("d-1")
    for n in range(20):
        shop.send(f"x-{n}", "another secret")
    assert shop.later(60) == []


def test_few_refusals_are_none(shop):
    shop = shop()
    for n in range(9):
        shop.send(f"x-{n}", "another secret")
    assert shop.later(60) == []


def test_refusals_that_end_end_the_alarm(shop):
    shop = shop()
    for n in range(10):
        shop.send(f"x-{n}", "another secret")
    assert shop.later(1) == ["refusals"]
    assert shop.later(HOUR) == []


def test_an_alarm_says_how_it_is_now(shop):
    """And not how it was when it began."""
    shop = shop()
    shop.works = False
    shop.send("d-1")
    shop.inbox.drain()
    assert [alarm.text[:14] for alarm in shop.inbox.check_alarms()] == ["1 dead letters"]
    shop.send("d-2")
    shop.inbox.drain()
    assert [alarm.text[:14] for alarm in shop.inbox.check_alarms()] == ["2 dead letters"]


def test_dead_letters(shop):
    shop = shop()
    shop.works = False
    shop.send("d-1")
    shop.inbox.drain()
    assert shop.later(60) == ["dead"]
    shop.works = True
    shop.inbox.deliveries.replay(state="dead")
    shop.inbox.drain()
    assert shop.later(60) == []
    # Looks of `drain` have told of it, too: once.
    assert shop.told == [("dead", True), ("dead", False)]


def test_a_backlog(shop):
    shop = shop(backlog=3)
    for n in range(4):
        shop.send(f"d-{n}")
    assert shop.later(1) == ["backlog"]
    shop.inbox.drain()
    assert shop.later(1) == []
    assert shop.told == [("backlog", True), ("backlog", False)]


def test_what_cannot_be_told_is_told_later(shop, caplog):
    shop = shop(backlog=1)
    shop.fails = True
    shop.send("d-1")
    shop.send("d-2")
    assert shop.later(1) == ["backlog"]
    assert "telling of an alarm failed" in caplog.text
    shop.fails = False
    assert shop.later(30) == ["backlog"]
    assert shop.told == []
    assert shop.later(31) == ["backlog"]
    assert shop.told == [("backlog", True)]
    assert shop.later(300) == ["backlog"]
    assert shop.told == [("backlog", True)]


def test_many_who_look_tell_once(shop):
    shop = shop(backlog=1)
    shop.send("d-1")
    shop.send("d-2")
    threads = [threading.Thread(target=shop.inbox.check_alarms) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.told == [("backlog", True)]


def test_what_is_no_longer_watched_is_over(shop):
    first = shop(expect_every=HOUR)
    first.later(0)
    assert first.later(HOUR + 1) == ["silence"]
    second = shop()
    second.now = first.now
    assert second.later(1) == []
    assert second.told == [("silence", False)]


def test_workers_look(shop):
    shop = shop(backlog=1)
    shop.send("d-1")
    shop.send("d-2")
    shop.inbox.drain()
    assert shop.told == [("backlog", True)]


def test_it_can_be_switched_off(tmp_path):
    inbox = Inbox("sqlite://", alarms=None)
    assert inbox.check_alarms() == []
    inbox.close()


@pytest.mark.parametrize("wrong", [0, nan])
def test_thresholds_are_checked(wrong):
    with pytest.raises(ConfigError, match="at least 1"):
        Alarms(oldest=wrong)
    with pytest.raises(ConfigError, match="at least 1"):
        Receiver(providers.github, secret=SECRET, inbox=Inbox("sqlite://"), expect_every=wrong)


def test_silence_is_an_inboxs_to_tell():
    with pytest.raises(ConfigError, match="needs an inbox"):
        Receiver(providers.github, secret=SECRET, expect_every=60)
