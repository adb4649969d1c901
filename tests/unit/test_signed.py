import dataclasses
import hmac
import json

import pytest

from hookkit import (
    HMAC,
    ConfigError,
    First,
    Header,
    Joined,
    Limits,
    Pointer,
    Query,
    Request,
)
from hookkit.errors import (
    BadTimestamp,
    FutureTimestamp,
    MalformedCredential,
    MissingCredential,
    StaleTimestamp,
    Unauthorized,
    WrongCredential,
)
from hookkit.formats import JSON, Form
from hookkit.places import Numbered
from hookkit.schemes.signed import ENCODINGS, Signed
from hookkit.schemes.timestamps import UNITS, write_time
from tests.unit.verifying import verify_both_ways

NOW = 1_700_000_000.0
LIMITS = Limits()
SIGNATURE = Header("X-Signature")
TIME, ID = Header("X-Time"), Header("X-Id")
PAIRS = "t={timestamp},v1={signature}"
LIST = "v1,{signature} ..."
URL = "https://h.example/a?b=c"


def _hmac(**given):
    return HMAC(**{"signature": SIGNATURE, **given})


BARE = _hmac()
STRIPE = _hmac(layout=PAIRS, signs="{timestamp}.{body}")
BESIDE = _hmac(timestamp=TIME, signs="{timestamp}:{body}")
SVIX = _hmac(layout=LIST, signs="{id}.{timestamp}.{body}", timestamp=TIME, id=ID, encoding="base64")


def _sign(scheme, request=None, secret=b"s3cret", now=NOW, message_id="msg_1"):
    request = request or Request(body=b"{}", url=URL)
    return scheme.sign(request, scheme.prepare(secret), now, message_id)


def _verify(scheme, request, *secrets, now=NOW, limits=LIMITS):
    return verify_both_ways(scheme, request, secrets or (b"s3cret",), now, limits)


def _signature(scheme, request):
    return request.headers.get(scheme.header)


SHAPES = {
    "bare": BARE,
    "prefix": _hmac(layout="sha256={signature}"),
    "quoted": _hmac(layout='sig="{signature}"'),
    "pairs with ,": STRIPE,
    "pairs with ;": _hmac(layout="ts={timestamp};h1={signature}", signs="{timestamp}:{body}"),
    "pairs with &": _hmac(layout="t={timestamp}&v1={signature}", signs="{timestamp}{body}"),
    "fixed pairs": _hmac(layout="keyId=main,signature={signature}"),
    "fixed pairs and a time": _hmac(
        layout="keyId=main,signature={signature}", timestamp=TIME, signs="{timestamp}.{body}"
    ),
    "list": SVIX,
    "list with ,": _hmac(layout="{signature},..."),
    "positions": _hmac(layout="{timestamp},{signature},...", signs="{timestamp}.{body}"),
    "dated list": _hmac(layout="t={timestamp};v1={signature},...", signs="{timestamp}.{body}"),
    "several layouts": _hmac(layout=("sha256={signature}", "{signature}")),
    "time beside": BESIDE,
    "time in ms": _hmac(timestamp=TIME, signs="{timestamp}.{body}", unit="ms"),
    "time in words": _hmac(timestamp=TIME, signs="{timestamp}.{body}", unit="rfc3339"),
    "time in the body": _hmac(timestamp=Pointer("/at"), signs="{body}"),
    "time deep in the body": _hmac(timestamp=Pointer("/a/b"), unit="ms"),
    "time in words in the body": _hmac(timestamp=Pointer("/at"), unit="rfc3339"),
    "first of two headers": _hmac(
        signature=First(Header("X-New"), SIGNATURE),
        timestamp=First(Header("X-New-Time"), TIME),
        id=First(Header("X-New-Id"), ID),
        signs="{id}.{timestamp}.{body}",
    ),
    "numbered headers": _hmac(signature=Numbered("X-Sig-"), layout="{signature},..."),
    "query": _hmac(signature=Query("sig")),
    "query with pairs": _hmac(
        signature=Query("sig"), layout="t={timestamp}&v1={signature}", signs="{timestamp}{body}"
    ),
    "query signing a path": _hmac(signature=Query("sig"), signs="{path}{query:b}{body}"),
    "everything": _hmac(
        id=ID,
        timestamp=TIME,
        signs="{method}{url}{path}{query}{query:b}{header:X-A}{id}\n{timestamp}{body}",
    ),
}
EVERY_SHAPE = pytest.mark.parametrize("scheme", SHAPES.values(), ids=SHAPES)


