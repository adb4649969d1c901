"""examples/shop_payments, as its README starts it: on SQLite and on Postgres, killed, and in a browser."""

import html
import http.client
import itertools
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.request import urlopen

import psycopg
import pytest

from hookkit import Inbox, providers
from hookkit.testing import Sender
from tests.browser import NARROW, WIDE, barriers, looking, overflows
from tests.examples.paypal import PayPal
from tests.examples.striking import HESITATING, POINTS
from tests.examples.support import EXAMPLES, ROOT, ending, free_port, post, wait_for
from tests.postgres import schema
from tests.sizes import size

SECRET = "whsec_of_the_shop"
PATIENCE = 90
START = 1_790_000_000
"""When the first thing of each history happens, in unix seconds."""

APP = EXAMPLES / "shop_payments"
PLAIN = [APP]
STRUCK = ["-m", "tests.examples.striking", APP]


class Shop:
    """The application in a process of its own, and what stands in its database."""

    def __init__(self, folder, url, paypal, **settings):
        self.url, self.paypal, self.port = url, paypal, free_port()
        self._folder = folder
        self._settings = {
            "STRIPE_SECRET": SECRET,
            "DATA": str(folder),
            "DATABASE_URL": url,
            "PORT": str(self.port),
            **paypal.settings,
            **settings,
        }
        self._sender = Sender(providers.stripe, SECRET)

    @contextmanager
    def running(self, *arguments):
        process = subprocess.Popen(
            [sys.executable, *(arguments or PLAIN)], cwd=ROOT, env=os.environ | self._settings
        )
        with ending(process):
            wait_for(self.port, process)
            yield process

    # Its database.

    @contextmanager
    def _connected(self):
        if self.url:
            with psycopg.connect(self.url) as connection:
                yield connection
            return
        file = self._folder / "shop.db"
        with closing(sqlite3.connect(file, timeout=PATIENCE)) as connection, connection:
            yield connection

    def ask(self, statement, *values):
        with self._connected() as connection:
            if self.url:
                statement = statement.replace("?", "%s")
            return connection.execute(statement, values).fetchall()

    def order(self, number, amount=1999, currency="EUR", item="A cup"):
        with self._connected() as connection:
            statement = (
                "INSERT INTO shop_order (number, item, amount, currency) VALUES (?, ?, ?, ?)"
            )
            if self.url:
                statement = statement.replace("?", "%s")
            connection.execute(statement, (number, item, amount, currency))

    def fulfilled(self):
        """Numbers of orders, one for each time that one went out."""
        return [number for (number,) in self.ask("SELECT order_id FROM shop_fulfilment")]

    def facts(self, payment):
        found = self.ask(
            "SELECT event_id FROM shop_fact JOIN shop_payment ON shop_payment.id = payment_id "
            "WHERE shop_payment.reference = ?",
            payment,
        )
        return [event_id for (event_id,) in found]

    # What the world sends, and sees.

    def post(self, event):
        """The status of its answer; 0 where there is none."""
        if "event_type" in event:
            path, request = "/webhooks/paypal", self.paypal.delivery(event)
        else:
            path, request = "/webhooks/stripe", self._sender.request(None, event)
        try:
            return post(self.port, path, request)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def insist(self, event):
        """Send it as providers do: again and again, until it is acknowledged."""
        give_up = time.monotonic() + PATIENCE
        while self.post(event) != 200:
            assert time.monotonic() < give_up
            time.sleep(0.2)

    def settle(self):
        """Wait until all that was accepted is handled. Nothing ends as a dead letter."""
        give_up = time.monotonic() + PATIENCE
        with closing(Inbox(self.url or f"sqlite:///{self._folder}/hooks.db")) as inbox:
            while True:
                counts = inbox.counts()
                left = counts.deliveries.get("accepted", 0) + counts.events.get("waiting", 0)
                assert counts.works.get("dead", 0) == 0
                if not left:
                    return
                assert time.monotonic() < give_up, counts
                time.sleep(0.05)

    def page(self):
        with urlopen(f"http://127.0.0.1:{self.port}/", timeout=PATIENCE) as response:
            return response.read().decode()

    def states(self):
        """What the page says of each order."""
        shown = re.findall(
            r'<li data-order="(.*?)">.*?data-state="(.*?)".*?</li>\s*(?=<li data|</ol>)',
            self.page(), re.DOTALL,
        )  # fmt: skip
        return {html.unescape(number): state for number, state in shown}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request):
    """The application's DATABASE_URL."""
    if request.param == "sqlite":
        yield ""
        return
    with schema() as url:
        yield url


