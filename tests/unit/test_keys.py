import logging
import traceback

import pytest

from hookkit import ConfigError, Request
from hookkit.errors import SecretUnavailable, UnknownTenant
from hookkit.keys import FetchedKeys, Keys

REQUEST = Request(headers={"X-Tenant": "a"})


def _keys(secret, most=8):
    return Keys(secret, lambda raw: raw.decode("latin-1").upper(), most)


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("secret", "prepared"),
    [
        ("abc", ("ABC",)),
        (b"abc", ("ABC",)),
        (Text("abc"), ("ABC",)),
        ("é", ("Ã\xa9".upper(),)),
        (b"\xff", ("\xff".upper(),)),
        (" padded ", (" PADDED ",)),
        (["new", "old"], ("NEW", "OLD")),
        (("new", b"old"), ("NEW", "OLD")),
        ({"new": 1}, ("NEW",)),
        (["same", "same"], ("SAME", "SAME")),
        ([str(each) for each in range(8)], tuple("01234567")),
    ],
    ids=[
        "text",
        "bytes",
        "a subclass",
        "as utf-8",
        "any bytes",
        "blanks are kept",
        "a list",
        "a mixed tuple",
        "a mapping's keys",
        "twice",
        "at the limit",
    ],
)
def test_secrets_are_prepared_once(secret, prepared):
    """One or several, in the order given, before the first request."""
    keys = _keys(secret)
    assert keys.fixed == prepared
    assert keys.of(REQUEST) is keys.fixed
    assert not keys.asks


REFUSED = [
    (None, "pass secret=, for example os.environ"),
    ([], "pass at least one secret"),
    ("", "secret number 1: it is empty: is the environment variable set"),
    (b"", "it is empty"),
    (" \t\r\n", "it is empty"),
    (["ok", ""], "secret number 2: it is empty"),
    (["ok", None], "secret number 2: it is a NoneType, not text or bytes"),
    (["ok", ["nested"]], "secret number 2: it is a list"),
    ("a\0b", "NUL byte"),
    (b"a\0b", "NUL byte"),
    ("a\ud800", "cannot be written as UTF-8"),
    (bytearray(b"abc"), "it is a int, not text or bytes"),
    (5, "text, bytes, a list of them or a callable, not a int"),
    (True, "a callable, not a bool"),
    ([str(each) for each in range(9)], r"9 secrets, at most 8 .* Limits\(secrets=…\)"),
]


