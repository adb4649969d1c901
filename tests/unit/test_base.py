import pytest

from hookkit import First, Header, Limits, Pointer, Query, Request, Response, Verdict
from hookkit.errors import KeyUnavailable, MalformedCredential, MissingCredential
from hookkit.schemes import Step
from hookkit.schemes.base import credential, read_answer, wire_bytes

LIMITS = Limits(header=5)


def test_what_a_verdict_says():
    """Which secret, and when; nothing of the secret itself."""
    assert repr(Verdict(0)) == "Verdict(key=0, timestamp=None, age=None)"
    verdict = Verdict(1, 100.0, -2.5)
    assert (verdict.key, verdict.timestamp, verdict.age) == (1, 100.0, -2.5)
    assert repr(verdict) == "Verdict(key=1, timestamp=100.0, age=-2.5)"


def test_a_verdict_takes_no_further_attributes():
    """It is light, as one is made for every request."""
    with pytest.raises(AttributeError):
        Verdict(0).extra = 1  # type: ignore[attr-defined]


def test_steps_are_values():
    """Equal by content."""
    assert Step("a", "b") == Step("a", "b")
    assert Step("a", "b") != Step("a", "c")


@pytest.mark.parametrize(
    "place", [Header("X-A"), Query("a"), First(Header("X-B"), Header("X-A"))], ids=repr
)
@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (None, MissingCredential),
        ("", None),
        ("abcde", None),
        ("abcdef", MalformedCredential),
        ("a" * 1_000_000, MalformedCredential),
    ],
    ids=["missing", "empty", "at the limit", "one over", "huge"],
)
def test_a_credential_and_its_limit(place, sent, error):
    """It is there, and not longer than the limit, wherever it is."""
    request = Request(
        headers={} if sent is None else {"X-A": sent}, url="/" if sent is None else f"/?a={sent}"
    )
    if error is None:
        assert credential(place, request, LIMITS) == sent
        return
    with pytest.raises(error):
        credential(place, request, LIMITS)


@pytest.mark.parametrize("found", [5, ["a"], {"a": 1}, True], ids=repr)
def test_a_credential_is_text(found):
    """Whatever a place of the user's own may find."""

    class Odd:
        def find(self, request, payload):
            return found

    with pytest.raises(MalformedCredential):
        credential(Odd(), Request(), LIMITS)


def test_a_credential_is_looked_for_before_anything_is_parsed():
    """A place in the payload finds nothing, as bytes are verified before they are read."""
    with pytest.raises(MissingCredential):
        credential(Pointer("/token"), Request(body=b'{"token": "a"}'), LIMITS)


@pytest.mark.parametrize(("text", "raw"), [("", b""), ("abc", b"abc"), ("é\xff\0", b"\xe9\xff\0")])
def test_wire_bytes(text, raw):
    """Header text is the wire's bytes read as latin-1."""
    assert wire_bytes(text) == raw


@pytest.mark.parametrize("text", ["\u0100", "🐱", "\ud800"], ids=ascii)
def test_text_that_was_on_no_wire(text):
    """A test client may hand it over; it is a 401 like any other."""
    with pytest.raises(MalformedCredential):
        wire_bytes(text)


KEYS, GARBLED = Response(200, "keys"), Response(200, "<html>")


def keys_in(answer):
    if answer.body != b"keys":
        raise KeyUnavailable("no keys")
    return answer.body


@pytest.mark.parametrize(
    ("remembered", "newer", "read", "asked"),
    [
        (KEYS, GARBLED, b"keys", [None]),
        (GARBLED, KEYS, b"keys", [None, "no-cache"]),
        (GARBLED, GARBLED, None, [None, "no-cache"]),
        (Response(204), KEYS, b"keys", [None, "no-cache"]),
        (Response(404), KEYS, None, [None]),
    ],
)
def test_what_cannot_be_read_is_asked_for_anew(remembered, newer, read, asked):
    """A host that said something else once, with 200, would be believed for an hour."""
    questions = []

    def fetch(question):
        questions.append(question.header("Cache-Control"))
        return remembered if questions[-1] is None else newer

    question = Request("GET", url="https://keys.example/")
    if read is None:
        with pytest.raises(KeyUnavailable):
            read_answer(question, fetch, keys_in)
    else:
        assert read_answer(question, fetch, keys_in) == read
    assert questions == asked