@pytest.fixture(scope="module")
def paypal(tmp_path_factory):
    with closing(PayPal(tmp_path_factory.mktemp("paypal"))) as paypal:
        yield paypal


@pytest.fixture(scope="module")
def shop(tmp_path_factory, database, paypal):
    """One that runs, for tests with orders of their own."""
    shop = Shop(tmp_path_factory.mktemp("shop"), database, paypal)
    with shop.running():
        yield shop


@pytest.fixture(params=["sqlite", "postgres"])
def closed(request, tmp_path, paypal):
    """One with a database of its own that does not run yet."""
    if request.param == "sqlite":
        yield Shop(tmp_path, "", paypal)
        return
    with schema() as url:
        yield Shop(tmp_path, url, paypal)


# Events.

_numbers = itertools.count(1001)
_run = os.getpid()


def new_order(shop, **order):
    """A number that no other test has."""
    number = f"{_run}-{next(_numbers)}"
    shop.order(number, **order)
    return number


class Step(NamedTuple):
    """Something that happens to a payment, whoever its provider is."""

    what: str
    amount: int = 1999
    about: str = ""
    """Tells refunds of one payment apart."""


PAID, PART, REST, WHOLE = (
    Step("paid"),
    Step("refund", 500, "a"),
    Step("refund", 1499, "b"),
    Step("refund"),
)
FAILED, OPENED, WON, LOST = Step("failed"), Step("opened"), Step("won"), Step("lost")

STRIPE_TYPES = {
    "paid": ("payment_intent.succeeded", "succeeded"),
    "refund": ("refund.created", "succeeded"),
    "failed": ("refund.failed", "failed"),
    "opened": ("charge.dispute.created", "needs_response"),
    "won": ("charge.dispute.closed", "won"),
    "lost": ("charge.dispute.closed", "lost"),
}


def of_stripe(order, step, at=0, *, payment=None, currency="eur"):
    payment = payment or f"pi_{order}"
    name, status = STRIPE_TYPES[step.what]
    thing = {"amount": step.amount, "currency": currency, "status": status}
    if step.what == "paid":
        thing |= {"id": payment, "amount_received": step.amount, "metadata": {"order": order}}
    else:
        kind = "re" if step.what in ("refund", "failed") else "du"
        thing |= {"id": f"{kind}_{payment}{step.about}", "payment_intent": payment}
    return {
        "id": f"evt_{payment}_{step.what}{step.about}",
        "type": name,
        "created": START + at,
        "data": {"object": thing},
    }


PAYPAL_TYPES = {
    "paid": "PAYMENT.CAPTURE.COMPLETED",
    "refund": "PAYMENT.CAPTURE.REFUNDED",
    "opened": "CUSTOMER.DISPUTE.CREATED",
    "won": "CUSTOMER.DISPUTE.RESOLVED",
    "lost": "CUSTOMER.DISPUTE.RESOLVED",
}
OUTCOMES = {"won": "RESOLVED_SELLER_FAVOUR", "lost": "RESOLVED_BUYER_FAVOUR"}
CAPTURES = "https://api.sandbox.paypal.com/v2/payments/captures"


