"""hookkit.inbox.redact"""

from __future__ import annotations

import copy
import json
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookkit import Inbox, Pointer, Provider, Receiver, providers
from hookkit.errors import ConfigError
from hookkit.formats import JSON, Form
from hookkit.inbox.redact import REDACTED, Redaction, redacted
from hookkit.schemes import HMAC
from tests.contracts.requests import signed_event, signed_push

JSON_TYPE = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("rules", "text", "stored"),
    [
        (["/a"], '{"a":1,"b":2}', '{"a":"[redacted]","b":2}'),
        (["/a/b"], '{"a":{"b":"x","c":[1]}}', '{"a":{"b":"[redacted]","c":[1]}}'),
        (["/a"], '{"a":{"b":[{"c":1}]}}', '{"a":"[redacted]"}'),
        (["/a", "/a/b"], '{"a":{"b":1}}', '{"a":"[redacted]"}'),
        (["/a/1"], '{"a":[1,2,3]}', '{"a":[1,"[redacted]",3]}'),
        (["/a/*/n"], '{"a":[{"n":1},{"n":2}]}', '{"a":[{"n":"[redacted]"},{"n":"[redacted]"}]}'),
        (["/*/n"], '{"x":{"n":1},"y":{"m":1}}', '{"x":{"n":"[redacted]"},"y":{"m":1}}'),
        (["/x~1y"], '{"x/y":1,"x":{"y":2}}', '{"x/y":"[redacted]","x":{"y":2}}'),
        (["/"], '{"":1}', '{"":"[redacted]"}'),
        # Each other byte stays as it is: numbers, blanks, escapes, and names that are there twice.
        (
            ["/a"],
            ' { "a" : "x" ,\n"n" : 1.10, "e":1e400 } ',
            ' { "a" : "[redacted]" ,\n"n" : 1.10, "e":1e400 } ',
        ),
        (["/a"], '{"a":1,"a":"person@example.com"}', '{"a":"[redacted]","a":"[redacted]"}'),
        (["/a"], '{"\\u0061":"x","b":"\\u00e9é"}', '{"\\u0061":"[redacted]","b":"\\u00e9é"}'),
        # What is not there, or is no object.
        (["/a/b"], '{"a":"x"}', '{"a":"x"}'),
        (["/a"], '{"b":{}}', '{"b":{}}'),
        (["/a"], "[]", "[]"),
        (["/a"], "{}", "{}"),
    ],
)  # fmt: skip
def test_json(rules, text, stored):
    assert Redaction(rules, providers.github).without(text.encode(), JSON_TYPE).decode() == stored


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a"', b'{"a":', b'{"a":1', b'{"a" 1}', b'{"a":1 "b":2}', b"\xff", b'{"a":1}x',
     b'{"a":' + b"[" * 100_000, b"nothing", b'{"a":1,,}', b'{"a"11}', b'{"a":1 2"b":2}'],
    ids=range(14),
)  # fmt: skip
def test_what_cannot_be_read_is_not_stored(body):
    assert Redaction(["/a/b", "/b"], providers.github).without(body, JSON_TYPE) == b""


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("ab*/~", max_size=2), inner, max_size=4)
    ),
)
steps = st.sampled_from(["a", "b", "ab", "0", "1", "*"])
rules_of_steps = st.lists(st.lists(steps, min_size=1, max_size=3), max_size=3)


@given(values, rules_of_steps)
def test_it_is_what_setting_each_place_would_give(value, rules):
    expected = copy.deepcopy(value)
    for rule in sorted(rules, key=len, reverse=True):
        _put(expected, rule)
    text = json.dumps(value, indent=1)
    assert json.loads(redacted(text, [tuple(rule) for rule in rules])) == expected


def _put(value, rule):
    step, *rest = rule
    places = {}
    if isinstance(value, dict):
        places = {name: name for name in value}
    elif isinstance(value, list):
        places = {str(number): number for number in range(len(value))}
    for name, place in places.items():
        if step not in (name, "*"):
            continue
        if rest:
            _put(value[place], rest)
        else:
            value[place] = REDACTED


def test_forms():
    acme = Provider(
        name="acme", scheme=HMAC(signature=providers.github.scheme.signature), accepts=(Form(),)
    )
    stored = Redaction(["/email"], acme).without(
        b"email=a%40b.example&n=1&email=x&e=", "application/x-www-form-urlencoded"
    )
    assert parse_qs(stored.decode(), keep_blank_values=True) == {
        "email": [REDACTED, REDACTED],
        "n": ["1"],
        "e": [""],
    }
    stored = Redaction(["/pusher/email"], providers.github).without(
        b"payload=%7B%22pusher%22%3A%7B%22email%22%3A1%7D%7D", "application/x-www-form-urlencoded"
    )
    assert json.loads(parse_qs(stored.decode())["payload"][0]) == {"pusher": {"email": REDACTED}}


@pytest.mark.parametrize(
    ("rules", "provider", "told"),
    [
        (["customer"], providers.stripe, "begins with"),
        ([""], providers.stripe, "begins with"),
        ("/customer", providers.stripe, "is a list"),
        (["/id"], providers.stripe, "told apart"),
        (["/*"], providers.stripe, "told apart"),
        (["/created"], providers.stripe, "told apart"),
        (["/a"], providers.mailgun, "JSON and forms"),
        (["/a"], providers.github.replace(codings=frozenset({"gzip"})), "compressed"),
    ],
)
def test_what_makes_no_sense_is_refused(rules, provider, told):
    with pytest.raises(ConfigError, match=told):
        Redaction(rules, provider)


def test_a_place_beside_an_events_id_may_be_taken():
    acme = providers.stripe.replace(event_id=Pointer("/data/id"), accepts=(JSON(),))
    assert Redaction(["/data/object", "/data/*/id", "/data/idx"], acme)


@pytest.mark.parametrize("parse", ["now", "later"])
def test_handlers_and_the_store_see_what_is_left(tmp_path, parse):
    inbox = Inbox(f"sqlite:///{tmp_path}/hooks.db", parse=parse)
    stripe = Receiver(
        providers.stripe, secret="a secret", inbox=inbox, redact=["/data/object/email"]
    )
    seen = []
    stripe.on("invoice.paid", name="book")(lambda event: seen.append(event.payload["data"]))
    request = signed_event("a secret", "evt_1", email="person@example.com", total=3)
    assert stripe.handle(request).status == 200
    assert stripe.handle(request).status == 200  # told by what was sent, not by what is stored
    inbox.drain()
    assert seen == [{"object": {"email": REDACTED, "total": 3}}]
    assert inbox.counts().duplicates == 1
    inbox.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"person@example.com" not in stored
    assert b"evt_1" in stored


def test_what_cannot_be_parsed_is_kept_without_its_body(tmp_path):
    inbox = Inbox(f"sqlite:///{tmp_path}/hooks.db")
    github = Receiver(providers.github, secret="a secret", inbox=inbox, redact=["/email"])
    request = github.verifier.sign(
        signed_push("a secret", "d-1").replace(body=b'{"email":"person@example.com"')
    )
    assert github.handle(request).status == 400
    (line,) = inbox.deliveries.find(state="rejected")
    assert inbox.deliveries.show(line.receipt).arrival.body == b""
    inbox.close()


def test_it_needs_an_inbox():
    with pytest.raises(ConfigError, match="inbox="):
        Receiver(providers.github, secret="a secret", redact=["/email"])
