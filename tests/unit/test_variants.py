"""What is tried, one thing at a time. That the right cause comes of it is what test_explain.py shows."""

import dataclasses

import pytest

from hookkit import HMAC, Header, Limits, Provider, Request, Token, Unauthorized, Verdict
from hookkit.errors import ConfigError, StaleTimestamp, WrongCredential
from hookkit.variants import HYPOTHESES, LONG, LONG_INDENTED, Case, changed

NOW = 1_700_000_000
SIGNATURE, TIME = Header("X-Signature"), Header("X-Time")
URL = "https://hooks.example.com/in?a=1"
VARIANTS = {name: variants for name, _, variants in HYPOTHESES}

PLAIN = HMAC(signature=SIGNATURE)
TIMED = HMAC(signature=SIGNATURE, timestamp=TIME, signs="{timestamp}.{body}")
BY_URL = HMAC(signature=SIGNATURE, signs="{url}{body}")
TOKEN = Token(Header("X-Token"))


def _case(scheme=PLAIN, *secrets, body=b"{}", url=URL, headers=(), **given):
    return Case(
        provider=Provider(name="acme", scheme=scheme),
        scheme=scheme,
        secrets=secrets or (b"s3cret",),
        request=Request("POST", headers, body, url=url),
        now=NOW,
        limits=Limits(),
        **given,
    )


def _signed(case):
    key = case.scheme.prepare(case.secrets[0])
    request = case.scheme.sign(case.request, key, NOW, "msg_1")
    return dataclasses.replace(case, request=request)


def _tried(name, case):
    return list(VARIANTS[name](case))


# The case itself.


def test_a_verdict():
    """Or the refusal, which is not raised."""
    case = _signed(_case(TIMED))
    assert isinstance(case.verdict(), Verdict)
    assert case.signature_fits()
    wrong = dataclasses.replace(case, secrets=(b"other",))
    assert isinstance(wrong.verdict(), WrongCredential)
    assert not wrong.signature_fits()


@pytest.mark.parametrize("late", [301, -301])
def test_a_signature_fits_whatever_its_age(late):
    """It is authentic, and only too old or too early."""
    case = dataclasses.replace(_signed(_case(TIMED)), now=NOW + late)
    assert isinstance(case.verdict(), Unauthorized)
    assert case.signature_fits()
    assert isinstance(case.verdict(), StaleTimestamp) is (late > 0)


def test_a_secret_that_is_not_of_the_form():
    """Does not fit; asked for its key, it says why."""
    case = _case(HMAC(signature=SIGNATURE, key="hex"), b"no digits")
    assert not case.signature_fits()
    with pytest.raises(ConfigError):
        case.keys()


def test_what_is_fetched_stands_for_keys():
    """Where there are no secrets."""
    assert _case(fetched=("a key",)).keys() == ("a key",)


def test_a_case_shows_no_secret():
    """Name and size only."""
    shown = repr(_case(headers={"X-Signature": "abcdef"}))
    assert shown.startswith("<Case acme, <Request 'POST' 2 bytes")
    assert "s3cret" not in shown
    assert "abcdef" not in shown


def test_a_scheme_with_one_field_otherwise():
    """And the one that was given as it was."""
    assert changed(TIMED, "tolerance", None) == dataclasses.replace(TIMED, tolerance=None)
    assert TIMED.tolerance == 300


# What is tried.

EVERY_CASE = [
    _case(),
    _case(TIMED, b"whsec_AAAA", b"other\n"),
    _case(BY_URL, body=b"a=b&c=d"),
    _case(TOKEN),
    _case(HMAC(signature=SIGNATURE, key="whsec", encoding="base64"), b"whsec_" + b"AAAA" * 8),
    _case(body=b""),
    _case(body=b"\xff\xfe"),
    _case(BY_URL, url=""),
]


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("case", EVERY_CASE)
def test_a_variant_differs(name, case):
    """From the case; its provider, clock and limits are the same."""
    for variant in _tried(name, case):
        assert (variant.scheme, variant.secrets, variant.request) != (
            case.scheme,
            case.secrets,
            case.request,
        )
        assert (variant.provider, variant.now, variant.limits) == (
            case.provider,
            case.now,
            case.limits,
        )
        assert variant.request.method == case.request.method
        assert variant.request.headers == case.request.headers
        variant.signature_fits()  # raises nothing


@pytest.mark.parametrize(
    ("secret", "tried"),
    [
        (b"a", {b"a\n", b"a\r\n", b"a ", b" a"}),
        (b" a\n", {b"a", b" a\n\n", b" a\n\r\n", b" a\n ", b"  a\n"}),
    ],
)
def test_blanks_round_a_secret(secret, tried):
    """Taken off here, or put on as the sender may have them."""
    assert {
        variant.secrets[0] for variant in _tried("secret-blanks", _case(PLAIN, secret))
    } == tried


