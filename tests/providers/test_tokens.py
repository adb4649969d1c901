"""What the senders that sign by a token declare beyond their vectors."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hookkit import ConfigError, Receiver, Request, Unauthorized, Verifier, providers
from hookkit.errors import KeyUnavailable, MalformedCredential, WrongCredential
from hookkit.messages import Response
from hookkit.providers._atlassian_connect import Canonical
from hookkit.schemes.tokens import claims_of
from tests.providers.chains import LEAF_MARK, certificate, chain_pem, joined, new_key
from tests.providers.sampling import FORMS, P256, RSA_2048
from tests.unit.test_tokens import jwk_of, made, private

NOW = 1_790_000_000
JSON = {"Content-Type": "application/json"}


def signer(provider, secret, *, now=NOW):
    return Verifier(provider, secret=secret, clock=lambda: now)


# Plaid asks for its keys with credentials.

KEY = private("ES256")
KEY_ID = "6c5516e1-92dc-479e-a8ff-5a51992e0001"
JWK = {**jwk_of(KEY, "ES256", kid=KEY_ID, alg="ES256", use="sig"), "expired_at": None}
PUBLIC = {name: value for name, value in JWK.items() if name != "d"}
ASKING = providers.plaid.using(client_id="client-1", secret="api-secret", environment="sandbox")


def of_plaid(jwk=JWK):
    request = Request("POST", JSON, b'{"webhook_type":"ITEM","webhook_code":"ERROR"}')
    return signer(providers.plaid, json.dumps(jwk)).sign(request)


def asking(answer):
    asked = []

    def fetch(question):
        asked.append(question)
        return answer

    return Verifier(ASKING, secret=None, fetch=fetch, clock=lambda: NOW), asked


def test_plaid_is_asked_for_the_key_that_a_token_names():
    """At its own host, with the credentials in the body."""
    verifier, asked = asking(Response(200, json.dumps({"key": PUBLIC, "request_id": "r"})))
    assert verifier.verify(of_plaid()).timestamp == NOW
    (question,) = asked
    assert question.method == "POST"
    assert question.url == "https://sandbox.plaid.com/webhook_verification_key/get"
    assert json.loads(question.body) == {
        "client_id": "client-1",
        "secret": "api-secret",
        "key_id": KEY_ID,
    }
    assert ASKING.scheme.hosts == {"sandbox.plaid.com"}


@pytest.mark.parametrize(
    ("status", "said", "error"),
    [
        (200, {"key": {**PUBLIC, "expired_at": NOW}}, WrongCredential),
        (200, {"key": {**PUBLIC, "kid": "another"}}, WrongCredential),
        (200, {"key": {**PUBLIC, "alg": "ES384"}}, WrongCredential),
        (200, {"key": {**PUBLIC, "x": "AA"}}, WrongCredential),
        (400, {"error_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID"}, WrongCredential),
        (400, {"error_code": "INVALID_API_KEYS"}, KeyUnavailable),
        (400, [], KeyUnavailable),
        (200, {}, KeyUnavailable),
        (200, {"key": "x"}, KeyUnavailable),
    ],
)
def test_what_plaid_may_answer(status, said, error):
    """A key that is none is a refusal; what is our fault or theirs is none."""
    verifier, _ = asking(Response(status, json.dumps(said)))
    with pytest.raises(error):
        verifier.verify(of_plaid())


def test_an_answer_of_plaid_that_is_no_json():
    verifier, _ = asking(Response(200, "<html>"))
    with pytest.raises(KeyUnavailable):
        verifier.verify(of_plaid())


def test_a_garbled_answer_of_plaid_is_not_believed_for_an_hour():
    def fetch(question):
        anew = question.header("Cache-Control") == "no-cache"
        return Response(200, json.dumps({"key": PUBLIC}) if anew else "<html>")

    verifier = Verifier(ASKING, secret=None, fetch=fetch, clock=lambda: NOW)
    assert verifier.verify(of_plaid()).timestamp == NOW


@pytest.mark.parametrize("key_id", ["a/b", "../x", "a" * 65, "\u20ac", None, 1, ""])
def test_plaid_is_not_asked_for_what_is_no_key_id(key_id):
    """Nor for a key where the token's algorithm is not theirs."""
    verifier, asked = asking(Response(200, json.dumps({"key": PUBLIC})))
    token = made({"iat": NOW}, secret=KEY, algorithm="ES256", kid=key_id)
    with pytest.raises(MalformedCredential):
        verifier.verify(Request("POST", {"Plaid-Verification": token}))
    token = made({"iat": NOW}, kid=KEY_ID)
    with pytest.raises(MalformedCredential):
        verifier.verify(Request("POST", {"Plaid-Verification": token}))
    assert asked == []