def of_paypal(order, step, at=0, *, currency="EUR"):
    payment = f"CAP-{order}"
    amount = {"currency_code": currency, "value": f"{step.amount / 100:.2f}"}
    if step.what == "paid":
        thing = {"id": payment, "amount": amount, "custom_id": order, "status": "COMPLETED"}
    elif step.what == "refund":
        links = [{"rel": "self", "href": "-"}, {"rel": "up", "href": f"{CAPTURES}/{payment}"}]
        thing = {"id": f"REF-{order}{step.about}", "amount": amount, "links": links}
    else:
        thing = {
            "dispute_id": f"PP-D-{order}",
            "dispute_amount": amount,
            "disputed_transactions": [{"seller_transaction_id": payment}],
        }
        if step.what in OUTCOMES:
            thing["dispute_outcome"] = {"outcome_code": OUTCOMES[step.what]}
    return {
        "id": f"WH-{order}-{step.what}{step.about}",
        "event_type": PAYPAL_TYPES[step.what],
        "create_time": f"{datetime.fromtimestamp(START + at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "resource": thing,
    }


# In whatever order.

HISTORIES = {
    "paid and refunded in part": ([PAID, PART], "partly refunded"),
    "refunded": ([PAID, WHOLE], "refunded"),
    "refunded in two parts": ([PAID, PART, REST], "refunded"),
    "a refund that failed": ([PAID, WHOLE, FAILED], "paid"),
    "disputed": ([PAID, OPENED], "disputed"),
    "a dispute that is won": ([PAID, OPENED, WON], "paid"),
    "a dispute that is lost": ([PAID, OPENED, LOST], "dispute lost"),
    "a dispute that is lost, and won after all": ([PAID, OPENED, LOST, WON], "paid"),
    "all that can be, won": ([PAID, PART, REST, OPENED, WON], "refunded"),
    "all that can be, lost": ([PAID, PART, REST, OPENED, LOST], "dispute lost"),
}
PAYPAL_HISTORIES = ["refunded in two parts", "a dispute that is won", "a dispute that is lost"]

CASES = [(of_stripe, name) for name in HISTORIES] + [(of_paypal, name) for name in PAYPAL_HISTORIES]


def is_due(heard):
    """Whether an order of which this was heard is to go out."""
    whats = {step.what for step in heard}
    failed = {step.about for step in heard if step.what == "failed"}
    back = sum(s.amount for s in heard if s.what == "refund" and s.about not in failed)
    disputed = whats & {"opened", "lost"} and "won" not in whats
    return "paid" in whats and back < PAID.amount and not disputed


@pytest.mark.parametrize(
    ("event_of", "name"), CASES, ids=[f"{event.__name__[3:]}: {name}" for event, name in CASES]
)
def test_every_order_of_arrival_ends_in_the_same_state(shop, event_of, name):
    """Each event comes twice. They come one after the other, and all of one place before the next."""
    steps, state = HISTORIES[name]
    times = {step: at for at, step in enumerate(steps)}
    orders = list(itertools.permutations(steps))
    tried = random.sample(orders, min(len(orders), size(in_ci=120, here=24)))
    arrivals = {new_order(shop): arrival for arrival in tried}
    with ThreadPoolExecutor(4) as pool:
        for place in range(len(steps)):
            events = [
                event_of(order, arrival[each], times[arrival[each]])
                for order, arrival in arrivals.items()
                for each in {place, max(0, place - 1)}
            ]
            assert set(pool.map(shop.post, events)) == {200}
            shop.settle()
    states, fulfilled = shop.states(), shop.fulfilled()
    for order, arrival in arrivals.items():
        assert states[order] == state, arrival
        prefixes = [arrival[:length] for length in range(1, len(steps) + 1)]
        assert fulfilled.count(order) == any(map(is_due, prefixes)), arrival
        payment = event_of(order, PAID)
        reference = (payment.get("resource") or payment["data"]["object"])["id"]
        assert len(shop.facts(reference)) == len(steps)


# Amounts.


@pytest.mark.parametrize("event_of", [of_stripe, of_paypal])
@pytest.mark.parametrize(
    ("order", "amount", "currency"),
    [
        ({}, 1998, "EUR"),
        ({}, 2000, "EUR"),
        ({}, 0, "EUR"),
        ({}, 199900, "EUR"),
        ({}, 1999, "USD"),
        ({"currency": "JPY"}, 1999, "EUR"),
    ],
)
def test_what_was_paid_must_be_what_is_due(shop, event_of, order, amount, currency):
    number = new_order(shop, **order)
    shop.insist(event_of(number, Step("paid", amount), currency=currency))
    shop.settle()
    assert shop.states()[number] == "flagged"
    assert number not in shop.fulfilled()


