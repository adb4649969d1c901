import base64
import hashlib
import hmac

import pytest

from hookkit import Limits, Request
from hookkit.errors import (
    MalformedCredential,
    MissingCredential,
    StaleTimestamp,
    Unauthorized,
    WrongCredential,
)
from hookkit.schemes.standard import STANDARD_WEBHOOKS, SVIX

# The example in the tests of the standardwebhooks libraries: secret, id, time, body and signature.
SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIME, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

BOTH = pytest.mark.parametrize("scheme", [STANDARD_WEBHOOKS, SVIX], ids=["standard", "svix"])


def _sent(prefix="webhook", body=BODY, **changed):
    values = {"id": ID, "timestamp": str(TIME), "signature": SIGNATURE, **changed}
    headers = {f"{prefix}-{name}": value for name, value in values.items() if value is not None}
    return Request(headers=headers, body=body)


def _verify(scheme, request, secret=SECRET, now=TIME, limits=None):
    return scheme.verify(request, (scheme.prepare(secret),), now, limits or Limits())


@BOTH
@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix(b"whsec_")])
def test_the_published_example(scheme, secret):
    """With and without the prefix of its secret."""
    assert _verify(scheme, _sent(), secret).timestamp == TIME


def test_the_names_of_svix():
    """Which Standard Webhooks does not know; beside the other names, they count."""
    assert _verify(SVIX, _sent("svix")).timestamp == TIME
    with pytest.raises(MissingCredential):
        _verify(STANDARD_WEBHOOKS, _sent("svix"))
    wrong = _sent("svix", signature="v1," + "A" * 43 + "=")
    for name, value in _sent().headers.items():
        wrong = wrong.with_header(name, value)
    with pytest.raises(WrongCredential):
        _verify(SVIX, wrong)


@BOTH
@pytest.mark.parametrize(
    ("signature", "right"),
    [
        (f"v1,{'A' * 43}= {SIGNATURE}", True),
        (f"{SIGNATURE} v1,{'A' * 43}=", True),
        (f"v1a,AAAA {SIGNATURE} v2,AAAA", True),
        (SIGNATURE.removeprefix("v1,"), False),
        (SIGNATURE.replace("v1,", "v2,"), False),
        (SIGNATURE.replace("v1,", "v1a,"), False),
        (SIGNATURE.replace("v1,", "V1,"), False),
        (SIGNATURE[:-1], False),
        (SIGNATURE.replace("+", "-").replace("/", "_"), False),
        ("v1,", False),
        ("", False),
    ],
)
def test_a_list_of_signatures(scheme, signature, right):
    """One of version 1 that is right is enough."""
    request = _sent(signature=signature)
    if right:
        assert _verify(scheme, request).key == 0
        return
    with pytest.raises(Unauthorized):
        _verify(scheme, request)


@BOTH
@pytest.mark.parametrize(
    "changed",
    [
        {"id": f"{ID}x"},
        {"timestamp": str(TIME + 1)},
        {"body": BODY + b" "},
    ],
)
def test_all_three_are_signed(scheme, changed):
    """Id, time and body."""
    with pytest.raises(WrongCredential):
        _verify(scheme, _sent(**changed))


@BOTH
@pytest.mark.parametrize("name", ["id", "timestamp", "signature"])
def test_all_three_must_be_there(scheme, name):
    """Told as missing."""
    with pytest.raises(MissingCredential):
        _verify(scheme, _sent(**{name: None}))


@BOTH
def test_the_tolerance(scheme):
    """Five minutes."""
    assert _verify(scheme, _sent(), now=TIME + 300).age == 300
    with pytest.raises(StaleTimestamp):
        _verify(scheme, _sent(), now=TIME + 301)


@BOTH
def test_an_id_cannot_be_shifted(scheme):
    """A dot in it would move the border between it and the time, also where the hash is right."""
    key = base64.b64decode(SECRET.removeprefix(b"whsec_"))
    text = b"a.%d.%d.%b" % (TIME, TIME, BODY)
    made = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    with pytest.raises(MalformedCredential):
        _verify(scheme, _sent(id=f"a.{TIME}", signature=f"v1,{made}"))


@BOTH
def test_signing(scheme):
    """Writes the example, under the first of the names."""
    request = Request(body=BODY)
    signed = scheme.sign(request, scheme.prepare(SECRET), TIME, ID)
    prefix = "svix" if scheme is SVIX else "webhook"
    assert dict(signed.headers.items()) == dict(_sent(prefix).headers.items())