@EVERY_SHAPE
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_signed_verifies(scheme, encoding):
    """In every shape and encoding, for bodies whose signatures need every character of it."""
    scheme = dataclasses.replace(scheme, encoding=encoding)
    for number in range(8):
        request = Request(headers={"X-A": "a"}, body=b'{"n": %d}' % number, url=URL)
        verdict = _verify(scheme, _sign(scheme, request))
        assert verdict.key == 0
        assert verdict.timestamp == (NOW if scheme.covers("timestamp") else None)
        assert verdict.age == (0 if scheme.covers("timestamp") else None)


@EVERY_SHAPE
def test_another_secret_is_refused(scheme):
    """Whatever the shape."""
    request = Request(headers={"X-A": "a"}, body=b"{}", url=URL)
    with pytest.raises(WrongCredential):
        _verify(scheme, _sign(scheme, request), b"other")


@EVERY_SHAPE
def test_nothing_there_is_missing(scheme):
    """An unsigned request is told apart from a wrong one."""
    with pytest.raises(MissingCredential):
        _verify(scheme, Request(body=b"{}", url=URL))


@EVERY_SHAPE
def test_another_body_is_refused(scheme):
    """The body is part of every text here."""
    signed = _sign(scheme, Request(headers={"X-A": "a"}, body=b'{"n": 1}', url=URL))
    with pytest.raises(WrongCredential):
        _verify(scheme, signed.replace(body=signed.body + b" "))


# Several signatures, several secrets.


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("scheme", [BARE, STRIPE, SVIX], ids=["bare", "pairs", "list"])
def test_the_verdict_tells_which_secret(scheme, position):
    """By its place in the list: 0 is the newest."""
    secrets = (b"new", b"old", b"older")
    assert _verify(scheme, _sign(scheme, secret=secrets[position]), *secrets).key == position


def test_the_same_secret_twice():
    """The first place counts."""
    assert _verify(BARE, _sign(BARE), b"s3cret", b"s3cret").key == 0


@pytest.mark.parametrize("place", [0, 1, 15])
def test_one_right_signature_of_several_is_enough(place):
    """Providers sign with the old and the new secret while one replaces the other."""
    right = _signature(SVIX, _sign(SVIX))
    items = ["v1," + "A" * 44] * 15
    items.insert(place, right)
    assert _verify(SVIX, _sign(SVIX).with_header("X-Signature", " ".join(items))).key == 0


def test_the_newest_secret_that_fits_is_named():
    """Also where the older one's signature comes first."""
    old, new = (_signature(SVIX, _sign(SVIX, secret=secret)) for secret in (b"old", b"new"))
    both = _sign(SVIX).with_header("X-Signature", f"{old} {new}")
    assert _verify(SVIX, both, b"new", b"old").key == 0


@pytest.mark.parametrize(
    ("more", "error"), [(15, None), (16, MalformedCredential)], ids=["16", "17"]
)
def test_the_limit_on_candidates(more, error):
    """Sixteen are tried, seventeen are refused unseen, the right one among them."""
    signed = _sign(STRIPE)
    header = _signature(STRIPE, signed) + ",v1=x" * more
    request = signed.with_header("X-Signature", header)
    if error is None:
        assert _verify(STRIPE, request).key == 0
        return
    with pytest.raises(error):
        _verify(STRIPE, request)


@pytest.mark.parametrize(
    "layout", ["{timestamp},{signature},...", "t={timestamp};v1={signature},..."]
)
def test_the_limit_on_candidates_counts_all_times_together(layout):
    """Each would have a text of its own to be hashed."""
    scheme = _hmac(layout=layout, signs="{timestamp}.{body}")
    written = _signature(scheme, _sign(scheme))
    items = [
        written,
        *(f"{NOW:.0f},x" if ";" not in layout else f"t={n};v1=x" for n in range(1, 3)),
    ]
    request = _sign(scheme).with_header("X-Signature", ",".join(items))
    candidates = len(items) if ";" in layout else ",".join(items).count(",")
    assert _verify(scheme, request, limits=Limits(candidates=candidates)).key == 0
    with pytest.raises(MalformedCredential):
        _verify(scheme, request, limits=Limits(candidates=candidates - 1))


@pytest.mark.parametrize(("others", "refused"), [(3, False), (4, True)], ids=["4", "5"])
def test_the_limit_on_times(others, refused):
    """Few candidates with many times would have a large body hashed again and again."""
    scheme = SHAPES["dated list"]
    signed = _sign(scheme)
    items = [*(f"t={n};v1=x" for n in range(1, others + 1)), _signature(scheme, signed)]
    request = signed.with_header("X-Signature", ",".join(items))
    if not refused:
        assert _verify(scheme, request).key == 0
        return
    with pytest.raises(MalformedCredential):
        _verify(scheme, request)