def test_plaids_keys_may_be_pinned_by_their_ids():
    """Then nothing is asked for, and an id that is not there is not known."""
    request = of_plaid()
    pinned = signer(providers.plaid, {KEY_ID: json.dumps(PUBLIC)})
    assert pinned.verify(request).key == 0
    with pytest.raises(Unauthorized):
        signer(providers.plaid, {"other": json.dumps(PUBLIC)}).verify(request)


def test_keys_that_plaid_is_asked_for_cannot_sign():
    verifier, _ = asking(Response(200))
    with pytest.raises(ConfigError, match="private key"):
        verifier.sign(Request("POST", JSON, b"{}"))


def test_plaids_credentials_are_not_shown():
    """In no repr of the provider, of what asks, or of a receiver."""
    verifier, _ = asking(Response(200))
    receiver = Receiver(ASKING, fetch=lambda question: Response(200))
    for thing in (ASKING, ASKING.scheme, verifier, receiver, verifier._fixed):
        assert "api-secret" not in repr(thing)
        assert "client-1" not in repr(thing)


@pytest.mark.parametrize(
    ("provider", "settings", "says"),
    [
        ("plaid", {"client_id": "a", "secret": "b", "environment": "x"}, "environment='x'"),
        ("apple_app_store", {"bundle_id": "a", "environment": "Xcode"}, "not signed by Apple"),
        ("apple_app_store", {"bundle_id": "a", "environment": "Production"}, "app_apple_id="),
        ("atlassian_connect", {"base_url": "app.example.com"}, "base_url='app.example.com'"),
        ("livekit", {"issuer": ""}, "value that it must have"),
        ("google_pubsub", {"audience": "a", "email": ""}, "value that it must have"),
        ("fusionauth", {"algorithm": "none"}, "'none' is not known"),
        ("fusionauth", {"url": "http://auth.example.com"}, "keys_at="),
        ("kinde", {"domain": ""}, "keys_at="),
    ],
)
def test_settings_that_do_not_hold_together(provider, settings, says):
    """Said where they are given."""
    with pytest.raises(ConfigError, match=says):
        getattr(providers, provider).using(**settings)


