import json

import pytest

from hookkit import ConfigError, Handshake, Header, Pointer, Query, Request, Response
from hookkit.errors import BadChallenge, SetUpClosed
from hookkit.handshake import answer

ASKS = ((Pointer("/type"), "url_verification"),)
# Characters of a challenge; and of one that the secret has a part in.
LONGEST = 1024
LONGEST_TOKEN = 128

SLACK = Handshake(signed=True, asks=ASKS, echo=Pointer("/challenge"))


def _no_secret() -> bytes:
    raise AssertionError("the secret is asked for, and nothing is computed from it")


# Is it the question?


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        ({"type": "url_verification", "challenge": "abc"}, True),
        ({"type": "event_callback", "challenge": "abc"}, False),
        ({"type": ["url_verification"]}, False),
        ({"type": None}, False),
        ({}, False),
        ([], False),
        (None, False),
        ("url_verification", False),
    ],
    ids=repr,
)
def test_a_question_is_told_by_what_it_says(payload, asked):
    """Whatever the payload is, asking does not raise."""
    assert SLACK.asked(Request(), payload) is asked


@pytest.mark.parametrize(
    ("said", "payload", "asked"),
    [
        (1, {"type": 1}, True),
        (1, {"type": 2}, False),
        (1, {"type": True}, False),
        (1, {"type": 1.0}, False),
        (1, {"type": "1"}, False),
        ("1", {"type": 1}, False),
        (None, {"type": 0}, True),
        (None, {"type": ""}, True),
        (None, {"type": None}, False),
    ],
    ids=repr,
)
def test_what_is_said_has_its_type(said, payload, asked):
    """A boolean is no number, and a number no text; any of them is something."""
    assert (
        Handshake(signed=True, asks=((Pointer("/type"), said),)).asked(Request(), payload) is asked
    )


def test_all_places_must_say_it():
    """One of them is not enough."""
    both = Handshake(signed=False, asks=((Header("A"), "1"), (Header("B"), "2")))
    assert both.asked(Request(headers={"A": "1", "B": "2"}), None)
    assert not both.asked(Request(headers={"A": "1", "B": "3"}), None)
    assert not both.asked(Request(headers={"A": "1"}), None)


@pytest.mark.parametrize(
    ("url", "asked"), [("/?check=a", True), ("/?check=", True), ("/", False), ("/?other=a", False)]
)
def test_any_text_will_do_where_none_is_declared(url, asked):
    """The question is told by the parameter's being there."""
    check = Handshake(signed=False, asks=((Query("check"), None),), method="GET")
    assert check.asked(Request("GET", url=url), None) is asked


@pytest.mark.parametrize("method", ["GET", "HEAD", "post", "", "POST "])
def test_the_method_is_part_of_the_question(method):
    """And is compared exactly."""
    assert not SLACK.asked(Request(method), {"type": "url_verification"})


def test_a_method_alone_can_be_the_question():
    """Some ask with a bare HEAD."""
    head = Handshake(signed=False, asks=(), method="HEAD")
    assert head.asked(Request("HEAD"), None)
    assert not head.asked(Request("POST"), None)


def test_the_first_that_is_asked_answers():
    """In the order of declaration; a delivery gets no answer here."""
    handshakes = (
        Handshake(signed=True, asks=ASKS, status=201),
        Handshake(signed=True, asks=((Pointer("/type"), "other"),), status=202),
        Handshake(signed=True, asks=ASKS, status=203),
    )
    payload = {"type": "url_verification"}
    assert answer(handshakes, Request(), payload, _no_secret) == Response(201)
    assert answer(handshakes, Request(), {"type": "other"}, _no_secret) == Response(202)
    assert answer(handshakes, Request(), {"type": "push"}, _no_secret) is None
    assert answer((), Request(), payload, _no_secret) is None


# What is answered.

NOSNIFF = {"X-Content-Type-Options": "nosniff"}


def _hash(challenge: str, secret: bytes) -> dict[str, str]:
    return {"plain": challenge, "with": secret.decode()}