def test_signatures_of_other_versions_do_not_count():
    """Only those that would be compared."""
    signed = _sign(STRIPE)
    request = signed.with_header("X-Signature", _signature(STRIPE, signed) + ",v0=x" * 100)
    assert _verify(STRIPE, request, limits=Limits(candidates=1)).key == 0


LENGTH = len("v1,") + 44
"""Of SVIX's signature."""


@pytest.mark.parametrize(
    ("most", "changed"),
    [
        (LENGTH - 1, {}),
        (LENGTH, {"X-Id": "m" * (LENGTH + 1)}),
        (LENGTH, {"X-Time": "1" * (LENGTH + 1)}),
    ],
    ids=["signature", "id", "time"],
)
def test_the_limit_on_a_header(most, changed):
    """On each header that the scheme reads: at the limit it is read, one over it is not."""
    signed = _sign(SVIX, message_id="m" * most)
    assert _verify(SVIX, signed, limits=Limits(header=LENGTH)).key == 0
    for name, value in changed.items():
        signed = signed.with_header(name, value)
    with pytest.raises(MalformedCredential):
        _verify(SVIX, signed, limits=Limits(header=most))


@pytest.mark.parametrize(
    ("scheme", "error"),
    [(STRIPE, MalformedCredential), (BARE, WrongCredential), (SVIX, WrongCredential)],
    ids=["pairs", "bare", "list"],
)
def test_two_values_of_the_header_are_no_value(scheme, error):
    """Both right: two fields that a server joined by a comma are what no honest sender sends."""
    signed = _sign(scheme)
    header = _signature(scheme, signed)
    with pytest.raises(error):
        _verify(scheme, signed.with_header("X-Signature", f"{header},{header}"))


@pytest.mark.parametrize("text", ["\u0100", "🐱", "\ud800"], ids=ascii)
@pytest.mark.parametrize("name", ["X-Signature", "X-Time", "X-Id"])
def test_text_that_was_on_no_wire(name, text):
    """Is a 401 like any other."""
    with pytest.raises(MalformedCredential):
        _verify(SVIX, _sign(SVIX).with_header(name, text))


# Times.

TIMED = {
    "pairs": lambda unit: _hmac(layout=PAIRS, signs="{timestamp}.{body}", unit=unit),
    "header": lambda unit: _hmac(timestamp=TIME, signs="{timestamp}.{body}", unit=unit),
    "body": lambda unit: _hmac(timestamp=Pointer("/at"), unit=unit),
}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("make", TIMED.values(), ids=TIMED)
@pytest.mark.parametrize(
    ("tolerance", "late", "error"),
    [
        (300, 300, None),
        (300, 301, StaleTimestamp),
        (300, -300, None),
        (300, -301, FutureTimestamp),
        (0, 0, None),
        (0, 1, StaleTimestamp),
        ((10, 5), 10, None),
        ((10, 5), 11, StaleTimestamp),
        ((10, 5), -5, None),
        ((10, 5), -6, FutureTimestamp),
        (None, 10**9, None),
        (None, -(10**9), None),
    ],
)
def test_tolerance(unit, make, tolerance, late, error):
    """Both ways and inclusive, wherever the time is and whatever its unit."""
    scheme = dataclasses.replace(make(unit), tolerance=tolerance)
    signed = _sign(scheme)
    if error is None:
        verdict = _verify(scheme, signed, now=NOW + late)
        assert (verdict.timestamp, verdict.age) == (NOW, late)
        return
    with pytest.raises(error):
        _verify(scheme, signed, now=NOW + late)


def test_the_tolerance_is_five_minutes_by_default():
    """Both ways and inclusive."""
    assert STRIPE.tolerance == 300
    for late in (300, -300):
        assert _verify(STRIPE, _sign(STRIPE), now=NOW + late).age == late
    with pytest.raises(StaleTimestamp):
        _verify(STRIPE, _sign(STRIPE), now=NOW + 300.001)
    with pytest.raises(FutureTimestamp):
        _verify(STRIPE, _sign(STRIPE), now=NOW - 300.001)