@pytest.mark.parametrize(("secret", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_what_is_no_secret_is_refused_at_once(secret, said):
    """And the text says what to do."""
    with pytest.raises(ConfigError, match=said):
        _keys(secret)


def test_the_limit_on_live_secrets_can_be_raised():
    """Each live secret is another chance to guess one, so it takes a word."""
    with pytest.raises(ConfigError, match="9 secrets, at most 8 "):
        Keys(["a"] * 9, bytes)
    assert len(Keys(["a"] * 8, bytes).fixed) == 8
    with pytest.raises(ConfigError, match="at most 1 "):
        _keys(["a", "b"], most=1)
    assert len(_keys(["a"] * 9, most=9).fixed) == 9


def test_what_the_scheme_cannot_read_names_the_secret_by_its_place():
    """And not by its text, neither in the message nor in the traceback."""

    def prepare(raw: bytes) -> bytes:
        try:
            return bytes.fromhex(raw.decode())
        except ValueError as error:
            raise ConfigError("it is not hexadecimal") from error

    with pytest.raises(ConfigError, match=r"^secret number 2: it is not hexadecimal$") as caught:
        Keys(["00", "hunter2"], prepare)
    assert caught.value.__cause__ is None
    assert "hunter2" not in "".join(traceback.format_exception(caught.value, limit=0))


# A callable of the request.


@pytest.mark.parametrize(
    ("given", "prepared"),
    [("abc", ("ABC",)), (b"abc", ("ABC",)), (["b", "a"], ("B", "A"))],
    ids=["text", "bytes", "list"],
)
def test_a_callable_is_asked_for_each_request(given, prepared):
    """It gets the request, and what it gives is prepared like a fixed secret."""
    asked = []

    def secret(request):
        asked.append(request)
        return given

    keys = _keys(secret)
    assert keys.asks
    assert keys.fixed == ()
    assert asked == []
    assert keys.of(REQUEST) == prepared
    assert keys.raw(REQUEST) == tuple(each.lower().encode() for each in prepared)
    assert asked == [REQUEST, REQUEST]


def test_an_object_that_can_be_called_is_a_callable():
    """It need not be a function."""

    class Vault:
        def __call__(self, request):
            return request.headers.get("X-Tenant")

    assert _keys(Vault()).of(REQUEST) == ("A",)


def test_no_secret_is_an_unknown_tenant(caplog):
    """The sender's fault, which is no news for the log."""
    keys = _keys(lambda request: None)
    with pytest.raises(UnknownTenant):
        keys.of(REQUEST)
    assert keys.raw(REQUEST) == ()
    assert caplog.records == []


def _raises(request):
    raise ValueError("a\x1b[2J")  # a KeyError would escape it itself


OURS = [
    ("raises", _raises),
    ("takes no argument", lambda: "abc"),
    ("an empty text", lambda request: ""),
    ("an empty list", lambda request: []),
    ("no text", lambda request: 5),
    ("NUL", lambda request: "a\0"),
    ("surrogate", lambda request: "\ud800"),
    ("too many", lambda request: ["a"] * 9),
]


@pytest.mark.parametrize("ask", [ask for _, ask in OURS], ids=[name for name, _ in OURS])
@pytest.mark.parametrize("method", ["of", "raw"])
def test_a_callable_that_fails_is_our_fault(ask, method, caplog):
    """Not the sender's: it is a 503 with the traceback in the log, and never a 401."""
    with pytest.raises(SecretUnavailable):
        getattr(_keys(ask), method)(REQUEST)
    [record] = caplog.records
    assert (record.name, record.levelno) == ("hookkit.keys", logging.ERROR)
    assert record.getMessage() == "the callable given as secret failed"
    assert "Traceback" in caplog.text
    assert "\x1b" not in caplog.text


def test_an_exit_is_not_caught():
    """Ctrl-C during a slow look-up still ends the program."""

    def secret(request):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _keys(secret).of(REQUEST)


def test_raw_gives_the_secrets_as_they_were():
    """For `explain`, which tries other readings of them."""
    assert _keys(["é", b" x\n"]).raw(REQUEST) == ("é".encode(), b" x\n")


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("hunter2", "<Keys: 1 hidden>"),
        (["hunter2", "hunter3"], "<Keys: 2 hidden>"),
        (lambda request: "hunter2", "<Keys by request>"),
    ],
    ids=["one", "two", "callable"],
)
def test_no_secret_is_shown(secret, shown):
    """Not in the repr, which ends up in logs and error trackers."""
    assert repr(_keys(secret)) == shown


def test_labels_tell_live_secrets_apart_and_say_nothing_of_them():
    """The same for one secret and salt; a callable's secrets have none, as they are not known."""
    labels = _keys(["new", "old"]).labels("shop")
    assert labels == _keys(["new", "old"]).labels("shop")
    assert len(set(labels)) == 2
    assert all(len(label) == 4 and int(label, 16) >= 0 for label in labels)
    assert labels != _keys(["new", "old"]).labels("another")
    assert _keys(lambda request: "new").labels("shop") == ()


def test_keys_that_are_fetched_are_no_secrets():
    """What fetches them is handed over as the one key, and may block."""
    keys = FetchedKeys("ring")
    assert keys.fixed == keys.of(REQUEST) == ("ring",)
    assert keys.asks
    assert keys.raw(REQUEST) == keys.labels("shop") == ()
    assert repr(keys) == "<Keys: fetched>"
