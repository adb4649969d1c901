import base64

import pytest

from hookkit import (
    JSON,
    Basic,
    Bearer,
    ConfigError,
    First,
    Header,
    Limits,
    Pointer,
    Query,
    Request,
    Token,
)
from hookkit.errors import MalformedCredential, MissingCredential, WrongCredential
from hookkit.schemes.credentials import _Credential

LIMITS = Limits()
HEADER, QUERY = Token(Header("X-Token")), Token(Query("token"))
SCHEMES = {"header": HEADER, "query": QUERY, "basic": Basic(), "bearer": Bearer()}
EVERY = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)

KEYS = [
    b"s3cret",
    b"a:b",
    b"\xc3\xa9",
    b"\xff\xfe",
    b"a+b/c=d&e%20f#g?h",
    b"a b",
    b'"',
    b"a" * 6000,
]


def _verify(scheme, request, *keys, limits=LIMITS):
    return scheme.verify(request, keys, 0.0, limits)


@EVERY
@pytest.mark.parametrize("key", KEYS, ids=lambda key: repr(key)[:20])
@pytest.mark.parametrize("url", ["", "https://h.example/a", "https://h.example/a?b=c"], ids=ascii)
def test_what_is_signed_verifies(scheme, key, url):
    """Any bytes can be the secret."""
    key = key if b":" in key or scheme != Basic() else b"user:" + key
    prepared = scheme.prepare(key)
    signed = scheme.sign(Request(body=b"x", url=url), prepared, 0.0, "")
    verdict = _verify(scheme, signed, prepared)
    assert (verdict.key, verdict.timestamp, verdict.age) == (0, None, None)
    assert signed.body == b"x"


@EVERY
def test_each_live_secret_verifies(scheme):
    """The verdict tells which, and what is none of them is refused."""
    keys = (b"new:1", b"old:2", b"older:3")
    for position, key in enumerate(keys):
        assert _verify(scheme, scheme.sign(Request(), key, 0.0, ""), *keys).key == position
    with pytest.raises(WrongCredential):
        _verify(scheme, scheme.sign(Request(), b"other:4", 0.0, ""), *keys)


@EVERY
@pytest.mark.parametrize(
    "wrong", [b"s3cret:", b":s3cret", b"S3:CRET", b"s3:cre", b"s3:crett", b"s3:cret\xff"], ids=repr
)
def test_all_of_it_counts(scheme, wrong):
    """Neither a part, nor more, nor another case."""
    with pytest.raises(WrongCredential):
        _verify(scheme, scheme.sign(Request(), wrong, 0.0, ""), b"s3:cret")


@EVERY
def test_nothing_shown(scheme):
    """Is told apart in the log."""
    with pytest.raises(MissingCredential):
        _verify(scheme, Request(url="/"), b"s3:cret")


B64 = base64.b64encode(b"s3:cret").decode()


@pytest.mark.parametrize(
    ("scheme", "sent", "error"),
    [
        (HEADER, "s3:cret", None),
        (HEADER, "  s3:cret\t", None),
        (HEADER, "", WrongCredential),
        (HEADER, "s3:cret\xa0", WrongCredential),
        (HEADER, "s3:cret,s3:cret", WrongCredential),
        (HEADER, '"s3:cret"', WrongCredential),
        (HEADER, "\u0100", MalformedCredential),
        (HEADER, "\ud800", MalformedCredential),
        (Basic(), f"Basic {B64}", None),
        (Basic(), f"basic {B64}", None),
        (Basic(), f"BASIC   {B64}  ", None),
        (Basic(), f"Basic {B64.rstrip('=')}", MalformedCredential),
        (Basic(), f"Basic {B64[:4]} {B64[4:]}", MalformedCredential),
        (Basic(), f"Basic {B64},Basic {B64}", MalformedCredential),
        (Basic(), f"Basic\t{B64}", MalformedCredential),
        (Basic(), f"Bearer {B64}", MalformedCredential),
        (Basic(), f"BasicX {B64}", MalformedCredential),
        (Basic(), B64, MalformedCredential),
        (Basic(), "Basic s3:cret", MalformedCredential),
        (Basic(), "Basic é", MalformedCredential),
        (Basic(), "Basic \u0100", MalformedCredential),
        (Basic(), "Basic ____", MalformedCredential),
        (Basic(), "Basic A", MalformedCredential),
        (Basic(), "Basic", WrongCredential),
        (Basic(), "", MalformedCredential),
        (Bearer(), "Bearer s3:cret", None),
        (Bearer(), "bEARER  s3:cret ", None),
        (Bearer(), "Bearer", WrongCredential),
        (Bearer(), "Bearer s3:cret,Bearer s3:cret", WrongCredential),
        (Bearer(), "s3:cret", MalformedCredential),
        (Bearer(), "Bearer:s3:cret", MalformedCredential),
        (Bearer(), "Token s3:cret", MalformedCredential),
        (Bearer(), "\u212aearer s3:cret", MalformedCredential),
        (Bearer(), "Bearer \u0100", MalformedCredential),
        (Bearer(), "", MalformedCredential),
    ],
    ids=lambda value: ascii(value)[:30] if isinstance(value, str) else None,
)
def test_headers_as_they_may_come(scheme, sent, error):
    """Accepted where HTTP calls them the same, else refused by the right name."""
    request = Request(headers={scheme.header: sent})
    if error is None:
        assert _verify(scheme, request, b"s3:cret").key == 0
        return
    with pytest.raises(error):
        _verify(scheme, request, b"s3:cret")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("token=s3%3Acret", None),
        ("a=b&token=s3:cret&c", None),
        ("token=s3:cret&token=s3:cret", MissingCredential),
        ("token=s3:cret&token=", MissingCredential),
        ("token", WrongCredential),
        ("TOKEN=s3:cret", MissingCredential),
        ("token=\u0100", MalformedCredential),
    ],
)
def test_queries_as_they_may_come(query, error):
    """Given twice it is not found, as which one counts is anyone's guess."""
    request = Request(url=f"https://h.example/?{query}")
    if error is None:
        assert _verify(QUERY, request, b"s3:cret").key == 0
        return
    with pytest.raises(error):
        _verify(QUERY, request, b"s3:cret")