@pytest.mark.parametrize("late", [301, -301], ids=["past", "future"])
def test_stale_is_only_what_is_authentic(late):
    """A stranger's request is wrong, however old it says it is."""
    with pytest.raises(WrongCredential):
        _verify(STRIPE, _sign(STRIPE, secret=b"other"), now=NOW + late)


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "0x1",
        "+1",
        "01",
        "1700000000.0",
        "1_700_000_000",
        "1700000000 ",
        "1700000000,1700000000",
        "2023-11-14T22:13:20Z",
        "١",
        "9" * 13,
        "9" * 8000,
        "-1",
        "nan",
    ],
    ids=lambda text: ascii(text)[:20],
)
@pytest.mark.parametrize("where", ["pairs", "header"])
def test_a_time_of_another_form(where, stamp):
    """Is refused before anything is hashed, also where it is signed: it says no time."""
    scheme = TIMED[where]("s")
    text = [stamp.encode("utf-8"), b".", b"{}"]
    signature = scheme.make(scheme.prepare(b"s3cret"), text).decode()
    header = stamp.encode().decode("latin-1")
    headers = (
        {"X-Signature": f"t={header},v1={signature}"}
        if where == "pairs"
        else {"X-Signature": signature, "X-Time": header}
    )
    # Blanks round a value go, and in pairs the comma ends it: what is left is a time, not the signed one.
    if stamp.endswith(" ") or ("," in stamp and where == "pairs"):
        with pytest.raises(WrongCredential):
            _verify(scheme, Request(headers=headers, body=b"{}"))
        return
    with pytest.raises((BadTimestamp, MalformedCredential)):
        _verify(scheme, Request(headers=headers, body=b"{}"))


def test_a_time_that_is_not_there():
    """Missing beside the signature, and of no form in its layout."""
    signed = _sign(BESIDE)
    headers = [pair for pair in signed.headers.items() if pair[0] != "x-time"]
    with pytest.raises(MissingCredential):
        _verify(BESIDE, signed.replace(headers=headers))
    with pytest.raises(BadTimestamp):
        _verify(STRIPE, Request(headers={"X-Signature": "v1=abc"}))


def test_a_time_is_signed_as_it_was_sent():
    """Another text for the same time does not verify."""
    scheme = TIMED["header"]("rfc3339")
    signed = _sign(scheme)
    assert signed.headers.get("X-Time") == write_time(NOW, "rfc3339")
    with pytest.raises(WrongCredential):
        _verify(scheme, signed.with_header("X-Time", "2023-11-14T22:13:20.0Z"))


def test_a_nameless_pair_is_no_time():
    """Beside a header of its own the layout has none; what looks like one is skipped."""
    scheme = SHAPES["fixed pairs and a time"]
    signed = _sign(scheme)
    header = _signature(scheme, signed)
    assert _verify(scheme, signed.with_header("X-Signature", f"=5,{header},,")).key == 0


def test_an_items_own_time_is_what_it_signs():
    """In a list whose items have times, a signature counts for its own only."""
    scheme = SHAPES["dated list"]
    right = _signature(scheme, _sign(scheme))
    wrong = right.replace(f"t={NOW:.0f}", f"t={NOW + 1:.0f}")
    assert _verify(scheme, _sign(scheme).with_header("X-Signature", f"{wrong},{right}")).key == 0
    with pytest.raises(WrongCredential):
        _verify(scheme, _sign(scheme).with_header("X-Signature", wrong))


BODY_TIME = _hmac(timestamp=Pointer("/at"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain",
        b"[]",
        b"{}",
        b'{"at": null}',
        b'{"at": true}',
        b'{"at": 1.7e9}',
        b'{"at": [1]}',
        b'{"at": "now"}',
        b'{"at": -1}',
        b'{"at": 1700000000000000}',
        b'{"at": NaN}',
        b'{"at": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"at": "\\ud800"}',
        b"\xff",
    ],
    ids=lambda body: repr(body)[:24],
)
def test_a_body_without_its_time(body):
    """Is refused, though signed; reading it comes after the signature and never crashes."""
    signed = _sign(BARE, Request(body=body))
    with pytest.raises(BadTimestamp):
        _verify(BODY_TIME, signed)
    with pytest.raises(WrongCredential):
        _verify(BODY_TIME, signed, b"other")


@pytest.mark.parametrize(
    "body", [b'{"at": 1700000000}', b'{"at": "1700000000"}', b'\xef\xbb\xbf{"at":1700000000}']
)
def test_a_body_with_its_time(body):
    """As a number or as text."""
    assert _verify(BODY_TIME, _sign(BARE, Request(body=body))).timestamp == NOW


def test_signing_puts_the_time_into_the_body():
    """In the unit's own type, and nothing else is changed."""
    signed = _sign(BODY_TIME, Request(body=b'{"a": 1}'))
    assert json.loads(signed.body) == {"a": 1, "at": 1_700_000_000}
    words = dataclasses.replace(BODY_TIME, unit="rfc3339")
    assert json.loads(_sign(words, Request(body=b"{}")).body) == {"at": "2023-11-14T22:13:20Z"}


# Ids.


@pytest.mark.parametrize(
    "message_id", ["msg_1", "a:b", "é", "a b", "a" * 8000], ids=lambda text: text[:5]
)
def test_an_id_is_part_of_the_text(message_id):
    """Another one does not verify."""
    signed = _sign(SVIX, message_id=message_id)
    assert signed.headers.get("X-Id") == message_id
    assert _verify(SVIX, signed).key == 0
    with pytest.raises(WrongCredential):
        _verify(SVIX, signed.with_header("X-Id", "other"))