# Keys that are fetched.


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        (
            providers.google_pubsub.using(audience="a", email="e"),
            "https://www.googleapis.com/oauth2/v3/certs",
        ),
        (
            providers.kinde.using(domain="example.kinde.com"),
            "https://example.kinde.com/.well-known/jwks.json",
        ),
        (
            providers.fusionauth.using(url="https://auth.example.com:9011/"),
            "https://auth.example.com:9011/.well-known/jwks.json",
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_keys_come_from_one_place(provider, url):
    """That is declared or configured, and never told by the token."""
    request = signer(provider, RSA_2048[0]).sign(Request("POST", JSON, b"{}"))
    asked = []

    def fetch(question):
        asked.append(question.url)
        jwk = jwk_of(provider.scheme.prepare(RSA_2048[0].encode()).signer().public, "RS256")
        return Response(200, json.dumps({"keys": [jwk]}))

    verifier = Verifier(provider, secret=None, fetch=fetch, clock=lambda: NOW)
    assert verifier.verify(request).key == 0
    assert asked == [url]


@pytest.mark.parametrize(("algorithm", "secret"), [("HS256", FORMS["text"][0]), ("ES256", P256[0])])
def test_fusionauth_signs_with_whatever_key_is_set(algorithm, secret):
    """It is pinned here, and a token with another algorithm refused."""
    provider = providers.fusionauth.using(algorithm=algorithm)
    request = signer(provider, secret).sign(Request("POST", JSON, b'{"event":{"type":"a"}}'))
    assert signer(provider, secret).verify(request).key == 0
    with pytest.raises(Unauthorized):
        signer(providers.fusionauth, RSA_2048[0]).verify(request)


# Claims that are another's.


@pytest.mark.parametrize(
    "claims",
    [{"email_verified": False}, {"email_verified": "true"}, {"aud": ["x"]}, {"email": "E"}],
)
def test_pubsub_tokens_of_others(claims):
    """Anybody can have Google sign some token; no leeway in what this one must say."""
    provider = providers.google_pubsub.using(audience="a", email="e")
    right = {"iss": "https://accounts.google.com", "aud": "a", "email": "e", "email_verified": True}
    times = {"iat": NOW, "exp": NOW + 3600}
    key = private("RS256")
    for said, fits in ((right, True), ({**right, **claims}, False)):
        token = made({**said, **times}, secret=key, algorithm="RS256")
        request = Request("POST", {"Authorization": f"Bearer {token}"}, b"{}")
        verifier = signer(provider, json.dumps(jwk_of(key.public_key(), "RS256")))
        if fits:
            assert verifier.verify(request).timestamp == NOW
            continue
        with pytest.raises(WrongCredential):
            verifier.verify(request)


def test_vonages_account_can_be_pinned():
    """And secrets found by it, where there are several."""
    claims = {"iat": NOW, "api_key": "k1"}
    token = made(claims, secret=b"of the first account, a long text")
    request = Request("POST", {"Authorization": f"Bearer {token}"})
    secrets = {"k1": "of the first account, a long text", "k2": "of the second"}
    assert signer(providers.vonage, secrets).verify(request).timestamp == NOW
    assert signer(providers.vonage.using(api_key="k1"), secrets).verify(request).key == 0
    with pytest.raises(WrongCredential):
        signer(providers.vonage.using(api_key="k2"), secrets).verify(request)


@pytest.mark.parametrize(
    ("method", "url", "text"),
    [
        ("POST", "/", "POST&/&"),
        ("POST", "", "POST&/&"),
        ("post", "/a/b/", "POST&/a/b&"),
        ("GET", "/a?z=1&b=p%201&a=&b=p+2", "GET&/a&a=&b=p%201,p%202&z=1"),
        ("GET", "/a&b?x=1", "GET&/a%26b&x=1"),
        ("GET", "/a?jwt=x.y.z&q=~-._!*%27()%2C", "GET&/a&q=~-._%21%2A%27%28%29%2C"),
        ("GET", "/a?b=a-c&b=a%20c&b%5B%5D=%C3%A9&B=1", "GET&/a&B=1&b=a%20c,a-c&b%5B%5D=%C3%A9"),
    ],
)
@pytest.mark.parametrize("base", ["", "/app"])
def test_what_atlassian_hashes(base, method, url, text):
    """As its own libraries have it (compared with atlassian-jwt 3.0.0), relative to the app's base."""
    request = Request(method, url=f"https://h.example{base}{url}")
    assert Canonical(base).render(request, b"", b"", None) == [text.encode()]


def test_a_path_beside_the_base_is_taken_whole():
    """A proxy may have cut the base off already; a name that only begins alike is another."""
    request = Request("GET", url="https://h.example/apple")
    assert Canonical("/app").render(request, b"", b"", None) == [b"GET&/apple&"]


@pytest.mark.parametrize("query", ["a=%FF", "&".join(["a=1"] * 1001), "a=\udc80"])
def test_queries_that_atlassian_would_not_sign(query):
    with pytest.raises(MalformedCredential):
        Canonical("").render(Request(url=f"/?{query}"), b"", b"", None)


def test_monday_may_name_the_endpoint():
    """Then it must be this one; some kinds of token do not."""
    claims = {"iat": NOW, "exp": NOW + 60}
    for audience, fits in (({}, True), ({"aud": "https://h/x"}, True), ({"aud": "/"}, False)):
        token = made({**claims, **audience})
        request = Request("POST", {"Authorization": token}, url="https://h/x")
        secret = "a shared text of some length, as it should be"
        if fits:
            assert signer(providers.monday, secret).verify(request).timestamp == NOW
            continue
        with pytest.raises(WrongCredential):
            signer(providers.monday, secret).verify(request)


# Wix: JSON as text in a claim.


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ('{"eventType":"a.b"}', 200),
        ("{", 400),
        ("[]", 400),
        ("[" * 10_000, 400),
        ('{"eventType":1}', 400),
        (1, 400),
        (None, 400),
    ],
)
def test_the_name_of_an_event_of_wix(data, status):
    receiver = Receiver(providers.wix, secret=RSA_2048[0], clock=lambda: NOW)
    body = json.dumps({"data": data}).encode()
    request = receiver.verifier.sign(Request("POST", {"Content-Type": "text/plain"}, body))
    assert receiver.handle(request).status == status