def _text(challenge: str, secret: bytes) -> str:
    return f"{challenge}|{secret.decode()}"


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        ({}, Response()),
        ({"status": 204}, Response(204)),
        ({"constant": '{"type":1}'}, Response(200, '{"type":1}', content_type="application/json")),
        ({"echo": Pointer("/challenge")}, Response(200, "abc", NOSNIFF)),
        ({"echo": Pointer("/challenge"), "status": 202}, Response(202, "abc", NOSNIFF)),
        (
            {"echo": Pointer("/challenge"), "field": "response"},
            Response(200, '{"response":"abc"}', NOSNIFF, content_type="application/json"),
        ),
        (
            {"echo": Pointer("/challenge"), "header": "X-Hook-Secret"},
            Response(200, b"", {"X-Hook-Secret": "abc"}),
        ),
        (
            {"echo": Pointer("/challenge"), "computed": _hash},
            Response(
                200, '{"plain":"abc","with":"s3cret"}', NOSNIFF, content_type="application/json"
            ),
        ),
        (
            {"echo": Pointer("/challenge"), "computed": _text},
            Response(200, "abc|s3cret", NOSNIFF),
        ),
    ],
    ids=[
        *("empty", "status", "constant", "text", "text and status", "field", "header"),
        *("computed", "computed text"),
    ],
)
def test_forms_of_answer(options, reply):
    """Each as declared; only a computed one has the secret read."""
    handshake = Handshake(signed=True, asks=ASKS, **options)
    payload = {"type": "url_verification", "challenge": "abc"}
    secret = (lambda: b"s3cret") if handshake.computed else _no_secret
    assert answer((handshake,), Request(), payload, secret) == reply