@pytest.mark.parametrize("message_id", ["msg.1", ".", "a.", ".a"])
def test_an_id_that_holds_the_separator(message_id):
    """Could be shifted into the time behind it, so it is neither signed nor verified."""
    text = [f"{message_id}.{NOW:.0f}.".encode(), b"{}"]
    signature = SVIX.make(SVIX.prepare(b"s3cret"), text).decode()
    headers = {"X-Signature": f"v1,{signature}", "X-Time": f"{NOW:.0f}", "X-Id": message_id}
    with pytest.raises(MalformedCredential):
        _verify(SVIX, Request(headers=headers, body=b"{}"))
    with pytest.raises(MalformedCredential):
        _sign(SVIX, message_id=message_id)


@pytest.mark.parametrize(
    ("message_id", "error"), [(None, MissingCredential), ("", MissingCredential)]
)
def test_an_id_that_is_not_there(message_id, error):
    """Neither left out nor empty."""
    headers = {"X-Signature": "v1,x", "X-Time": f"{NOW:.0f}"}
    if message_id is not None:
        headers["X-Id"] = message_id
    with pytest.raises(error):
        _verify(SVIX, Request(headers=headers))


def test_an_id_that_the_request_has_is_kept():
    """Signing again is a retry, whose id is the same."""
    signed = _sign(SVIX, Request(headers={"X-Id": "mine"}, body=b"{}"), message_id="new")
    assert signed.headers.get("X-Id") == "mine"
    assert _sign(SVIX, Request(headers={"X-Id": ""}), message_id="new").headers.get("X-Id") == "new"


# Query, headers, several places.


@pytest.mark.parametrize(
    "url", ["", "/", "/a?b=c", "https://h.example", "https://h.example/?b=c&d"]
)
def test_a_signature_in_the_query(url):
    """Is added to what is there, escaped so that it reads back."""
    scheme = _hmac(signature=Query("sig+n"), encoding="base64")
    for number in range(8):
        signed = _sign(scheme, Request(body=b"%d" % number, url=url))
        assert _verify(scheme, signed).key == 0
        assert signed.url.startswith(url)
    assert scheme.header is None


def test_two_signatures_in_the_query():
    """Are none: which one counts is anyone's guess."""
    scheme = _hmac(signature=Query("sig"))
    signed = _sign(scheme)
    assert _sign(scheme, signed).url == signed.url  # signed again, it has one still
    twice = signed.replace(url=f"{signed.url}&{signed.query.rpartition('&')[2]}")
    with pytest.raises(MissingCredential):
        _verify(scheme, twice)


def test_a_signed_header():
    """Less its blanks, and missing where it is not there."""
    scheme = _hmac(signs="{header:X-A}.{body}")
    signed = _sign(scheme, Request(headers={"X-A": "a"}, body=b"{}"))
    assert _verify(scheme, signed.with_header("X-A", " a\t")).key == 0
    with pytest.raises(WrongCredential):
        _verify(scheme, signed.with_header("X-A", "b"))
    with pytest.raises(MissingCredential):
        _verify(scheme, Request(headers={"X-Signature": "x"}))


@pytest.mark.parametrize(("length", "refused"), [(80, False), (81, True)])
@pytest.mark.parametrize("place", ["header:X-A", "query:a"])
def test_the_limit_on_what_the_signed_text_names(place, length, refused):
    """Also on what is no signature, time or id: it is hashed like these."""
    scheme = _hmac(signs=f"{{{place}}}.{{body}}")
    value = "a" * length
    signed = _sign(scheme, Request(headers={"X-A": value}, body=b"{}", url=f"{URL}&a={value}"))
    assert _verify(scheme, signed).key == 0
    if not refused:
        assert _verify(scheme, signed, limits=Limits(header=80)).key == 0
        return
    with pytest.raises(MalformedCredential):
        _verify(scheme, signed, limits=Limits(header=80))


def test_of_several_headers_the_first_counts():
    """And a right one behind a wrong one does not."""
    scheme = _hmac(signature=First(Header("X-New"), Header("X-Old")))
    assert scheme.header == "X-New"
    signed = _sign(scheme, Request(body=b"{}"))
    value = signed.headers.get("X-New")
    assert _verify(scheme, Request(headers={"X-Old": value}, body=b"{}")).key == 0
    with pytest.raises(WrongCredential):
        _verify(scheme, Request(headers={"X-New": "x", "X-Old": value}, body=b"{}"))