# Apple: a chain of certificates in the token.

APPLE = providers.apple_app_store.using(bundle_id="com.example.app", environment="Sandbox")
PRODUCTION = providers.apple_app_store.using(
    bundle_id="com.example.app", environment="Production", app_apple_id=7
)
CHAIN = chain_pem()


def root_of(chain):
    return x509.load_pem_x509_certificates(chain.encode())[-1].public_bytes(Encoding.PEM).decode()


def notification(chain=CHAIN, claims=None, provider=APPLE):
    body = json.dumps(claims or {"notificationType": "TEST", "notificationUUID": "u"}).encode()
    return signer(provider, chain).sign(Request("POST", JSON, body))


def test_apples_root_is_all_that_is_configured():
    """One of several roots, where Apple changes it; a root of nobody's is refused."""
    request = notification()
    assert signer(APPLE, root_of(CHAIN)).verify(request).timestamp == NOW
    assert signer(APPLE, [root_of(chain_pem()), root_of(CHAIN)]).verify(request).key == 1
    with pytest.raises(WrongCredential):
        signer(APPLE, root_of(chain_pem())).verify(request)
    with pytest.raises(ConfigError, match="private key"):
        signer(APPLE, root_of(CHAIN)).sign(request)


def test_the_root_that_comes_along_is_not_looked_at():
    """A whole chain of one's own, with Apple's root in the last place."""
    own = chain_pem()
    mixed = own[: own.rindex("-----BEGIN CERTIFICATE")] + root_of(CHAIN)
    with pytest.raises(WrongCredential):
        signer(APPLE, root_of(CHAIN)).verify(notification(mixed))