@pytest.mark.parametrize(
    ("form", "secret", "tried"),
    [
        ("whsec", b"whsec_AAAA", {("text", b"whsec_AAAA")}),
        ("whsec", b"AAAA", {("text", b"AAAA"), ("text", b"whsec_AAAA")}),
        ("text", b"whsec_AAAA", {("whsec", b"whsec_AAAA"), ("text", b"AAAA")}),
        ("text", b"AAAA", {("text", b"whsec_AAAA")}),
    ],
)
def test_the_prefix_whsec(form, secret, tried):
    """Decoded or not, there or not."""
    case = _case(HMAC(signature=SIGNATURE, key=form), secret)
    found = _tried("whsec-prefix", case)
    assert {(variant.scheme.key, variant.secrets[0]) for variant in found} == tried


def test_forms_of_key_and_signature():
    """One of the two at a time, and never the declared one."""
    found = _tried("hex-or-base64", _case())
    assert [(variant.scheme.key, variant.scheme.encoding) for variant in found] == [
        ("hex", "hex"),
        ("base64", "hex"),
        ("text", "base64"),
        ("text", "base64url"),
    ]


@pytest.mark.parametrize("name", ["whsec-prefix", "hex-or-base64", "another-url", "re-encoded"])
def test_a_token_has_no_such_thing(name):
    """Nothing is tried."""
    assert _tried(name, _case(TOKEN)) == []


@pytest.mark.parametrize(
    ("seen", "sent"),
    [
        ("é".encode().decode("latin-1").encode(), "é".encode()),
        ("é".encode("latin-1"), "é".encode()),
        ("é".encode(), "é".encode("cp1252")),
        ("{}".encode("utf-16"), b"{}"),
        (b"\xef\xbb\xbf{}", b"{}"),
        (b"{}", b"\xef\xbb\xbf{}"),
        (b"a\nb", b"a\r\nb"),
        (b"a\r\nb", b"a\nb"),
        (b" {} ", b"{}"),
        (b"{}", b"{}\n"),
        (b"{}", b"{}\r\n"),
    ],
)
def test_bodies_in_another_encoding(seen, sent):
    """What the sender may have signed is among what is tried."""
    found = [variant.request.body for variant in _tried("re-encoded", _case(body=seen))]
    assert sent in found
    assert seen not in found


@pytest.mark.parametrize(
    ("seen", "sent"),
    [
        (b'{"a": 1}', b'{"a":1}'),
        (b'{"a":1}', b'{"a": 1}\n'),
        (b'{"b":1,"a":2}', b'{"a":2,"b":1}'),
        (b'{"a":1}', b'{\n  "a": 1\n}'),
        (b'{"a":1}', b'{\n    "a": 1\n}'),
        (b'{"a":"/"}', rb'{"a":"\/"}'),
        (b'{"a":"<&>"}', rb'{"a":"\u003c\u0026\u003e"}'),
        ('{"a":"é"}'.encode(), rb'{"a":"\u00e9"}'),
        (rb'{"a":"\u00e9"}', '{"a":"é"}'.encode()),
        (b"a=1+2&b=", b"a=1%202&b="),
        (b"a=%7e", b"a=~"),
    ],
)
def test_bodies_written_again(seen, sent):
    """As common libraries write the same value."""
    found = [variant.request.body for variant in _tried("re-serialised", _case(body=seen))]
    assert sent in found
    assert seen not in found


@pytest.mark.parametrize(
    ("size", "some", "indented"),
    [
        (100, True, True),
        (LONG_INDENTED + 100, True, False),
        (LONG - 2, True, False),
        (LONG, False, False),
    ],
)
def test_long_bodies(size, some, indented):
    """Are written again up to a bound, and indented up to a smaller one."""
    body = b'["' + b"x" * (size - 2) + b'"]'
    found = [variant.request.body for variant in _tried("re-serialised", _case(body=body))]
    assert bool(found) is some
    assert any(each.startswith(b"[\n") for each in found) is indented


@pytest.mark.parametrize(
    ("seen", "headers", "sent"),
    [
        ("http://h.example/in?a=1", {}, "https://h.example/in?a=1"),
        ("https://h.example:443/in", {}, "https://h.example/in"),
        ("https://h.example/in", {}, "https://h.example:443/in"),
        ("https://h.example/in", {}, "https://h.example/in/"),
        ("https://h.example/in/", {}, "https://h.example/in"),
        ("https://h.example/in?a=1", {}, "https://h.example/in"),
        ("http://10.0.0.1:8000/in", {"X-Forwarded-Host": "h.example"}, "https://h.example/in"),
        ("http://10.0.0.1:8000/in", {"X-Original-Host": "h.example"}, "https://h.example/in"),
        ("http://10.0.0.1:8000/in", {"Host": "h.example:8000"}, "https://h.example/in"),
        ("https://h.example/in", {"X-Forwarded-Prefix": "/api"}, "https://h.example/api/in"),
    ],
)
def test_urls_nearby(seen, headers, sent):
    """As a proxy may have changed them on the way."""
    found = [
        variant.request.url
        for variant in _tried("another-url", _case(BY_URL, url=seen, headers=headers))
    ]
    assert sent in found
    assert seen not in found
    assert len(found) == len(set(found)) < 200


def test_the_url_that_the_server_saw():
    """Is tried first, where it is not the public one."""
    case = _case(BY_URL, seen_url="http://10.0.0.1/in")
    assert _tried("another-url", case)[0].request.url == "http://10.0.0.1/in"