def test_numbered_headers_are_candidates():
    """Each of them, up to the limit."""
    scheme = SHAPES["numbered headers"]
    signed = _sign(scheme, Request(body=b"{}"))
    value = signed.headers.get("X-Sig-1")
    moved = Request(headers={"X-Sig-1": "x", "X-Sig-3": value}, body=b"{}")
    assert _verify(scheme, moved).key == 0
    assert scheme.header == "X-Sig-1"


def test_several_layouts_are_read_and_the_first_is_written():
    """As a provider that changes its header sends both for a while."""
    scheme = SHAPES["several layouts"]
    signed = _sign(scheme)
    header = _signature(scheme, signed)
    assert header.startswith("sha256=")
    bare = signed.with_header("X-Signature", header.removeprefix("sha256="))
    assert _verify(scheme, bare).key == 0


@pytest.mark.parametrize(
    ("signs", "covered"),
    [
        ("{body}", False),
        ("{timestamp}.{body}", False),
        ("{url}{body}", True),
        ("{path}{body}", True),
        ("{query}{body}", True),
        ("{query:a}{body}", True),
        ("{method}{body}", False),
    ],
)
def test_whether_the_url_is_signed(signs, covered):
    """Then the receiver must know the one that the provider called."""
    layout = PAIRS if "{timestamp}" in signs else "{signature}"
    assert _hmac(signs=signs, layout=layout).signs_url is covered


class Own:
    """A provider's own making of the signed text."""

    def covers(self, part):
        return part in ("body", "timestamp")

    def render(self, request, timestamp, message_id, payload):
        return [timestamp, b"|", request.body[::-1]]


class _Backwards:
    """Reads and writes the signature from its end to its beginning."""

    def read(self, text):
        if not text:
            raise MalformedCredential
        return {b"": [text[::-1]]}

    def write(self, signature, timestamp):
        return signature[::-1]


def test_a_layout_of_a_providers_own_making():
    """Signs and verifies as one that is written as text."""
    scheme = _hmac(layout=_Backwards())
    signed = _sign(scheme)
    assert _signature(scheme, signed) == _signature(BARE, _sign(BARE))[::-1]
    assert _verify(scheme, signed).key == 0
    with pytest.raises(MalformedCredential):
        _verify(scheme, signed.with_header("X-Signature", ""))
    with pytest.raises(WrongCredential):
        _verify(scheme, _sign(BARE))


def test_a_signed_text_of_a_providers_own_making():
    """Takes the template's place."""
    scheme = _hmac(signs=Own(), timestamp=TIME)
    signed = _sign(scheme, Request(body=b"abc"))
    assert _verify(scheme, signed).timestamp == NOW
    expected = scheme.make(scheme.prepare(b"s3cret"), [b"1700000000|cba"]).decode()
    assert _signature(scheme, signed) == expected
    assert not scheme.signs_url


# Declarations.

DECLARATIONS = [
    ({"encoding": "base32"}, "encoding='base32' is not known: write one of hex, HEX, base64,"),
    ({"encoding": "Hex"}, "encoding='Hex' is not known"),
    ({"unit": "seconds"}, "unit='seconds' is not known: write one of s, ms, s-or-ms, rfc3339"),
    ({"signature": None}, 'say where the signature is: signature=Header("X-Signature")'),
    ({"signature": "X-Signature"}, "signature='X-Signature' is text and no place: write Header("),
    ({"timestamp": "X-Time", "signs": "{timestamp}{body}"}, "write Header('X-Time')"),
    ({"timestamp": "/at"}, "write Pointer('/at')"),
    ({"id": "X-Id", "signs": "{id}{body}"}, "write Header('X-Id')"),
    ({"signs": "{bdoy}"}, "signs='{bdoy}' has a part that is not known"),
    ({"signs": "v0"}, "covers nothing: write at least {body}"),
    (
        {"signs": "{id}.{body}"},
        'signs names {id}: say where it is, such as id=Header("webhook-id")',
    ),
    (
        {"signs": "{timestamp}.{body}"},
        'signs names {timestamp}: say where it is, such as timestamp=Header("X-Timestamp"), '
        "or name it in the layout",
    ),
    ({"layout": PAIRS}, "a time that is not signed proves nothing: name {timestamp} in signs"),
    ({"timestamp": TIME}, "a time that is not signed proves nothing"),
    ({"timestamp": Pointer("/at"), "signs": "{url}"}, "a time that is not signed proves nothing"),
    (
        {"timestamp": TIME, "layout": PAIRS, "signs": "{timestamp}.{body}"},
        "the time is in the layout and in timestamp=: name it in one of them",
    ),
    ({"layout": "sha256="}, "must name {signature} once"),
    ({"layout": ()}, "name at least one"),
    ({"tolerance": -1}, "tolerance is a number of seconds, 0 or more, or (past, future)"),
    ({"tolerance": "300"}, "tolerance is a number of seconds"),
    ({"tolerance": (1, 2, 3)}, "tolerance is a number of seconds"),
    ({"signature": Query("s"), "signs": "{url}{body}"}, "cannot sign the URL that it is in"),
    ({"signature": Query("s"), "signs": "{query}{body}"}, "cannot sign the URL that it is in"),
]


