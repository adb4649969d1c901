import hashlib

import pytest

from hookkit import ConfigError, Header, Limits, Request
from hookkit.errors import MalformedCredential, MissingCredential, WrongCredential
from hookkit.schemes.digest import Digest

NOW = 1_700_000_000
SIGNATURE, TIME = Header("X-Signature"), Header("X-Time")
LONG = b"secret of some length"
BODY = b'{"a": 1}'


def _digest(**given):
    return Digest(**{"signature": SIGNATURE, "signs": "{secret}{body}", **given})


def _verify(scheme, request, *secrets, now=NOW):
    keys = tuple(map(scheme.prepare, secrets or (LONG,)))
    return scheme.verify(request, keys, now, Limits())


def _sign(scheme, body=BODY, secret=LONG):
    return scheme.sign(Request(body=body, url="https://h.example/a"), secret, NOW, "msg_1")


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("body", [BODY, b"", b"\0\xff", b"<secret>"])
@pytest.mark.parametrize(
    ("signs", "text"),
    [
        ("{secret}{body}", b"%(secret)b%(body)b"),
        ("{body}{secret}", b"%(body)b%(secret)b"),
        ("{body}.{timestamp}.{secret}", b"%(body)b.1700000000.%(secret)b"),
        ("{secret}{body}{secret}", b"%(secret)b%(body)b%(secret)b"),
        ("{method}{path}{secret}<secret>", b"POST/a%(secret)b<secret>"),
    ],
)
def test_it_is_the_hash_of_the_text(algorithm, body, signs, text):
    """With the secret where the text has it, and nowhere else."""
    timed = "{timestamp}" in signs
    scheme = _digest(algorithm=algorithm, signs=signs, timestamp=TIME if timed else None)
    request = _sign(scheme, body)
    expected = hashlib.new(algorithm, text % {b"secret": LONG, b"body": body}).hexdigest()
    assert request.headers.get("X-Signature") == expected
    assert _verify(scheme, request).timestamp == (NOW if timed else None)


def test_the_verdict_tells_which_secret():
    """By its place in the list."""
    scheme = _digest()
    assert _verify(scheme, _sign(scheme), b"newer", LONG).key == 1


@pytest.mark.parametrize(
    "request_",
    [
        _sign(_digest(), secret=b"other"),
        _sign(_digest()).replace(body=b"{}"),
        _sign(_digest(signs="{body}{secret}")),
        _sign(_digest(algorithm="sha512")),
        _sign(_digest(encoding="HEX")),
        # A hash of the text with nothing where the secret goes, or with the mark that stands for it.
        Request(headers={"X-Signature": hashlib.sha256(BODY).hexdigest()}, body=BODY),
        Request(headers={"X-Signature": hashlib.sha256(b"<secret>" + BODY).hexdigest()}, body=BODY),
    ],
)
def test_what_is_wrong(request_):
    """Another secret, body, text, algorithm or spelling."""
    with pytest.raises(WrongCredential):
        _verify(_digest(), request_)


def test_a_missing_or_overlong_signature():
    """As in every family."""
    with pytest.raises(MissingCredential):
        _verify(_digest(), Request(body=BODY))
    with pytest.raises(MalformedCredential):
        _verify(_digest(), Request(headers={"X-Signature": "a" * 9000}, body=BODY))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"signs": "{body}"}, "without the secret proves nothing: name {secret} in signs"),
        ({"signs": "secret{body}"}, "without the secret proves nothing"),
        ({"algorithm": "sha3_256"}, "algorithm='sha3_256' is not known"),
        ({"algorithm": "SHA256"}, "is not known"),
        ({"encoding": "utf-8"}, "encoding='utf-8' is not known"),
    ],
)
def test_declarations_that_do_not_hold_together(given, said):
    """The error says what to write."""
    with pytest.raises(ConfigError, match=said):
        _digest(**given)


def test_what_is_covered():
    """As the text says."""
    scheme = _digest(signs="{timestamp}{secret}", timestamp=TIME)
    assert [part for part in ("body", "timestamp", "secret", "url") if scheme.covers(part)] == [
        "timestamp",
        "secret",
    ]


def test_steps_name_the_weak_construction():
    """So that nobody takes it for an HMAC; and they show no secret."""
    scheme = _digest(algorithm="md5", encoding="base64")
    steps = scheme.steps(_sign(scheme), (LONG,), Limits())
    assert any("plain MD5" in step.found for step in steps)
    assert LONG.decode() not in str(steps)
