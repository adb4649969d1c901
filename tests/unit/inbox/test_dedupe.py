"""What tells a repeat is made of signed material, wherever there is some."""

from hashlib import sha256

import pytest

from hookkit import HMAC, Header, Pointer, Provider, Request, Token, Verdict
from hookkit.formats import JSON
from hookkit.inbox.dedupe import Dedupe, known_by
from hookkit.parser import Parser
from hookkit.places import Query

BODY = b'{"id":"evt_1","kind":"a"}'
DIGEST = sha256(BODY).hexdigest()

OF_BODY = HMAC(signature=Header("X-Sig"))
OF_ALL = HMAC(
    signature=Header("X-Sig"),
    signs="{id}.{timestamp}.{body}",
    id=Header("X-Id"),
    timestamp=Header("X-T"),
)
OF_NOTHING = Token(Header("X-Token"))


def _provider(scheme=OF_BODY, **given):
    return Provider(name="acme", scheme=scheme, event_type=Pointer("/kind"), **given)


def _events(provider, body=BODY, timestamp=None, **headers):
    given = {"Content-Type": "application/json", "X-Id": "h_1", "X-Other": "o_1", **headers}
    request = Request("POST", given, body, url="https://h/x?id=q_1")
    return Parser(provider).parse(request, Verdict(0, timestamp), "acme")


@pytest.mark.parametrize(
    ("provider", "keys"),
    [
        # In a signed body: by itself.
        (_provider(event_id=Pointer("/id")), ["id:evt_1"]),
        (_provider(event_id=Pointer("/id"), delivery_id=Header("X-Other")), ["id:evt_1"]),
        (_provider(event_id=Pointer("/id"), unique_bodies=True), ["id:evt_1"]),
        # In a header or the query: only where the signature covers it.
        (_provider(OF_ALL, event_id=Header("X-Id"), signed_ids=True), ["id:h_1"]),
        (_provider(event_id=Header("X-Id")), [f"sent:h_1:{DIGEST}:0"]),
        (_provider(event_id=Query("id")), [f"sent:q_1:{DIGEST}:0"]),
        # Of the request: together with the body.
        (_provider(delivery_id=Header("X-Other")), [f"sent:o_1:{DIGEST}:0"]),
        (
            _provider(delivery_id=Header("X-Other"), unique_bodies=True),
            [f"sent:o_1:{DIGEST}:0", f"body:{DIGEST}:0"],
        ),
        (_provider(unique_bodies=True), [f"body:{DIGEST}:0"]),
        # An id that several events may have.
        (_provider(event_id=Pointer("/id"), shared_ids=True), [f"sent:evt_1:{DIGEST}:0"]),
        (
            _provider(
                OF_ALL,
                event_id=Header("X-Other"),
                delivery_id=Header("X-Id"),
                signed_ids=True,
                shared_ids=True,
            ),
            [f"sent:h_1:{DIGEST}:0"],
        ),
        # What says which try it is does not count.
        (
            _provider(delivery_id=Header("X-Other"), changes_each_try=("/none",)),
            [f"sent:o_1:{DIGEST}:0"],
        ),
        # A token signs nothing.
        (_provider(OF_NOTHING, event_id=Pointer("/id")), [f"sent:evt_1:{DIGEST}:0"]),
        (
            _provider(OF_NOTHING, event_id=Pointer("/id"), delivery_id=Header("X-Other")),
            [f"sent:o_1:{DIGEST}:0"],
        ),
        (_provider(OF_NOTHING), []),
        # An id that is declared, and not there.
        (_provider(event_id=Pointer("/none"), unique_bodies=True), [f"body:{DIGEST}:0"]),
        (_provider(event_id=Pointer("/none")), []),
    ],
)
def test_keys_of_an_event(provider, keys):
    """Its own id where that is signed; else with the body's digest, or by that alone."""
    assert Dedupe(provider).keys_of_events(_events(provider)) == (tuple(keys),)


def test_the_signed_time_tells_where_nothing_else_does():
    """A captured delivery, at least, does not run again; a later one with the same body does."""
    provider = _provider(OF_NOTHING)
    first, again, later = (
        Dedupe(provider).keys_of_events(_events(provider, timestamp=at)) for at in (1.5, 1.5, 2.5)
    )
    assert first == again == ((f"at:1.5:{DIGEST}:0",),)
    assert later != first
    with_id = _provider(OF_NOTHING, event_id=Pointer("/id"))
    assert Dedupe(with_id).keys_of_events(_events(with_id, timestamp=1.5)) == (
        (f"sent:evt_1:{DIGEST}:0",),
    )


def test_a_captured_body_under_another_id():
    """Has another key where bodies may be alike, and shares one where they are unique."""
    for unique in (False, True):
        provider = _provider(delivery_id=Header("X-Other"), unique_bodies=unique)
        (first,) = Dedupe(provider).keys_of_events(_events(provider))
        (forged,) = Dedupe(provider).keys_of_events(_events(provider, **{"X-Other": "o_2"}))
        assert bool(set(first) & set(forged)) is unique