@pytest.mark.parametrize(("given", "said"), DECLARATIONS, ids=[str(row[0]) for row in DECLARATIONS])
def test_declarations_that_do_not_hold_together(given, said):
    """Fail at definition, with what to write."""
    with pytest.raises(ConfigError) as caught:
        _hmac(**given)
    assert said in str(caught.value)


def test_a_place_that_no_signer_can_write_to():
    """Such as several at once; it can still be verified from."""
    scheme = _hmac(signature=Joined(Header("X-A"), Header("X-B"), by=""))
    with pytest.raises(ConfigError, match="is no place that a signer can write to"):
        _sign(scheme)


def test_a_family_adds_how_keys_sign():
    """What they share alone is no scheme."""
    base = Signed(signature=SIGNATURE)
    for call in (
        lambda: base.prepare(b""),
        lambda: base.make(None, []),
        lambda: base.fits(None, [], []),
    ):
        with pytest.raises(NotImplementedError):
            call()
    assert base._algorithm() == "Signed"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request(method="\ud800", headers={"X-Signature": "x"}), WrongCredential),
        (Request(url="\ud800", headers={"X-Signature": "x"}), WrongCredential),
        (Request(headers={"X-Signature": ""}), WrongCredential),
        (Request(headers={"X-Signature": "\0"}), WrongCredential),
        (Request(headers={"X-Signature": "\xff" * 64}), WrongCredential),
    ],
    ids=["method", "url", "empty", "NUL", "latin-1"],
)
def test_no_request_raises_anything_else(request_, error):
    """Every refusal is an Unauthorized."""
    assert issubclass(error, Unauthorized)
    with pytest.raises(error):
        _verify(_hmac(signs="{method}{url}{body}"), request_)


# For `explain`.


def _steps(scheme, request, *secrets):
    keys = tuple(map(scheme.prepare, secrets or (b"hunter2",)))
    return [(step.name, step.found) for step in scheme.steps(request, keys, LIMITS)]


def test_steps():
    """What is compared, in heads that are enough for the eye and nothing to reuse."""
    signed = _sign(STRIPE, secret=b"hunter2")
    value = STRIPE.make(STRIPE.prepare(b"hunter2"), [b"1700000000.{}"]).decode()
    other = STRIPE.make(STRIPE.prepare(b"hunter3"), [b"1700000000.{}"]).decode()
    assert _steps(STRIPE, signed, b"hunter2", b"hunter3") == [
        ("X-Signature", f"1 signature(s): {value[:8]}... (64 characters)"),
        ("time", "1700000000 (s)"),
        ("signed text", "'{timestamp}.{body}', 13 bytes, HMAC-SHA256"),
        ("expected with secret 1", f"{value[:8]}... (64 characters)"),
        ("expected with secret 2", f"{other[:8]}... (64 characters)"),
    ]


@pytest.mark.parametrize(
    ("stamp", "shown"),
    [
        ("1" * 40, "1" * 40 + " (s)"),
        ("1" * 41, "1" * 40 + "... (41 characters) (s)"),
        ("\x1b", r"\x1b (s)"),
        ("\xff", r"\xff (s)"),
    ],
    ids=["at the limit", "cut", "control", "latin-1"],
)
def test_steps_show_what_is_no_time_either(stamp, shown):
    """Escaped and cut."""
    request = Request(headers={"X-Signature": f"t={stamp},v1=a"})
    assert dict(_steps(STRIPE, request))["time"] == shown


def test_steps_without_a_time():
    """Say nothing of one."""
    assert [name for name, _ in _steps(BARE, _sign(BARE))] == [
        "X-Signature",
        "signed text",
        "expected with secret 1",
    ]