def test_yen_have_no_cents(shop):
    stripe, paypal = (new_order(shop, amount=3200, currency="JPY") for _ in range(2))
    shop.insist(of_stripe(stripe, Step("paid", 3200), currency="jpy"))
    event = of_paypal(paypal, PAID)
    event["resource"]["amount"] = {"currency_code": "JPY", "value": "3200"}
    shop.insist(event)
    shop.settle()
    states = shop.states()
    assert (states[stripe], states[paypal]) == ("paid", "paid")


def test_a_wrong_payment_that_is_given_back_makes_way_for_the_right_one(shop):
    for arrival in itertools.permutations(["wrong", "back", "right"]):
        order = new_order(shop)
        events = {
            "wrong": of_stripe(order, Step("paid", 5), payment=f"pi_wrong_{order}"),
            "back": of_stripe(order, Step("refund", 5), payment=f"pi_wrong_{order}"),
            "right": of_stripe(order, PAID),
        }
        for name in arrival:
            shop.insist(events[name])
            shop.settle()
        assert shop.states()[order] == "paid"
        assert shop.fulfilled().count(order) == 1


def test_two_payments_of_one_order_are_flagged_and_it_goes_out_once(shop):
    order = new_order(shop)
    shop.insist(of_stripe(order, PAID))
    shop.insist(of_paypal(order, PAID))
    shop.settle()
    assert shop.states()[order] == "flagged"
    assert shop.fulfilled().count(order) == 1
    shop.insist(of_paypal(order, WHOLE))
    shop.settle()
    assert shop.states()[order] == "paid"
    assert shop.fulfilled().count(order) == 1


def test_a_refund_in_another_currency_is_flagged(shop):
    order = new_order(shop)
    shop.insist(of_stripe(order, PAID))
    shop.insist(of_stripe(order, PART, currency="usd"))
    shop.settle()
    assert shop.states()[order] == "flagged"


def test_a_payment_for_an_order_that_there_is_not_is_shown_and_sends_nothing(shop):
    before = shop.fulfilled()
    for event_of in (of_stripe, of_paypal):
        shop.insist(event_of(f"nobody-{_run}", PAID))
    shop.settle()
    assert shop.page().count(f"for order nobody-{_run}") == 2
    assert shop.fulfilled() == before


def test_a_refund_of_what_was_not_paid_here_is_passed_over(shop):
    event = of_stripe("-", PART)
    event["id"] = f"evt_{_run}_of_another_shop"
    event["data"]["object"]["payment_intent"] = None
    shop.insist(event)
    shop.settle()


# Who may say so.


def test_what_is_forged_is_refused_and_nothing_happens(shop):
    order = new_order(shop)
    stripe, paypal = of_stripe(order, PAID), shop.paypal.delivery(of_paypal(order, PAID))
    sender, other = Sender(providers.stripe, SECRET), Sender(providers.stripe, "whsec_other")
    cheaper = of_paypal(order, Step("paid", 1))
    forged = {
        "another secret": ("stripe", other.request(None, stripe)),
        "no signature": ("stripe", sender.unsigned(None, stripe)),
        "another body": ("stripe", sender.tampered(sender.request(None, stripe))),
        "stale": ("stripe", sender.stale(sender.unsigned(None, stripe))),
        "at the other's door": ("paypal", sender.request(None, stripe)),
        "not PayPal's": ("paypal", paypal.with_header("PAYPAL-TRANSMISSION-SIG", "c2ln" * 8)),
        "PayPal's for another body": ("paypal", paypal.replace(body=json.dumps(cheaper).encode())),
        "PayPal's of another time": (
            "paypal",
            paypal.with_header("PAYPAL-TRANSMISSION-TIME", "2026-01-01T00:00:00Z"),
        ),
    }
    answers = {
        name: post(shop.port, f"/webhooks/{door}", request)
        for name, (door, request) in forged.items()
    }
    assert answers == dict.fromkeys(forged, (401, b"Unauthorized"))
    shop.settle()
    assert shop.states()[order] == "awaiting payment"
    assert shop.facts(f"pi_{order}") == shop.facts(f"CAP-{order}") == []


