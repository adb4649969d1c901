"""What of a request is stored: all but what proves who sent it."""

import pytest

from hookkit import (
    HMAC,
    ConfigError,
    Header,
    Pointer,
    Provider,
    Query,
    Request,
    Token,
    Verifier,
    providers,
)
from hookkit.errors import RequestError
from hookkit.formats import JSON, Form
from hookkit.inbox.credential_filter import MOST_NAMES, CredentialFilter
from hookkit.places import First
from hookkit.schemes.each import EachItem

SECRET = "correct-horse-battery"

PLAIN = Provider(name="acme", scheme=HMAC(signature=Header("X-Sig")))


def _kept(request, provider=PLAIN):
    credentials = CredentialFilter(provider)
    return credentials.without_token(request).replace(headers=credentials.headers(request))


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "X-Hub-Signature-256",
        "X-Shop-Hmac-Sha256",
        "X-Api-Key",
        "X-ApiKey",
        "X-Access-Token",
        "X-Password",
        "X-Client-Secret",
        "X-Sig",
    ],
)
def test_headers_that_are_credentials_or_are_named_like_one_go(name):
    """However they are written; and the scheme's own, whatever its name."""
    for written in (name, name.upper(), name.lower()):
        kept = _kept(Request("POST", {written: SECRET, "Content-Type": "application/json"}))
        assert list(kept.headers.items()) == [("content-type", "application/json")]


def test_each_request_is_judged_alike_whatever_names_came_before():
    """Also after more names than are remembered."""
    credentials = CredentialFilter(PLAIN)
    made_up = {f"X-{n}": "" for n in range(MOST_NAMES)}
    for others in ({}, made_up):
        request = Request("POST", {**others, "X-Token": SECRET, "X-Other": "stays"})
        for _ in range(2):
            kept = dict(credentials.headers(request))
            assert kept == {name.lower(): "" for name in others} | {"x-other": "stays"}
    assert len(credentials._stays) == MOST_NAMES


@pytest.mark.parametrize(
    "name", ["Content-Type", "User-Agent", "X-GitHub-Delivery", "X-Key", "Idempotency-Key", "Date"]
)
def test_other_headers_stay(name):
    """With their values, in their order, each as often as it came."""
    headers = [(name, "one"), ("accept", "*/*"), (name, "two")]
    kept = _kept(Request("POST", headers))
    assert list(kept.headers.items()) == list(Request("POST", headers).headers.items())


@pytest.mark.parametrize("field", ["event_type", "event_id", "delivery_id", "event_time"])
def test_a_declared_header_stays_whatever_its_name(field):
    """The worker needs it to parse the delivery again."""
    provider = PLAIN.replace(**{field: Header("X-Token-Kind")})
    kept = _kept(Request("POST", {"X-Token-Kind": "renewed", "X-Token": SECRET}), provider)
    assert list(kept.headers.items()) == [("x-token-kind", "renewed")]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://h/x?token=s", "https://h/x"),
        ("https://h/x?a=%20b&token=s&c", "https://h/x?a=%20b&c"),
        ("https://h/x?%74oken=s&token=t&tokens=1", "https://h/x?tokens=1"),
        ("https://h/x", "https://h/x"),
    ],
)
def test_a_token_in_the_query_goes(url, kept):
    """However its name is escaped; the other parameters stay, byte for byte."""
    assert _kept(Request("POST", url=url), providers.query_token).url == kept


def test_a_token_in_the_body_is_blanked():
    """In JSON and in a form; all else in there stays."""
    for reads, body, kept in (
        (JSON(), b'{"key":"s","a":{"key":"t"}}', b'{"key":"","a":{"key":"t"}}'),
        (Form(), b"key=s&a=1", b"a=1&key="),
    ):
        scheme = Token(Pointer("/key"), reads=reads)
        request = Request("POST", {"Content-Type": "application/json"}, body)
        found = _kept(request, PLAIN.replace(scheme=scheme)).body
        assert sorted(found.split(b"&")) == sorted(kept.split(b"&"))


def test_a_token_in_one_of_several_places_goes_from_each():
    """The one that was not looked at may hold it, too; a place without one is not made."""
    places = First(Header("X-Old"), Header("X-New"), Query("key"), Pointer("/key"))
    provider = PLAIN.replace(scheme=Token(places))
    headers = {"X-New": SECRET, "X-Old": SECRET, "Accept": "*/*"}
    kept = _kept(Request("POST", headers, b'{"key":"s"}', url="https://h/x?key=s"), provider)
    assert (list(kept.headers.items()), kept.url, kept.body) == (
        [("accept", "*/*")],
        "https://h/x",
        b'{"key":""}',
    )
    assert _kept(Request("POST", headers, b'{"a": 1}'), provider).body == b'{"a": 1}'


def test_a_token_in_each_item_is_blanked_in_each():
    """As Microsoft Graph has it."""
    provider = PLAIN.replace(scheme=EachItem(Pointer("/value"), Token(Pointer("/key"))))
    request = Request("POST", body=b'{"value":[{"key":"s","a":1},{"key":"s"}],"b":2}')
    assert _kept(request, provider).body == b'{"value":[{"key":"","a":1},{"key":""}],"b":2}'


def test_a_signature_in_the_body_stays():
    """It proves this very body only, and without it the body would be another."""
    provider = PLAIN.replace(scheme=providers.mailgun.scheme)
    request = Request("POST", body=b'{"signature":{"signature":"ab","token":"t"}}')
    assert _kept(request, provider).body == request.body


def _signed_by(provider):
    """A delivery as this provider sends it; None where no plain text can be its secret."""
    body = b'{"value":[{"a":1}],"type":"a","event_type":"a"}'
    plain = Request("POST", {"Content-Type": "application/json"}, body, url="https://h/x?b=1")
    try:
        return Verifier(provider, secret=SECRET).sign(plain)
    except (ConfigError, RequestError):
        return None


def test_no_providers_secret_stays():
    """Of none in the catalogue, wherever it puts it."""
    shown = []
    for provider in (getattr(providers, name) for name in providers.__all__):
        signed = _signed_by(provider)
        if signed is None or SECRET not in _text_of(signed):
            continue
        shown.append(provider.name)
        assert SECRET not in _text_of(_kept(signed, provider)), provider.name
    assert {"token", "figma", "microsoft_graph", "query_token"} <= set(shown)


def _text_of(request):
    return repr((request.url, tuple(request.headers.items()), request.body))