def test_steps_of_what_cannot_be_read():
    """Say why, and what was wanted."""
    request = Request(headers={"X-Signature": "v0=a"})
    assert _steps(STRIPE, request) == [
        ("unreadable", str(MalformedCredential())),
        ("wanted", "'t={timestamp},v1={signature}' in X-Signature, hex"),
    ]
    unsigned = _steps(_hmac(signature=Query("s")), Request())
    assert unsigned == [
        ("unreadable", str(MissingCredential())),
        ("wanted", "'{signature}' in signature, hex"),
    ]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("hunter2", "7 characters, too few"),
        ("", "0 characters, too few"),
        ("a" * 23, "23 characters, too few"),
        ("a" * 24, "aaaaaaaa... (24 characters)"),
        ("\x1b[2J" + "a" * 60, r"\x1b[2Jaaaa... (64 characters)"),
        ("\xff" * 64, r"\xff\xff\xff\xff\xff\xff\xff\xff... (64 characters)"),
    ],
    ids=["a secret", "empty", "too few", "enough", "control", "latin-1"],
)
def test_steps_show_no_secret_and_nothing_unprintable(sent, shown):
    """Where the secret itself was sent, it is too short to be shown."""
    found = dict(_steps(BARE, Request(headers={"X-Signature": sent}, body=b"{}")))
    said = found["X-Signature"]
    assert said.isascii()
    assert said.isprintable()
    assert said == f"1 signature(s): {shown}"


def test_steps_show_four_of_many():
    """And count them all."""
    header = ",".join(["v1=" + "a" * 64] * 16)
    found = _steps(STRIPE, Request(headers={"X-Signature": f"t=1,{header}"}))[0][1]
    assert found.startswith("16 signature(s): ")
    assert found.count("aaaaaaaa...") == 4


IN_BODY = HMAC(
    signature=Pointer("/sig/value"),
    timestamp=Pointer("/sig/at"),
    signs="{timestamp}{field:/sig/token}{field:/n}{field:/b}",
    reads=JSON(),
)


def test_signature_time_and_text_may_be_fields_of_the_body():
    """The body is read first, each value is signed as the text that it is in JSON."""
    request = Request("POST", {}, b'{"sig":{"token":"\\u00e9"},"n":12,"b":true}')
    signed = _sign(IN_BODY, request)
    assert IN_BODY.verify(signed, (IN_BODY.prepare(b"s3cret"),), NOW, Limits()).timestamp == NOW
    expected = hmac.new(b"s3cret", f"{NOW:.0f}é12true".encode(), "sha256").hexdigest()
    assert json.loads(signed.body)["sig"]["value"] == expected


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"{}", b'{"sig":[]}', b'{"sig":{"value":1}}', b'{"a":' * 5000],
)
def test_a_body_that_cannot_be_read_first_is_refused(body):
    """Like any other: who sent it is not known."""
    with pytest.raises(Unauthorized):
        IN_BODY.verify(Request("POST", {}, body), (IN_BODY.prepare(b"k"),), NOW, Limits())


EITHER = HMAC(
    signature=Joined(Pointer("/sig"), Pointer("/more"), by=","),
    layout="{signature},...",
    signs="{field:/a}",
    reads=(JSON(), Form()),
)


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b'{"a":"1"}'),
        ("Application/JSON ; charset=utf-8", b'{"a":"1"}'),
        ("application/x-www-form-urlencoded", b"a=1"),
    ],
)
def test_of_several_formats_the_media_type_names_the_one(media, body):
    """As the parser chooses, so that both read the same."""
    request = Request("POST", {"Content-Type": media}, body)
    assert _verify(EITHER, _sign(EITHER, request)).key == 0


@pytest.mark.parametrize("media", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_media_type_of_none_of_the_formats_is_refused(media):
    """Like a body that is not of its format."""
    signed = _sign(EITHER, Request("POST", {"Content-Type": "application/json"}, b'{"a":"1"}'))
    with pytest.raises(MalformedCredential):
        _verify(EITHER, signed.with_header("Content-Type", media))


def test_signatures_of_several_fields_are_alternatives():
    """One right one among them is enough, wherever it stands; the first must be there."""
    right = hmac.new(b"s3cret", b"1", "sha256").hexdigest()
    for sig, more in ((right, "x"), ("x", right)):
        body = json.dumps({"a": "1", "sig": sig, "more": more}).encode()
        request = Request("POST", {"Content-Type": "application/json"}, body)
        assert _verify(EITHER, request).key == 0
    body = json.dumps({"a": "1", "more": right}).encode()
    with pytest.raises(MissingCredential):
        _verify(EITHER, Request("POST", {"Content-Type": "application/json"}, body))


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"signature": Pointer("/sig"), "signs": "{field:/a}"}, "reads=JSON"),
        ({"signature": Header("S"), "signs": "{field:/a}"}, "reads=JSON"),
        ({"signature": Pointer("/sig"), "reads": JSON()}, "sign the body that it is in"),
        ({"signature": Header("S"), "signs": "{field:a}", "reads": JSON()}, "begins with"),
        ({"signature": Header("S"), "signs": "{field}", "reads": JSON()}, "{field:/a/b}"),
    ],
)
def test_a_declaration_over_fields_is_checked(declared, said):
    """At construction, with what to write."""
    with pytest.raises(ConfigError, match=said):
        HMAC(**declared)