def test_while_paypal_cannot_be_asked_nothing_is_believed(tmp_path, paypal):
    shop = Shop(tmp_path, "", paypal, PAYPAL_API_HOST=f"localhost:{free_port()}")
    with shop.running():
        shop.order("1")
        assert shop.post(of_paypal("1", PAID)) == 503
        assert shop.states()["1"] == "awaiting payment"


# At the same time.


def test_the_same_events_at_the_same_time_count_once(shop):
    orders = [new_order(shop) for _ in range(5)]
    events = [
        of_stripe(order, step, at) for order in orders for at, step in enumerate([PAID, PART])
    ]
    again = events * 8
    random.Random(7).shuffle(again)
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(shop.post, again)) == {200}
    shop.settle()
    states, fulfilled = shop.states(), shop.fulfilled()
    for order in orders:
        assert states[order] == "partly refunded"
        assert fulfilled.count(order) == 1
        assert len(shop.facts(f"pi_{order}")) == 2


def won(order):
    """First nothing, and then at the same time all that comes of one payment."""
    return [], [of_stripe(order, step, at) for at, step in enumerate([PAID, OPENED, WON])]


def mended(order):
    """First a payment of a wrong amount, and then at the same time its refund and the right one."""
    wrong = f"pi_wrong_{order}"
    first = of_stripe(order, Step("paid", 5), payment=wrong)
    return [first], [of_stripe(order, Step("refund", 5), payment=wrong), of_stripe(order, PAID)]


@pytest.mark.parametrize("history", [won, mended])
def test_events_at_the_same_time_miss_nothing_of_each_other(closed, history):
    """Whichever is recorded last sees the others: what is due goes out."""
    orders = [f"order {number}" for number in range(20)]
    with closed.running(*STRUCK, HESITATING):
        for order in orders:
            closed.order(order)
        for part in zip(*map(history, orders), strict=True):
            events = list(itertools.chain(*part))
            with ThreadPoolExecutor(16) as pool:
                assert set(pool.map(closed.post, events)) <= {200}
            closed.settle()
        states = closed.states()
    assert {order: states[order] for order in orders} == dict.fromkeys(orders, "paid")
    assert sorted(closed.fulfilled()) == sorted(orders)


# Killed.


OUT = {"committed and not recorded", "recorded"}
"""Points at which the order has gone out. Where it was only accepted, a worker may have been faster."""


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_loses_nothing_and_repeats_nothing(closed, point):
    with closed.running():
        closed.order("1")
    with closed.running(*STRUCK, point) as process:
        closed.post(of_stripe("1", PAID))
        assert process.wait(timeout=PATIENCE) == -signal.SIGKILL
    assert point == "accepted and not answered" or bool(closed.fulfilled()) == (point in OUT)
    with closed.running(*STRUCK):
        closed.insist(of_stripe("1", PAID))
        closed.settle()
        assert closed.states()["1"] == "paid"
        assert closed.fulfilled() == ["1"]
        assert len(closed.facts("pi_1")) == 1


def test_kills_at_any_time_while_events_pour_in(closed):
    chance = random.Random(9)
    orders = [f"order {number}" for number in range(40)]
    with closed.running():
        for order in orders:
            closed.order(order)
    events = [
        of_stripe(order, step, at)
        for order in orders
        for at, step in enumerate([PAID, OPENED, WON])
    ]
    chance.shuffle(events)
    with ThreadPoolExecutor(4) as pool:
        sent = pool.map(closed.insist, events)
        for _ in range(4):
            with closed.running(*STRUCK) as process:
                time.sleep(chance.uniform(0.1, 0.6))
                process.kill()
                process.wait()
        with closed.running(*STRUCK):
            list(sent)
            closed.settle()
            states = closed.states()
    assert {order: states[order] for order in orders} == dict.fromkeys(orders, "paid")
    assert sorted(closed.fulfilled()) == sorted(orders)
    assert {order: len(closed.facts(f"pi_{order}")) for order in orders} == dict.fromkeys(orders, 3)


