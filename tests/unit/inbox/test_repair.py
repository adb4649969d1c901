"""Receiver.repair: what never arrived is accepted once, whatever comes later."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from hookkit import Inbox, Receiver, Request, providers
from hookkit.errors import ConfigError
from hookkit.repair import Found, RepairFailed
from tests.contracts.requests import signed_event, signed_push
from tests.postgres import schema

SECRET = "a secret"


class Listed:
    """A provider's list, in pages of two; it fails where it is told to."""

    def __init__(self, *requests, types=()):
        self.items = [
            Found(told, kind, lambda request=request: self.open(request))
            for told, kind, request in requests
        ]
        self.opened = 0
        self.fails_after = 1000
        self.since = None

    def open(self, request):
        if self.opened >= self.fails_after:
            raise RepairFailed("no more")
        self.opened += 1
        return request

    def found(self, since, ask):
        self.since = since
        for begin in range(0, len(self.items), 2):
            yield self.items[begin : begin + 2]


def fetched_push(told):
    """As GitHub's API gives it back: unsigned, and written anew."""
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": told,
    }
    body = json.dumps({"told": told}, separators=(",", ":")).encode()
    return told, "push", Request("POST", headers, body)


def fetched_event(told, kind="invoice.paid"):
    body = json.dumps({"id": told, "type": kind, "data": {"object": {}}}).encode()
    return told, kind, Request("POST", {"Content-Type": "application/json"}, body)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/hooks.db"
        return
    with schema() as url:
        yield url


@pytest.fixture
def inbox(url):
    inbox = Inbox(url)
    yield inbox
    inbox.close()


def made(provider, inbox, names=("*",), **settings):
    receiver = Receiver(provider, secret=SECRET, inbox=inbox, **settings)
    receiver.seen = []
    receiver.on(*names, name="book")(
        lambda event: receiver.seen.append((event.delivery_id or event.id, event.type))
    )
    return receiver


def counts(repaired):
    return (
        repaired.seen,
        repaired.known,
        repaired.unheard,
        repaired.stored,
        repaired.rejected,
    )


def test_what_never_arrived_is_accepted_and_handled(inbox):
    github = made(providers.github, inbox)
    github.handle(signed_push(SECRET, "d-1"))
    history = Listed(*(fetched_push(f"d-{n}") for n in range(5)))
    pages = []
    repaired = github.repair(1000.0, history=history, ask=print, progress=pages.append)
    assert counts(repaired) == (5, 1, 0, 4, 0)
    assert (history.opened, history.since, pages) == (4, 1000.0, [2, 2, 1])
    inbox.drain()
    assert sorted(told for told, _ in github.seen) == [f"d-{n}" for n in range(5)]
    origins = {line.delivery_id: line.origin for line in inbox.deliveries.find()}
    assert origins == {"d-1": "request"} | {f"d-{n}": "repair" for n in (0, 2, 3, 4)}


def test_begun_again_it_accepts_nothing_twice(inbox):
    github = made(providers.github, inbox)
    history = Listed(*(fetched_push(f"d-{n}") for n in range(5)))
    history.fails_after = 3
    with pytest.raises(RepairFailed):
        github.repair(0.0, history=history, ask=print)
    assert inbox.counts().deliveries == {"accepted": 3}
    history.fails_after = 1000
    assert counts(github.repair(0.0, history=history, ask=print)) == (5, 3, 0, 2, 0)
    assert counts(github.repair(0.0, history=history, ask=print)) == (5, 5, 0, 0, 0)
    inbox.drain()
    assert len(github.seen) == 5


@pytest.mark.parametrize("parse", ["now", "later"])
def test_what_arrives_after_all_is_a_repeat(url, parse):
    """GitHub's own words have another digest than what its API gives back."""
    inbox = Inbox(url, parse=parse)
    github = made(providers.github, inbox)
    github.repair(0.0, history=Listed(fetched_push("d-1")), ask=print)
    assert github.handle(signed_push(SECRET, "d-1")).status == 200
    assert inbox.drain()
    assert len(github.seen) == 1
    assert inbox.counts().duplicates == 1
    inbox.close()


