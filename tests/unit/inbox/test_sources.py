"""What an inbox knows of a receiver: how its deliveries are stored, and made into events again."""

import json

import pytest

from hookkit import (
    HMAC,
    ConfigError,
    Header,
    Inbox,
    Pointer,
    Provider,
    Receiver,
    Request,
    Verdict,
    providers,
)
from hookkit.errors import RequestError
from hookkit.formats import JSON
from hookkit.inbox.records import Delivery, NewWork, Work
from hookkit.inbox.sources import WEEK, Source
from hookkit.parser import Parser
from hookkit.places import Query
from hookkit.router import Router
from hookkit.runs import Runs

BATCH = Provider(
    name="batch",
    scheme=HMAC(signature=Header("X-Sig")),
    accepts=(JSON(batch=True),),
    batch=Pointer(""),
    event_type=Pointer("/kind"),
    event_id=Pointer("/id"),
    event_time=Pointer("/at"),
    delivery_id=Header("X-Delivery"),
)
BODY = b'[{"id":"1","kind":"a.b","at":5},{"id":"2","kind":"c"},{"id":"3","kind":"a"}]'


def _source(provider=BATCH, **given):
    return Source("src", provider, Parser(provider), Router(), **given)


@pytest.fixture
def source():
    source = _source()
    source.router.add(print, "a", name="first")
    source.router.add(len, "a", "c", name="second")
    return source


def _request(body=BODY):
    headers = {"Content-Type": "application/json", "X-Delivery": "d_1", "X-Sig": "ab"}
    return Request("POST", headers, body, url="https://h/x")


def _arrival(source, request=None, verdict=None):
    request, verdict = request or _request(), verdict or Verdict(1, 8.5, 1.5)
    events = source.parser.parse(request, verdict, source.name)
    return source.arrival(request, verdict, 10.0, events), events


def test_a_delivery_is_stored_with_what_is_known_of_it(source):
    """Who vouched for it and when, and the heads and keys of its events."""
    arrival, _ = _arrival(source)
    assert (arrival.source, arrival.method, arrival.url, arrival.body) == (
        "src",
        "POST",
        "https://h/x",
        BODY,
    )
    assert (arrival.received_at, arrival.secret, arrival.signed_at, arrival.age) == (
        10,
        1,
        8.5,
        1.5,
    )
    assert arrival.delivery_id == "d_1"
    assert arrival.heads == (("a.b", "1", 5.0), ("c", "2", None), ("a", "3", None))
    assert arrival.keys == (("id:1",), ("id:2",), ("id:3",))
    assert arrival.headers == (("content-type", "application/json"), ("x-delivery", "d_1"))


def test_what_came_encrypted_is_stored_in_the_clear(source):
    """As the worker, who parses it again, has no key."""
    arrival, _ = _arrival(source, verdict=Verdict(0, plain=b'[{"id":"1","kind":"a"}]'))
    assert arrival.body == b'[{"id":"1","kind":"a"}]'


def test_it_is_made_into_the_same_events_again(source):
    """By the worker, from what is stored alone."""
    arrival, events = _arrival(source)
    again = source.events_of(Delivery(7, arrival))

    def told(event):
        return (event.type, event.id, event.time, event.payload, event.source, event.delivery_id)

    assert list(map(told, again)) == list(map(told, events))
    verdict = again[0].verdict
    assert (verdict.key, verdict.timestamp, verdict.age) == (1, 8.5, 1.5)


def test_each_event_has_the_handlers_that_hear_it(source):
    """In the order of their definition; those that run at once are held."""
    _, events = _arrival(source)
    expanded = source.expand(
        events, source.dedupe.keys_of_events(events), 0.0, held=frozenset({"second"})
    )
    assert [event.works for event in expanded] == [
        (NewWork("first"), NewWork("second", held=True)),
        (NewWork("second", held=True),),
        (NewWork("first"), NewWork("second", held=True)),
    ]
    assert [(event.position, event.head.id, event.keys) for event in expanded] == [
        (0, "1", ("id:1",)),
        (1, "2", ("id:2",)),
        (2, "3", ("id:3",)),
    ]


@pytest.mark.parametrize(
    ("kinds", "ordered"),
    [(["a"], False), (["x"], False), ([], False), (["c"], True), (["a", "c"], True)],
)
def test_events_have_an_order_where_a_handler_that_hears_them_has_one(source, kinds, ordered):
    """Of the others' deliveries, however many handlers there are, the workers make events."""
    source.router.add(repr, "c", name="third", runs=Runs(ordered_by=Pointer("/id")))
    events = source.parser.parse(_request(json.dumps([{"kind": kind} for kind in kinds]).encode()))
    assert source.orders(events) is ordered