@pytest.mark.parametrize(
    "changes",
    [
        {"leaf_mark": None},
        {"leaf_mark": "1.2.3"},
        {"intermediate_mark": None},
        {"intermediate_mark": LEAF_MARK},
        {"ca": False},
        {"leaf_end": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_certificates_that_are_not_for_this(changes):
    """Of the right root, and without Apple's marks, or no longer valid."""
    chain = chain_pem(**changes)
    with pytest.raises(WrongCredential):
        signer(APPLE, root_of(chain)).verify(notification(chain))


def test_certificates_that_another_certificate_cannot_issue():
    """A leaf of Apple's is no issuer, although it is trusted itself."""
    leaf, intermediate, _ = x509.load_pem_x509_certificates(CHAIN.encode())
    own = new_key()
    forged = certificate("leaf", own, ("leaf", own), mark=LEAF_MARK, ca=False)
    for chain in ((forged, leaf, intermediate), (forged, intermediate, leaf), (leaf, leaf, leaf)):
        with pytest.raises(WrongCredential):
            signer(APPLE, root_of(CHAIN)).verify(notification(joined(own, *chain)))


@pytest.mark.parametrize(
    "sent",
    [
        *(None, [], {}, "AAAA", ["AAAA"] * 2, ["AAAA"] * 3, ["!"] * 3, [1, 2, 3], ["\u20ac"] * 3),
        *([[]] * 3, [b64encode(b"\x30\x82" * 500).decode()] * 3),
    ],
    ids=lambda sent: str(sent)[:20],
)
def test_chains_that_are_none(sent):
    """Refused, without an exception of the library's."""
    header = {} if sent is None else {"x5c": sent}
    token = made({}, secret=new_key(), algorithm="ES256", **header)
    body = json.dumps({"signedPayload": token}).encode()
    with pytest.raises(MalformedCredential):
        signer(APPLE, root_of(CHAIN)).verify(Request("POST", JSON, body))


def app(**more):
    return {"bundleId": "com.example.app", **more}


@pytest.mark.parametrize(
    ("provider", "claims", "fits"),
    [
        (APPLE, {"data": app(environment="Sandbox")}, True),
        (APPLE, {"data": app(environment="Production")}, False),
        (APPLE, {"data": app(environment="Xcode")}, False),
        (APPLE, {"data": app(environment="Sandbox", appAppleId=9)}, True),
        (APPLE, {"data": {"bundleId": "other", "environment": "Sandbox"}}, False),
        (APPLE, {"summary": app(environment="Sandbox")}, True),
        (APPLE, {"appData": app(environment="Sandbox")}, True),
        (APPLE, {"externalPurchaseToken": app(externalPurchaseId="SANDBOX_1")}, True),
        (APPLE, {"externalPurchaseToken": app(externalPurchaseId="1")}, False),
        (APPLE, {"externalPurchaseToken": app(environment="Sandbox")}, False),
        (APPLE, {"data": [], "externalPurchaseToken": 1}, False),
        (APPLE, {}, False),
        (PRODUCTION, {"data": app(environment="Production", appAppleId=7)}, True),
        (PRODUCTION, {"data": app(environment="Production", appAppleId=8)}, False),
        (PRODUCTION, {"data": app(environment="Production")}, False),
        (PRODUCTION, {"data": app(environment="Sandbox", appAppleId=7)}, False),
    ],
)
def test_notifications_of_other_apps(provider, claims, fits):
    """Apple signs them all with the same keys."""
    bare = provider.scheme.prepare(CHAIN.encode()).signer()
    claims = {"signedDate": NOW * 1000, **claims}
    token = made(claims, secret=bare.secret, algorithm="ES256", **bare.header)
    request = Request("POST", JSON, json.dumps({"signedPayload": token}).encode())
    if fits:
        assert signer(provider, root_of(CHAIN)).verify(request).timestamp == NOW
        return
    with pytest.raises(WrongCredential):
        signer(provider, root_of(CHAIN)).verify(request)


def test_apples_number_is_written_in_production():
    """What is signed there verifies there."""
    request = notification(provider=PRODUCTION)
    assert signer(PRODUCTION, root_of(CHAIN)).verify(request).timestamp == NOW
    with pytest.raises(WrongCredential):
        signer(APPLE, root_of(CHAIN)).verify(request)


def test_tokens_inside_of_a_notification():
    """They have a chain of their own, which is checked by the same root."""
    bare = APPLE.scheme.prepare(CHAIN.encode()).signer()
    inner = made(
        {"bundleId": "com.example.app"}, secret=bare.secret, algorithm="ES256", **bare.header
    )
    data = {"signedTransactionInfo": inner}
    request = notification(claims={"notificationType": "TEST", "data": data})
    heard = []
    receiver = Receiver(APPLE, secret=root_of(CHAIN), clock=lambda: NOW)
    receiver.on("*")(heard.append)
    assert receiver.handle(request).status == 200
    text = heard[0].payload["data"]["signedTransactionInfo"]
    said = claims_of(providers.apple_app_store.scheme, text, secret=root_of(CHAIN), now=NOW)
    assert said == {"bundleId": "com.example.app"}
    with pytest.raises(WrongCredential):
        claims_of(APPLE.scheme, text, secret=root_of(chain_pem()), now=NOW)


@pytest.mark.parametrize(
    "secret",
    ["text", CHAIN[: CHAIN.index("-----BEGIN CERTIFICATE")], "-----BEGIN CERTIFICATE-----"],
)
def test_what_is_no_root(secret):
    with pytest.raises(ConfigError, match="no certificate"):
        signer(APPLE, secret)


def test_a_key_stands_before_its_chain():
    """In that order the PEM is read."""
    certificates = CHAIN[CHAIN.index("-----BEGIN CERTIFICATE") :]
    key = CHAIN[: CHAIN.index("-----BEGIN CERTIFICATE")]
    with pytest.raises(ConfigError, match="before the certificates"):
        signer(APPLE, certificates + key)