@pytest.mark.parametrize("parse", ["now", "later"])
def test_what_came_is_known_when_it_is_deleted(url, parse):
    inbox = Inbox(url, parse=parse)
    github = made(providers.github, inbox)
    github.handle(signed_push(SECRET, "d-1"))
    inbox.drain()
    inbox.deliveries.prune(state="done", now=lambda: 0.0)
    assert counts(github.repair(0.0, history=Listed(fetched_push("d-1")), ask=print))[1] == 1
    inbox.close()


def test_an_id_that_anybody_could_write_suppresses_no_delivery(inbox):
    """The id is in a header beside the signature: whoever has a delivery can send it under another id."""
    github = made(providers.github, inbox)
    captured = signed_push(SECRET, "d-1")
    for told in ("d-1", "d-2"):
        assert github.handle(captured.with_header("X-GitHub-Delivery", told)).status == 200
    assert github.handle(signed_push(SECRET, "d-2")).status == 200
    inbox.drain()
    assert [told for told, _ in github.seen] == ["d-1", "d-2", "d-2"]


def test_events_that_no_handler_hears_are_left(inbox):
    stripe = made(providers.stripe, inbox, ["invoice.paid"])
    history = Listed(fetched_event("evt_1"), fetched_event("evt_2", "charge.failed"))
    assert counts(stripe.repair(0.0, history=history, ask=print)) == (2, 0, 1, 1, 0)
    inbox.drain()
    assert stripe.seen == [("evt_1", "invoice.paid")]


def test_an_event_whose_id_is_signed_is_known_by_that(inbox):
    stripe = made(providers.stripe, inbox)
    stripe.handle(signed_event(SECRET, "evt_1"))
    history = Listed(fetched_event("evt_1"), fetched_event("evt_2"))
    assert counts(stripe.repair(0.0, history=history, ask=print)) == (2, 1, 0, 1, 0)
    stripe.handle(signed_event(SECRET, "evt_2"))
    inbox.drain()
    assert sorted(stripe.seen) == [("evt_1", "invoice.paid"), ("evt_2", "invoice.paid")]


def test_in_order(inbox):
    """The newest is listed first, and lanes have them in their order all the same."""
    stripe = made(providers.stripe, inbox, ordered_by=lambda event: "one")
    events = []
    for n in range(5):
        told, kind, request = fetched_event(f"evt_{n}")
        body = json.dumps({**json.loads(request.body), "created": 1_900_000_000 + n}).encode()
        events.append((told, kind, request.replace(body=body)))
    assert stripe.repair(0.0, history=Listed(*events[::-1]), ask=print).stored == 5
    inbox.drain()
    assert [told for told, _ in stripe.seen] == [f"evt_{n}" for n in range(5)]


def test_pages_that_overlap(inbox):
    stripe = made(providers.stripe, inbox)
    events = [fetched_event(f"evt_{n}") for n in (0, 1, 1, 2)]
    assert counts(stripe.repair(0.0, history=Listed(*events), ask=print)) == (3, 0, 0, 3, 0)


def test_what_cannot_be_parsed_is_kept_as_such(inbox):
    stripe = made(providers.stripe, inbox)
    bad = Request("POST", {"Content-Type": "application/json"}, b"[]")
    history = Listed(("evt_1", "invoice.paid", bad))
    assert counts(stripe.repair(0.0, history=history, ask=print)) == (1, 0, 0, 0, 1)
    (line,) = inbox.deliveries.find(state="rejected")
    assert line.origin == "repair"


def test_since_is_a_time_with_a_zone(inbox):
    github = made(providers.github, inbox)
    history = Listed()
    github.repair(datetime(2026, 1, 1, tzinfo=UTC), history=history, ask=print)
    assert history.since == 1_767_225_600
    with pytest.raises(ConfigError, match="time zone"):
        github.repair(datetime(2026, 1, 1), history=history, ask=print)  # noqa: DTZ001  # which is the point


def test_it_says_what_is_missing(inbox):
    with pytest.raises(ConfigError, match="inbox="):
        Receiver(providers.github, secret=SECRET).repair(0.0, api_key="k")
    github = made(providers.github, inbox)
    with pytest.raises(ConfigError, match="hook="):
        github.repair(0.0, api_key="k")
    slack = made(providers.slack, inbox)
    with pytest.raises(ConfigError, match="history="):
        slack.repair(0.0, api_key="k")
