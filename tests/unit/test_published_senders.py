"""What those senders need that publish their keys, beyond their vectors."""

import base64
import json
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

import pytest

from hookkit import ConfigError, Receiver, Request, Response, extras, providers
from hookkit.errors import MalformedCredential
from tests.providers.building import fetch_of, receiver_of, request_of
from tests.providers.sampling import P256, RSA_2048, sample

NOW = 1_790_000_000
VERIFICATION = {"verification_token": "vt-0123456789", "endpoint": "https://hooks.example.com/ebay"}


class Hosts:
    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        return Response(200, json.dumps(self.answers[request.url.rpartition("/")[2]]))


# eBay.


def test_ebays_challenge():
    hooks = Receiver(providers.ebay.using(**VERIFICATION), secret=P256[0])
    url = "https://hooks.example.com/ebay?challenge_code=a8628072-3d33-45ee"
    answer = hooks.handle(Request("GET", url=url))
    said = sha256(b"a8628072-3d33-45eevt-0123456789https://hooks.example.com/ebay").hexdigest()
    assert answer.status == 200
    assert json.loads(answer.body) == {"challengeResponse": said}
    assert dict(answer.headers)["Content-Type"] == "application/json"
    for bad in ("", "a" * 129, "a%20b", "%3Cscript%3E"):
        url = f"https://hooks.example.com/ebay?challenge_code={bad}"
        assert hooks.handle(Request("GET", url=url)).status == 400
    assert hooks.handle(Request("GET", url="https://hooks.example.com/ebay")).status == 405


def test_ebays_challenge_needs_its_settings():
    hooks = Receiver(providers.ebay, secret=P256[0])
    assert hooks.handle(Request("GET", url="https://h.example/?challenge_code=a")).status == 405


def test_ebays_key_is_fetched_with_an_account():
    vector = sample("ebay")
    hosts = Hosts(**{"token": {"access_token": "t"}, "kid-1": {"key": vector["keys"]["kid-1"]}})
    provider = providers.ebay.using(client_id="id", client_secret="secret", environment="sandbox")
    hooks = Receiver(provider, fetch=hosts)
    assert hooks.handle(request_of(vector)).status == 200
    assert [each.url for each in hosts.asked] == [
        "https://api.sandbox.ebay.com/identity/v1/oauth2/token",
        "https://api.sandbox.ebay.com/commerce/notification/v1/public_key/kid-1",
    ]


@pytest.mark.parametrize(
    "said",
    [
        b"%%%",
        b"e30",
        base64.b64encode(b"[]"),
        base64.b64encode(b"{}"),
        base64.b64encode(b'{"kid":"../x","signature":"AAAA"}'),
        base64.b64encode(b'{"kid":["a"],"signature":"AAAA"}'),
        base64.b64encode(b'{"kid":"kid-1","signature":1}'),
        base64.b64encode(b'{"kid":"kid-1"}'),
        base64.b64encode(b"[" * 5000),
        b"\xff",
    ],
)
def test_ebays_header_garbled(said):
    vector, hosts = sample("ebay"), Hosts()
    provider = providers.ebay.using(client_id="id", client_secret="secret")
    request = request_of(vector).with_header("X-EBAY-SIGNATURE", said.decode("latin-1"))
    for hooks in (Receiver(provider, fetch=hosts), receiver_of("ebay", vector)):
        assert hooks.handle(request).status == 401
    assert hosts.asked == []


# Circle.


@pytest.mark.parametrize(
    ("product", "path"),
    [
        ("wallets", "/v2/notifications/publicKey/"),
        ("cpn", "/v2/cpn/notifications/publicKey/"),
        ("stablefx", "/v2/stablefx/notifications/publicKey/"),
    ],
)
def test_circles_key_is_fetched(product, path):
    vector = sample("circle")
    ((key_id, key),) = vector["keys"].items()
    hosts = Hosts(**{key_id: {"data": {"publicKey": key}}})
    hooks = Receiver(providers.circle.using(api_key="s3cret", product=product), fetch=hosts)
    assert hooks.handle(request_of(vector)).status == 200
    assert hosts.asked[0].url == f"https://api.circle.com{path}{key_id}"
    assert hosts.asked[0].headers.get("Authorization") == "Bearer s3cret"
    assert "s3cret" not in repr(hooks.provider)


# Fireblocks.


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ("us", "keys.fireblocks.io"),
        ("eu", "eu-keys.fireblocks.io"),
        ("eu2", "eu2-keys.fireblocks.io"),
        ("sandbox", "sandbox-keys.fireblocks.io"),
    ],
)
def test_fireblocks_environments(environment, host):
    assert providers.fireblocks.using(environment=environment).scheme.hosts == {host}