def test_marks_outlive_the_inbox(tmp_path, paypal):
    """The inbox's file is lost, and Stripe sends all of it again: the mark is beside the fulfilment."""
    shop = Shop(tmp_path, "", paypal)
    for _ in range(2):
        with shop.running():
            if not shop.ask("SELECT number FROM shop_order WHERE number = '1'"):
                shop.order("1")
            shop.insist(of_stripe("1", PAID))
            shop.settle()
        for file in tmp_path.glob("hooks.db*"):
            file.unlink()
    assert shop.fulfilled() == ["1"]
    assert len(shop.facts("pi_1")) == 1


# The page.

MARKUP = "<script>window.hacked = true</script><img src=x onerror='window.hacked = true'>"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "360"])
def test_the_page_can_be_read_by_all_and_shows_markup_as_text(browser, tmp_path, paypal, size):
    shop = Shop(tmp_path, "", paypal)
    with shop.running():
        shop.order(MARKUP, item=MARKUP)
        shop.order("x" * 200, item="y" * 200)
        for order, step in (("1001", PAID), ("1002", PAID), ("x" * 200, PAID), ("x" * 200, LOST)):
            shop.insist(of_stripe(order, step))
        shop.insist(of_stripe(MARKUP, PAID, payment=f"pi_{MARKUP}"))
        shop.insist(of_stripe(f"{MARKUP} unknown", OPENED, payment=f"pi_{MARKUP} alone"))
        shop.insist(of_paypal(f"{MARKUP} unknown", PAID))
        shop.settle()
        with looking(browser, size) as (page, errors):
            page.goto(f"http://127.0.0.1:{shop.port}/")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            shown = page.locator("main").inner_text()
            assert shown.count(MARKUP) >= 6
            assert page.evaluate("window.hacked") is None
            assert page.locator("main").locator("script, img").count() == 0
            states = {each.get_attribute("data-state") for each in page.locator(".state").all()}
            assert states == {"paid", "flagged", "dispute lost", "awaiting payment"}
            assert barriers(page) == []
            assert not overflows(page)
            assert errors == []


def test_pages_are_guarded(shop):
    with urlopen(f"http://127.0.0.1:{shop.port}/", timeout=PATIENCE) as page:
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"


# Its start.


def test_orders_to_try_it_with_are_made_once(tmp_path, paypal):
    shop = Shop(tmp_path, "", paypal)
    for _ in range(2):
        with shop.running():
            assert list(shop.states()) == ["1004", "1003", "1002", "1001"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("STRIPE_SECRET", "", "STRIPE_SECRET"),
        ("PAYPAL_WEBHOOK_ID", "", "PAYPAL_WEBHOOK_ID"),
        ("PAYPAL_CLIENT_SECRET", "", "PAYPAL_CLIENT_SECRET"),
        ("PAYPAL_ENVIRONMENT", "elsewhere", "environment="),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/nothing-listens-there", "nothing-listens-there"),
        ("DATABASE_URL", "postgresql//me:secret@127.0.0.1/shop", "DATABASE_URL"),
        ("PORT", "http", "PORT='http'"),
        ("PORT", "65536", "PORT='65536'"),
        ("DATA", "/dev/null/data", "/dev/null/data"),
    ],
)
def test_it_does_not_start_without_what_it_needs(tmp_path, paypal, name, value, told):
    settings = {"STRIPE_SECRET": SECRET, "DATA": str(tmp_path), **paypal.settings, name: value}
    result = subprocess.run(
        [sys.executable, *PLAIN], check=False, capture_output=True, text=True,
        env=os.environ | settings, timeout=PATIENCE,
    )  # fmt: skip
    assert result.returncode == 1
    # After it psycopg's pool may say that it gives up, too.
    [said] = [each for each in result.stderr.splitlines() if each.startswith("shop_payments: ")]
    assert told in said
    assert "secret@" not in result.stderr
    assert "Traceback" not in result.stderr