def test_the_receivers_order_is_that_of_all_handlers_that_say_nothing():
    source = _source(runs=Runs(ordered_by=Pointer("/id")))
    source.router.add(print, "a", name="first")
    source.router.add(len, "c", name="second", runs=Runs(ordered_by=None))
    events = source.parser.parse(_request())
    assert [source.orders([event]) for event in events] == [True, False, True]


def test_the_worker_that_expands_goes_on_with_the_first(source):
    """Of the first event that anybody hears; there may be none."""
    body = b'[{"id":"1","kind":"x"},{"id":"2","kind":"a"},{"id":"3","kind":"a"}]'
    arrival, events = _arrival(source, _request(body))
    expanded = source.expand_for_worker(events, arrival)
    assert [event.works for event in expanded] == [
        (),
        (NewWork("first", held=True), NewWork("second")),
        (NewWork("first"), NewWork("second")),
    ]
    arrival, events = _arrival(_source(), _request(body))
    assert not any(event.works for event in _source().expand_for_worker(events, arrival))


def test_events_keep_the_keys_that_they_came_with(source):
    """What is stored may have another body, of which other keys would be made."""
    provider = BATCH.replace(event_id=None, unique_bodies=True)
    source = _source(provider)
    arrival, events = _arrival(source)
    blanked = source.events_of(Delivery(7, _arrival(source, _request(BODY + b" "))[0]))
    assert source.dedupe.keys_of_events(blanked) != source.dedupe.keys_of_events(events)
    assert [event.keys for event in source.expand_for_worker(blanked, arrival)] == list(
        source.dedupe.keys_of_events(events)
    )


def _work(source, position=0, body=BODY):
    arrival, _ = _arrival(source)
    return Work(
        number=1,
        event=1,
        handler="first",
        attempt=3,
        lease="l",
        position=position,
        key="id:3",
        delivery=Delivery(7, arrival),
    )


def test_a_handler_gets_its_event_and_where_that_stands(source):
    """Which run of which handler this is, and what tells the event from others."""
    event = source.event_of(_work(source, position=2))
    assert (event.type, event.id, event.payload) == ("a", "3", {"id": "3", "kind": "a"})
    assert (event.receipt, event.attempt, event.handler, event.key) == (7, 3, "first", "id:3")


def test_an_event_that_is_no_longer_found_is_an_error(source):
    """The provider's declaration was changed after it was accepted."""
    with pytest.raises(ConfigError, match="has 3 events now and had more"):
        source.event_of(_work(source, position=3))
    work = _work(source)
    changed = _source(BATCH.replace(batch=None))
    with pytest.raises(RequestError):
        changed.event_of(work)


@pytest.mark.parametrize(
    ("place", "sent_id"),
    [
        ({"delivery_id": Header("X-Delivery")}, "d_1"),
        ({"event_id": Header("X-Delivery")}, "d_1"),
        ({"delivery_id": Query("id")}, "q_1"),
        ({"delivery_id": Header("X-None"), "event_id": Query("id")}, "q_1"),
        ({"delivery_id": Header("X-Long")}, None),
        ({"delivery_id": Header("X-Empty")}, None),
        ({"event_id": Pointer("/id")}, None),
        ({}, None),
    ],
)
def test_the_id_is_found_without_a_look_at_the_body(place, sent_id):
    """Where it is in a header or the URL, and of a length that can be kept."""
    provider = BATCH.replace(**{"delivery_id": None, "event_id": None, **place})
    headers = {"X-Delivery": "d_1", "X-Long": "x" * 256, "X-Empty": ""}
    request = Request("POST", headers, b'{"id":"evt"}', url="https://h/x?id=q_1")
    assert _source(provider).sent_id(request) == sent_id


@pytest.mark.parametrize(
    ("fresh_for", "horizon", "remembers"),
    [
        (600.0, None, WEEK),
        (600.0, 3600.0, WEEK),
        (600.0, 2 * WEEK, 2 * WEEK),
        (3 * WEEK, 2 * WEEK, 3 * WEEK),
        (None, 2 * WEEK, None),
    ],
)
def test_how_long_its_events_are_known(fresh_for, horizon, remembers):
    """For a week at least, and for as long as one may come again: for ever, where no time is signed."""
    source = _source(BATCH.replace(retry_horizon=horizon), fresh_for=fresh_for)
    assert source.remembers == remembers


def test_a_receiver_says_for_how_long_its_deliveries_are_fresh():
    """Both ways: one that is dated ahead is fresh for longer."""
    inbox = Inbox("sqlite://")
    for provider in (providers.stripe, providers.github):
        Receiver(provider, secret="s", inbox=inbox)
    stripe, github = inbox.sources["stripe"], inbox.sources["github"]
    assert stripe.remembers == max(WEEK, providers.stripe.retry_horizon or 0)
    assert github.remembers is None
    inbox.close()


def test_handlers_are_found_by_their_names(source):
    """Each with the source's own."""
    assert list(source.names()) == [("src", "first"), ("src", "second")]
    assert source.handler("second").function is len
    assert source.handler("third") is None