@pytest.mark.parametrize(
    "head",
    [
        {"alg": "none", "kid": "fb1"},
        {"alg": "HS512", "kid": "fb1"},
        {"alg": "RS512"},
        {"alg": "RS512", "kid": "../fb1"},
        {"alg": "RS512", "kid": "fb1", "crit": ["b64"], "b64": False},
        [],
    ],
)
def test_fireblocks_heads(head):
    vector = sample("fireblocks")
    request = request_of(vector)
    token = request.headers.get("Fireblocks-Webhook-Signature")
    text = base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
    changed = f"{text}..{token.rpartition('.')[2]}"
    request = request.with_header("Fireblocks-Webhook-Signature", changed)
    assert receiver_of("fireblocks", vector).handle(request).status == 401


# Travis CI.


def test_travis_key_is_fetched():
    vector = sample("travis_ci")
    key = {"config": {"notifications": {"webhook": {"public_key": vector["public_key"]}}}}
    hosts = Hosts(config=key)
    provider = providers.travis_ci.using(repositories=["owner/repo"])
    assert Receiver(provider, fetch=hosts).handle(request_of(vector)).status == 200
    assert hosts.asked[0].url == "https://api.travis-ci.com/config"


@pytest.mark.parametrize("repositories", [["owner/other"], ["other/repo"], [], ["owner/repo2"]])
def test_travis_foreign_repositories(repositories):
    vector = {**sample("travis_ci"), "repositories": repositories}
    assert receiver_of("travis_ci", vector).handle(request_of(vector)).status == 401


def test_travis_payload_twice():
    """Never two readings of one form: the parser would refuse what the scheme might accept."""
    vector = sample("travis_ci")
    request = request_of(vector)
    for body in (request.body + b"&payload=%7B%7D", b"payload=%7B%7D&" + request.body):
        assert receiver_of("travis_ci", vector).handle(request.replace(body=body)).status in (
            400,
            401,
        )


# Forms.


def form(request, **changes):
    fields = {**dict(parse_qsl(request.body.decode(), keep_blank_values=True)), **changes}
    kept = {name: value for name, value in fields.items() if value is not None}
    return request.replace(body=urlencode(kept).encode())


@pytest.mark.parametrize("sign_type", ["RSA", "rsa2", "", None])
def test_alipay_takes_rsa2_only(sign_type):
    vector = sample("alipay")
    request = form(request_of(vector), sign_type=sign_type)
    assert receiver_of("alipay", vector).handle(request).status == 401


def test_alipay_acknowledgement_and_application():
    vector = sample("alipay")
    assert receiver_of("alipay", vector).handle(request_of(vector)).body == b"success"
    for app_id, status in (("2014072300007148", 200), ("1", 401)):
        hooks = receiver_of("alipay", {**vector, "app_id": app_id})
        assert hooks.handle(request_of(vector)).status == status


@pytest.mark.parametrize("name", ["0", "12", "-1", "a[]", "a[b]"])
def test_paddle_classic_names_that_php_would_change(name):
    vector = sample("paddle_classic")
    hooks = Receiver(providers.paddle_classic, secret=RSA_2048[0], clock=lambda: NOW)
    request = form(request_of(vector), **{name: "x"})
    assert hooks.handle(request).status == 401
    with pytest.raises(MalformedCredential):
        hooks.verifier.sign(request)


# Settings.


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ebay", {"verification_token": "t"}),
        ("ebay", {"endpoint": "https://a.example"}),
        ("ebay", {"client_id": "a"}),
        ("ebay", {"client_secret": "a"}),
        ("ebay", {"environment": "live"}),
        ("circle", {"api_key": "a", "product": "mint"}),
        ("circle", {"api_key": ""}),
        ("fireblocks", {"environment": "asia"}),
        ("travis_ci", {"repositories": "owner/repo"}),
        ("travis_ci", {"repositories": ["repo"]}),
    ],
)
def test_settings_are_checked(name, settings):
    with pytest.raises(ConfigError):
        getattr(providers, name).using(**settings)


@pytest.mark.parametrize("name", ["fal", "travis_ci", "sns", "paypal"])
def test_settings_are_needed(name):
    with pytest.raises(ConfigError, match="needs more"):
        Receiver(getattr(providers, name), fetch=fetch_of({}))


def test_moralis_needs_an_extra(monkeypatch):
    def missing(module):
        raise ImportError(module)

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(ConfigError, match=r"hookkit\[keccak\]"):
        Receiver(providers.moralis, secret="a secret")