@pytest.mark.parametrize("parsed", [True, False])
def test_the_number_of_the_try_tells_nothing(parsed):
    provider = _provider(delivery_id=Header("X-Other"), changes_each_try=("/try", "/of/*/try"))
    dedupe = Dedupe(provider)

    def keys(body):
        if parsed:
            return dedupe.keys_of_events(_events(provider, body))
        return dedupe.keys_of_delivery(Request("POST", {}, body), Verdict(0), "o_1")

    first = keys(b'{"kind":"a","try":1,"of":[{"try":1}]}')
    assert keys(b'{"kind":"a","try":2,"of":[{"try":22}]}') == first
    assert keys(b'{"kind":"a","try":2,"of":[{"other":2}]}') != first


def test_a_body_that_cannot_be_read_counts_as_it_is():
    dedupe = Dedupe(_provider(delivery_id=Header("X-Other"), changes_each_try=("/try",)))
    keys = [
        dedupe.keys_of_delivery(Request("POST", {}, body), Verdict(0), "o_1")
        for body in (b'{"try":1', b'{"try":2', b"\xff", b"", b"[" * 99_999)
    ]
    assert len(set(keys)) == len(keys)


def test_another_body_under_the_same_unsigned_id_is_another_event():
    """Whoever guesses ids cannot keep events away."""
    provider = _provider(delivery_id=Header("X-Other"))
    other = b'{"id":"evt_2","kind":"a"}'
    dedupe = Dedupe(provider)
    assert dedupe.keys_of_events(_events(provider)) != dedupe.keys_of_events(
        _events(provider, other)
    )


def test_a_get_is_told_by_its_query():
    """It has no body, and all that have none are alike."""
    provider = _provider(event_id=Query("id"), delivers_by=("GET",))
    urls = [f"https://h/x?id=1&kind=a{more}" for more in ("", "&digits=7")]
    requests = [Request("GET", {}, b"", url=url) for url in urls]
    first, other = (
        Dedupe(provider).keys_of_events(Parser(provider).parse(request)) for request in requests
    )
    assert first != other


def test_headers_that_nothing_declares_tell_nothing():
    """The signature's text least of all, as it may be written in several ways."""
    provider = _provider(event_id=Pointer("/id"), delivery_id=Header("X-Other"))
    dedupe = Dedupe(provider)
    others = {"X-Sig": "AB", "Date": "now", "User-Agent": "curl"}
    assert dedupe.keys_of_events(_events(provider)) == dedupe.keys_of_events(
        _events(provider, **others)
    )


def test_events_of_a_batch_are_told_apart():
    """By their ids; those without one by their place in this body."""
    provider = _provider(accepts=(JSON(batch=True),), batch=Pointer(""), event_id=Pointer("/id"))
    body = b'[{"id":"1","kind":"a"},{"kind":"a"},{"kind":"a"},{"id":"1","kind":"a"}]'
    unique = provider.replace(unique_bodies=True)
    digest = sha256(body).hexdigest()
    assert Dedupe(provider).keys_of_events(_events(provider, body)) == (
        ("id:1",),
        (),
        (),
        ("id:1",),
    )
    assert Dedupe(unique).keys_of_events(_events(unique, body)) == (
        ("id:1",),
        (f"body:{digest}:1",),
        (f"body:{digest}:2",),
        ("id:1",),
    )
    assert Dedupe(provider).keys_of_events([]) == ()


@pytest.mark.parametrize(
    ("unique", "sent_id", "timestamp", "keys"),
    [
        (False, "d_1", None, [f"sent:d_1:{DIGEST}:all"]),
        (True, "d_1", 1.5, [f"sent:d_1:{DIGEST}:all", f"body:{DIGEST}:all"]),
        (True, None, None, [f"body:{DIGEST}:all"]),
        (False, None, 1.5, [f"at:1.5:{DIGEST}:all"]),
        (False, None, None, []),
    ],
)
def test_keys_of_a_delivery_that_is_not_parsed(unique, sent_id, timestamp, keys):
    """Of all its events together; never those of one of them."""
    provider = _provider(unique_bodies=unique, event_id=Pointer("/id"))
    request = Request("POST", body=BODY)
    assert Dedupe(provider).keys_of_delivery(request, Verdict(0, timestamp), sent_id) == tuple(keys)


@pytest.mark.parametrize(
    ("origin", "count", "asks", "holds"),
    [
        ("request", 1, (("repaired:d_1",),), ()),
        ("request", 2, (("repaired:d_1",), ("repaired:d_1",)), ()),
        ("repair", 1, (("repaired:d_1", "sent:d_1:"),), (("repaired:d_1",),)),
        (
            "repair",
            2,
            (("repaired:d_1", "sent:d_1:"), ("repaired:d_1", "sent:d_1:")),
            (("repaired:d_1",), ()),
        ),
    ],
)
def test_an_unsigned_id_is_believed_by_a_repair_and_of_a_repair(origin, count, asks, holds):
    """It holds the id once, for the delivery; each event of either asks for it."""
    provider = _provider(delivery_id=Header("X-Other"))
    assert Dedupe(provider).further_keys("d_1", count, origin) == (asks, holds)


@pytest.mark.parametrize("origin", ["request", "repair"])
def test_without_an_id_or_with_a_signed_one_there_are_no_further_keys(origin):
    signed = Dedupe(_provider(event_id=Pointer("/id")))
    assert signed.further_keys("d_1", 1, origin) == ((), ())
    assert Dedupe(_provider()).further_keys(None, 1, origin) == ((), ())


def test_what_has_come_is_known_by_its_own_id_as_sent_and_as_repaired():
    assert known_by("d_1") == ("id:d_1", "sent:d_1:", "repaired:d_1")
