import json
from collections import OrderedDict
from http import HTTPStatus

import flask
import pytest
import werkzeug

from hookkit import Response, errors
from hookkit.errors import MethodNotAllowed, RequestError, Unauthorized
from hookkit.replies import FAILED, UNAVAILABLE, is_reply, of_refusal, of_result

UNAUTHORIZED = Response(401, "Unauthorized")


def _below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


REFUSALS = [each for each in _below(RequestError) if each.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_says_its_status_and_nothing_more(kind):
    """The reason is for the log; the body is what the status means."""
    reply = of_refusal(kind("because of hunter2"), UNAUTHORIZED, ("GET", "POST"))
    assert reply.status == kind.status
    assert b"hunter2" not in reply.body
    if kind.status != 413:  # Python has renamed the phrase of 413 since RFC 9110
        assert reply.body.decode() == HTTPStatus(kind.status).phrase


@pytest.mark.parametrize(
    "kind",
    [each for each in REFUSALS if issubclass(each, Unauthorized)],
    ids=lambda kind: kind.__name__,
)
def test_every_failure_of_authentication_is_the_very_same_answer(kind):
    """The same object, so that not a byte can differ."""
    assert of_refusal(kind(), UNAUTHORIZED, ("POST",)) is UNAUTHORIZED


def test_what_the_method_should_have_been():
    """RFC 9110 section 15.5.6: 405 has Allow."""
    reply = of_refusal(MethodNotAllowed(), UNAUTHORIZED, ("GET", "POST"))
    assert ("Allow", "GET, POST") in reply.headers


@pytest.mark.parametrize(
    ("reply", "status"), [(FAILED, 500), (UNAVAILABLE, 503)], ids=["500", "503"]
)
def test_our_own_failures_tell_nothing(reply, status):
    """A fixed text; the sender is told when to come back where that helps."""
    assert reply.status == status
    assert ("Retry-After" in dict(reply.headers)) == (status == 503)


OWN = Response(202, b"own", {"X-A": "1"})


@pytest.mark.parametrize(
    ("result", "reply"),
    [
        (OWN, OWN),
        ("", Response(200, "")),
        ("hello é", Response(200, "hello é")),
        ({}, Response(200, "{}", content_type="application/json")),
        ({"a": [1, None]}, Response(200, '{"a": [1, null]}', content_type="application/json")),
        (OrderedDict(a=1), Response(200, '{"a": 1}', content_type="application/json")),
        ({"a": "\ud800"}, Response(200, '{"a": "\\ud800"}', content_type="application/json")),
    ],
    ids=["response", "empty text", "text", "empty dict", "dict", "subclass", "surrogate"],
)
def test_a_handlers_result_as_a_reply(result, reply):
    """Text as text, a dictionary as JSON, a Response as it is."""
    assert is_reply(result)
    assert of_result(result) == reply


def _streamed():
    return werkzeug.Response(iter([b"a", b"b"]))


def _with_cookies():
    response = flask.Response("x", 201, {"X-A": "1"}, mimetype="text/html")
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@pytest.mark.parametrize(
    ("result", "status", "body", "headers"),
    [
        (werkzeug.Response("hé", 418), 418, "hé".encode(), ["text/plain; charset=utf-8", "3"]),
        (_streamed(), 200, b"ab", ["text/plain; charset=utf-8", "2"]),
        (
            _with_cookies(),
            201,
            b"x",
            ["text/html; charset=utf-8", "1", "a=1; Path=/", "b=2; Path=/", "1"],
        ),
        (flask.Response(status=204), 204, b"", []),
    ],
    ids=["werkzeug", "streamed", "flask", "204"],
)
def test_a_response_of_werkzeugs(result, status, body, headers):
    """With its status, its bytes and every field, those that repeat, too."""
    assert is_reply(result)
    reply = of_result(result)
    assert (reply.status, reply.body) == (status, body)
    assert sorted(value for _, value in reply.headers) == sorted(headers)


@pytest.mark.parametrize(
    "result",
    [
        None,
        True,
        5,
        1.5,
        b"bytes",
        [],
        (),
        {"a"},
        object(),
        ("text", 200),
        iter(["a"]),
        Exception("a"),
    ],
    ids=lambda result: type(result).__name__,
)
def test_what_is_no_reply(result):
    """Is told apart before, and a TypeError where it is sent all the same."""
    assert not is_reply(result)
    with pytest.raises(TypeError, match=f"returned {type(result).__name__}, which is no reply"):
        of_result(result)


def _circle():
    circle: dict = {}
    circle["a"] = circle
    return circle


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ({"a": b"bytes"}, TypeError),
        ({"a": {1}}, TypeError),
        ({("a",): 1}, TypeError),
        ({"a": float("nan")}, ValueError),
        ({"a": float("inf")}, ValueError),
        (_circle(), ValueError),
        ("\ud800", ValueError),
        (werkzeug.Response("x", 700), ValueError),
        (werkzeug.Response("x", 101), ValueError),
        (werkzeug.Response("x", headers={"X-A": "\u0100"}), ValueError),
    ],
    ids=["bytes", "set", "key", "nan", "inf", "circle", "surrogate", "700", "101", "header"],
)
def test_replies_that_cannot_be_sent(result, error):
    """Raise what the docstring says: each is a bug of the handler, never half an answer."""
    assert is_reply(result)
    with pytest.raises(error):
        of_result(result)


@pytest.mark.parametrize("value", [0.1, -0.0, 10**30], ids=repr)
def test_numbers_of_json(value):
    """Are written so that they read back the same."""
    assert json.loads(of_result({"a": value}).body) == {"a": value}