@EVERY
@pytest.mark.parametrize("over", [0, 1], ids=["at the limit", "one over"])
def test_the_limit_on_a_header(scheme, over):
    """Longer ones are not even compared."""
    key = b"s3:cret"
    signed = scheme.sign(Request(url="/"), key, 0.0, "")
    length = len(signed.headers.get(scheme.header) if scheme.header else "s3:cret")
    limits = Limits(header=length - over)
    if not over:
        assert _verify(scheme, signed, key, limits=limits).key == 0
        return
    with pytest.raises(MalformedCredential):
        _verify(scheme, signed, key, limits=limits)


@pytest.mark.parametrize(
    ("scheme", "header", "family"),
    [
        (HEADER, "X-Token", "token"),
        (QUERY, None, "token"),
        (Basic(), "Authorization", "basic"),
        (Bearer(), "Authorization", "bearer"),
    ],
    ids=SCHEMES,
)
def test_what_is_known_of_a_scheme(scheme, header, family):
    """Where the credential is, and that it covers nothing of the request."""
    assert (scheme.header, scheme.family) == (header, family)
    assert not scheme.signs_url
    assert not any(scheme.covers(part) for part in ("body", "timestamp", "id", "url"))


@pytest.mark.parametrize("secret", [b"password", b"user;password", b"\xff", b":", b" : "], ids=repr)
def test_basic_wants_user_and_password(secret):
    """And says how to write them."""
    with pytest.raises(ConfigError, match='write it as "user:password"') as caught:
        Basic().prepare(secret)
    assert "password'" not in str(caught.value)


@pytest.mark.parametrize("secret", [b"user:", b":password", b"a:b:c"], ids=repr)
def test_either_part_may_be_empty(secret):
    """RFC 7617 has the first colon end the user's name, and no more than that. Both are no secret."""
    assert Basic().prepare(secret) == secret


@pytest.mark.parametrize("place", ["X-Token", "/token"])
def test_a_token_wants_a_place(place):
    """A text would fail with the first request."""
    with pytest.raises(ConfigError, match=r"is text and no place: write (Header|Pointer)\("):
        Token(place)


def test_a_token_in_a_parameter_that_is_not_ascii():
    """Is found where it was written."""
    scheme = Token(Query("ключ"))
    assert _verify(scheme, scheme.sign(Request(), b"s3cret", 0.0, ""), b"s3cret").key == 0


@pytest.mark.parametrize(
    ("scheme", "where"),
    [
        (HEADER, "header X-Token"),
        (QUERY, "query parameter token"),
        (Basic(), "header Authorization (Basic)"),
        (Bearer(), "header Authorization (Bearer)"),
    ],
    ids=SCHEMES,
)
def test_steps_show_lengths_only(scheme, where):
    """What is shown may be the secret itself, a typing error away."""
    signed = scheme.sign(Request(url="/"), b"hunter:2", 0.0, "")
    steps = scheme.steps(signed, (b"hunter:22", b"hunter:333"), LIMITS)
    assert [(step.name, step.found) for step in steps] == [
        (where, "8 bytes, not shown"),
        ("configured", "9 bytes or 10 bytes"),
    ]


@EVERY
def test_steps_of_what_cannot_be_read(scheme):
    """Say why, and what is configured."""
    first, second = scheme.steps(Request(url="/"), (b"s3:cret",), LIMITS)
    assert first.found == str(MissingCredential())
    assert second.found == "7 bytes"


def test_a_family_says_what_is_shown_and_where():
    """The base alone is no scheme."""
    with pytest.raises(NotImplementedError):
        _Credential().verify(Request(), (b"a",), 0.0, LIMITS)
    with pytest.raises(NotImplementedError):
        _Credential()._where()


IN_BODY = Token(First(Pointer("/header/token"), Pointer("/token")))


@pytest.mark.parametrize(
    "body", [b'{"token":"s3cret"}', b'{"header":{"token":"s3cret"},"token":1}']
)
def test_a_token_in_one_of_several_places(body):
    """The first where something stands; and there it is written."""
    assert _verify(IN_BODY, Request(body=body), b"s3cret").key == 0
    signed = IN_BODY.sign(Request(body=b"{}"), b"s3cret", 0.0, "")
    assert signed.body == b'{"header":{"token":"s3cret"}}'
    assert [step.name for step in IN_BODY.steps(signed, (b"x",), Limits())] == [
        *("one of several places", "configured")
    ]


def test_a_token_in_the_body_is_utf_8():
    """As all of it is; in a header it is bytes."""
    key = "gr\u00fc\u00df".encode()
    signed = IN_BODY.sign(Request(body=b"{}"), key, 0.0, "")
    assert _verify(IN_BODY, signed, key).key == 0
    with pytest.raises(ConfigError, match="UTF-8"):
        IN_BODY.sign(Request(body=b"{}"), b"\xff", 0.0, "")


def test_a_token_goes_into_no_array():
    """There is no place for it."""
    scheme = Token(Pointer("/token"), reads=JSON(batch=True))
    with pytest.raises(ConfigError, match="no place that a signer can write to"):
        scheme.sign(Request(body=b"[]"), b"s3cret", 0.0, "")