RATE = ("X-Allowed-Rate", Pointer("/rate"))


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        ({"rate": "120"}, {"Allow": "POST", "X-Allowed-Rate": "120"}),
        ({}, {"Allow": "POST"}),
        ({"rate": None}, {"Allow": "POST"}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("echoed", [False, True], ids=["empty", "header"])
def test_further_fields_of_the_answer(payload, fields, echoed):
    """A text as it is; what a place has, where it has anything."""
    options = {"echo": Pointer("/challenge"), "header": "X-Origin"} if echoed else {}
    handshake = Handshake(signed=True, asks=ASKS, headers=(("Allow", "POST"), RATE), **options)
    fields = {**({"X-Origin": "abc"} if echoed else {}), **fields}
    reply = handshake.reply(Request(), {"challenge": "abc", **payload}, b"")
    assert reply == Response(200, b"", fields)


@pytest.mark.parametrize("rate", ["", "1\r\nX: y", "é", 120, ["1"], "1" * (LONGEST + 1)], ids=ascii)
def test_what_no_further_field_repeats(rate):
    """As with an echo in a header."""
    handshake = Handshake(signed=True, asks=ASKS, headers=(RATE,))
    with pytest.raises(BadChallenge):
        handshake.reply(Request(), {"rate": rate}, b"")


@pytest.mark.parametrize("accepted", [True, False, None, 0, "yes"], ids=repr)
def test_a_new_secret_is_taken_or_not(accepted):
    """It is handed over with the request, before anything is answered."""
    seen = []
    handshake = Handshake(
        signed=False, asks=ASKS, **HEADER, accept=lambda *given: (seen.append(given), accepted)[1]
    )
    request = Request(url="/hooks/7")
    if accepted:
        reply = handshake.reply(request, {"challenge": "abc"}, b"")
        assert reply == Response(200, b"", {"X-Hook-Secret": "abc"})
    else:
        with pytest.raises(SetUpClosed):
            handshake.reply(request, {"challenge": "abc"}, b"")
    assert seen == [("abc", request)]


@pytest.mark.parametrize("challenge", ["", "a\nb", "é", None, "a" * (LONGEST + 1)], ids=ascii)
def test_what_cannot_be_echoed_is_no_secret(challenge):
    """And is not handed over."""
    handshake = Handshake(signed=False, asks=ASKS, **HEADER, accept=lambda *given: 1 / 0)
    with pytest.raises(BadChallenge):
        handshake.reply(Request(), {"challenge": challenge}, b"")


PLAIN = {"echo": Pointer("/challenge")}
FIELD = {"echo": Pointer("/challenge"), "field": "response"}
HEADER = {"echo": Pointer("/challenge"), "header": "X-Hook-Secret"}
COMPUTED = {"echo": Pointer("/challenge"), "computed": _hash}
FORMS = {"plain": PLAIN, "field": FIELD, "header": HEADER, "computed": COMPUTED}

NEVER = [None, "", 5, True, ["a"], {"a": 1}, b"abc", "a\nb", "a\r\nX: y", "\0", "\x1b[2J", "\x7f"]
NEVER += ["\x85", "\u2028", "\u202e", "\u200b", "\ud800", "a" * (LONGEST + 1)]


@pytest.mark.parametrize("challenge", NEVER, ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("options", FORMS.values(), ids=FORMS)
def test_what_is_never_echoed(options, challenge):
    """What is no short printable text is a 400, in every form of answer."""
    handshake = Handshake(signed=True, asks=ASKS, **options)
    with pytest.raises(BadChallenge):
        handshake.reply(Request(), {"type": "url_verification", "challenge": challenge}, b"s3cret")


@pytest.mark.parametrize(
    ("options", "challenge"),
    [
        (PLAIN, "a" * LONGEST),
        (PLAIN, "<script>alert(1)</script>"),
        (PLAIN, "é ü 🐱"),
        (FIELD, '"}{"'),
        (FIELD, "é"),
        (HEADER, "a b;c"),
        (COMPUTED, "a" * LONGEST_TOKEN),
        (COMPUTED, "aZ09_=+/-"),
    ],
    ids=lambda value: ascii(value)[:20] if isinstance(value, str) else "",
)
def test_what_is_echoed(options, challenge):
    """Printable text as it is; no browser takes it for a page, and JSON escapes it."""
    handshake = Handshake(signed=True, asks=ASKS, **options)
    reply = handshake.reply(Request(), {"challenge": challenge}, b"s3cret")
    headers = dict(reply.headers)
    assert "html" not in headers["Content-Type"]
    if "header" in options:
        assert headers["X-Hook-Secret"] == challenge
    elif options is PLAIN:
        assert reply.body.decode() == challenge
        assert headers["X-Content-Type-Options"] == "nosniff"
    else:
        assert challenge in json.loads(reply.body).values()
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("challenge", ["é", "\xa0", "ÿ"], ids=ascii)
def test_a_header_echoes_ascii_only(challenge):
    """Beyond it the bytes of a header are anyone's guess."""
    with pytest.raises(BadChallenge):
        Handshake(signed=True, asks=ASKS, **HEADER).reply(Request(), {"challenge": challenge}, b"")


@pytest.mark.parametrize(
    "challenge",
    [
        '{"id": 1}',
        "1.2",
        "v0:1:body",
        "a b",
        "a&b",
        "é",
        "a" * (LONGEST_TOKEN + 1),
        "{",
        "a,b",
        "٣",
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_nobody_has_a_delivery_signed(challenge):
    """Where the secret makes the answer, the challenge cannot be a body, a time, a whole signed text."""
    with pytest.raises(BadChallenge):
        Handshake(signed=False, asks=ASKS, **COMPUTED).reply(
            Request(), {"challenge": challenge}, b"s3cret"
        )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"asks": ASKS, "field": "a"}, "echo= and at most one of"),
        ({"asks": ASKS, "header": "A"}, "echo= and at most one of"),
        ({"asks": ASKS, "computed": _hash}, "echo= and at most one of"),
        ({"asks": ASKS, "echo": Pointer(""), "field": "a", "header": "A"}, "at most one of"),
        ({"asks": ASKS, "echo": Pointer(""), "constant": "{}"}, "leave out echo=, or constant="),
        ({"asks": ASKS, "accept": lambda secret, request: True}, "say where that is, with echo="),
        ({"asks": ()}, "takes every delivery for the question"),
    ],
    ids=["field", "header", "computed", "two forms", "constant", "accept", "every delivery"],
)
def test_declarations_that_do_not_hold_together(options, said):
    """Are refused at definition."""
    with pytest.raises(ConfigError, match=said):
        Handshake(signed=True, **options)


def test_whether_it_is_signed_must_be_said():
    """There is no default: an unsigned question is answered to anyone."""
    with pytest.raises(TypeError, match="signed"):
        Handshake(asks=ASKS)
