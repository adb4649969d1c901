"""Every item of a batch verifies by itself."""

import json
import sys
from types import SimpleNamespace

import pytest

from hookkit import HMAC, Header, Limits, Pointer, Request, Token
from hookkit.errors import (
    ConfigError,
    MalformedCredential,
    MissingCredential,
    Unauthorized,
    WrongCredential,
)
from hookkit.formats import JSON
from hookkit.schemes import each
from hookkit.schemes.each import EachItem

TOKENS = EachItem(Pointer("/items"), Token(Pointer("/token")))
MACS = EachItem(
    Pointer(""), HMAC(signature=Pointer("/mac"), signs="{field:/a}.{field:/b}", reads=JSON())
)


def request(value):
    return Request("POST", {}, json.dumps(value).encode())


def verify(scheme, sent, *secrets):
    keys = tuple(map(scheme.prepare, secrets or (b"s3cret",)))
    return scheme.verify(sent, keys, 0.0, Limits())


def tokens(*shown):
    return request({"items": [{"token": token} for token in shown]})


RIGHT = tokens("s3cret")


@pytest.mark.parametrize(
    ("shown", "secrets", "key"),
    [
        (["new"], [b"new", b"old"], 0),
        (["new", "new"], [b"new", b"old"], 0),
        (["new", "old", "new"], [b"new", b"old"], 1),
    ],
)
def test_the_verdict_is_of_the_oldest_secret(shown, secrets, key):
    """So that it shows whether that one is still in use."""
    assert verify(TOKENS, tokens(*shown), *secrets).key == key


@pytest.mark.parametrize("shown", [["x"], ["s3cret", "x"], ["x", "s3cret"], ["s3cret", ""]])
def test_one_wrong_item_is_enough(shown):
    """Wherever it stands."""
    with pytest.raises(WrongCredential):
        verify(TOKENS, tokens(*shown))


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"items": []}, MissingCredential),
        ({"items": {}}, MalformedCredential),
        ({"items": "s3cret"}, MalformedCredential),
        ({}, MalformedCredential),
        ([], MalformedCredential),
        ({"items": [{}]}, MissingCredential),
        ({"items": [{"token": "s3cret"}, {}]}, MissingCredential),
        ({"items": [{"token": 1}]}, MalformedCredential),
        ({"items": ["s3cret"]}, MalformedCredential),
        ({"items": [None]}, MalformedCredential),
        ({"items": [["s3cret"]]}, MalformedCredential),
    ],
)
def test_what_is_no_batch_of_credentials_is_refused(value, error):
    """An empty one proves nothing either."""
    with pytest.raises(error):
        verify(TOKENS, request(value))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"items":[' + b"[" * 5000,
        b'{"items":[' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]}",
        b'{"items":[{"token":"s3cret","n":1e999}]}',
    ],
    ids=["empty", "cut", "no-text", "deep-and-cut", "deep", "infinite"],
)
def test_what_cannot_be_read_is_refused(body):
    """Whatever it is: nobody has shown who sent it."""
    with pytest.raises(Unauthorized):
        verify(TOKENS, Request("POST", {}, body))


def test_each_item_is_signed():
    """With the fields that it has, and none of another item's."""
    sent = request([{"a": 1, "b": "x"}, {"a": 2, "b": "\u00fc"}])
    signed = MACS.sign(sent, MACS.prepare(b"s3cret"), 0.0, "")
    assert verify(MACS, signed).key == 0
    first, second = json.loads(signed.body)
    assert first["mac"] != second["mac"]
    first["mac"], second["mac"] = second["mac"], first["mac"]
    with pytest.raises(WrongCredential):
        verify(MACS, request([first, second]))


def test_what_is_covered_is_what_an_item_covers():
    """And the credential is in no header."""
    assert [part for part in ("body", "field", "url") if MACS.covers(part)] == ["field"]
    assert (MACS.header, MACS.signs_url) == (None, False)


@pytest.mark.parametrize(
    "scheme", [Token(Header("X-Token")), HMAC(signature=Header("X-Signature"))], ids=repr
)
def test_a_credential_outside_of_the_items_is_no_items_credential(scheme):
    """It would be one for all of them."""
    with pytest.raises(ConfigError, match="in that item"):
        EachItem(Pointer(""), scheme)


def test_steps_name_the_item():
    """For `explain`; and say what is wrong where there is none."""
    keys = (b"s3cret",)
    names = [step.name for step in TOKENS.steps(tokens("a", "b"), keys, Limits())]
    assert {name.partition(":")[0] for name in names} == {"item 1", "item 2"}
    assert [step.name for step in TOKENS.steps(request({}), keys, Limits())] == ["items at /items"]


def test_an_item_that_is_nested_too_deep_to_be_written_is_refused(monkeypatch):
    """Which depth that is, depends on the interpreter."""

    def dumps(item):
        raise RecursionError

    monkeypatch.setattr(each, "json", SimpleNamespace(dumps=dumps))
    with pytest.raises(MalformedCredential):
        verify(TOKENS, RIGHT)


def test_any_depth_is_a_verdict_or_a_refusal():
    """Reading and writing reach the interpreter's bound at depths that differ by a little."""
    refused = 0
    for depth in range(1, sys.getrecursionlimit() + 50):
        nested = b"[" * depth + b"]" * depth
        try:
            verify(TOKENS, Request("POST", {}, b'{"items":[{"token":"s3cret","n":%s}]}' % nested))
        except Unauthorized:
            refused += 1
    assert refused > 0
