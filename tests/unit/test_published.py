import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from hookkit import ConfigError, Header, Limits, Pointer, Provider, Receiver, Request, Response
from hookkit.errors import (
    KeyUnavailable,
    MalformedCredential,
    MissingCredential,
    Unauthorized,
    WrongCredential,
)
from hookkit.schemes import ECDSA, RSA, Ed25519
from hookkit.schemes.accounts import ApiKey, ClientCredentials
from hookkit.schemes.published import JWKS, KeyPage
from tests.providers.sampling import pem

NOW = 1_790_000_000.0
LIMITS = Limits()
SIGNATURE, KEY_ID = Header("X-Signature"), Header("X-Key")
SET = "https://keys.example/jwks.json"
PAGE = "https://keys.example/key/{id}"
TOKENS = "https://login.example/token"


class Hosts:
    """Says what it is told to, and notes what it was asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers[request.url.rpartition("/")[2]]
        answer = answer(request) if callable(answer) else answer
        if isinstance(answer, Response):
            return answer
        return Response(200, answer if isinstance(answer, str) else json.dumps(answer))

    @property
    def anew(self):
        return [each.headers.get("Cache-Control") == "no-cache" for each in self.asked]


def b64url(number_or_bytes, size=0):
    raw = number_or_bytes
    if isinstance(raw, int):
        raw = raw.to_bytes(size or (raw.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwk(private, **more):
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": b64url(numbers.n), "e": b64url(numbers.e), **more}
    if isinstance(public, ec.EllipticCurvePublicKey):
        numbers = public.public_numbers()
        x, y = b64url(numbers.x, 32), b64url(numbers.y, 32)
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, **more}
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(public.public_bytes_raw()), **more}


ED = [ed25519.Ed25519PrivateKey.generate() for _ in range(2)]
EC = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
RS = rsa.generate_private_key(65537, 2048)


def scheme(published, family=Ed25519):
    return family(signature=SIGNATURE, encoding="base64", published=published)


def signed(of, private, **headers):
    request = Request("POST", headers, b"{}")
    return of.sign(request, of.prepare(pem(private).encode()), NOW, "")


def verify(of, request, fetch):
    return of.verify(request, (of.keyring(fetch),), NOW, LIMITS)


# Keys in a JWK.


@pytest.mark.parametrize(("family", "key"), [(Ed25519, ED[0]), (ECDSA, EC[0]), (RSA, RS)])
def test_a_jwk_is_a_secret(family, key):
    of = family(signature=SIGNATURE)
    request = signed(of, key)
    prepared = of.prepare(json.dumps(jwk(key, kid="1", use="sig")).encode())
    assert of.verify(request, (prepared,), NOW, LIMITS).key == 0


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"kty":"oct","k":"AAAA"}',
        '{"kty":"OKP","crv":"Ed25519"}',
        '{"kty":"OKP","crv":"Ed25519","x":1}',
        '{"kty":"OKP","crv":"Ed25519","x":"AAAA"}',
        '{"kty":"OKP","crv":"X25519","x":"AAAA"}',
        '{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}',
        json.dumps(jwk(ED[0], use="enc")),
        json.dumps(jwk(RS)),
    ],
    ids=range(10),  # keys are made anew in each process
)
def test_what_is_no_jwk_of_the_scheme(text):
    with pytest.raises(ConfigError):
        Ed25519(signature=SIGNATURE).prepare(text.encode())


def test_pem_without_its_line_breaks():
    """As eBay shows it, and as environments keep it."""
    of = ECDSA(signature=SIGNATURE)
    whole = (
        EC[0]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    request = signed(of, EC[0])
    for text in (
        whole.replace(b"\n", b""),
        whole.replace(b"\n", b" "),
        whole.replace(b"\n", b"\r\n"),
    ):
        assert of.verify(request, (of.prepare(text),), NOW, LIMITS).key == 0


# Sets.


def test_a_key_by_its_id():
    of = scheme(JWKS(SET, KEY_ID))
    hosts = Hosts(**{"jwks.json": {"keys": [jwk(ED[0], kid="a"), jwk(ED[1], kid="b")]}})
    assert verify(of, signed(of, ED[1], **{"X-Key": "b"}), hosts).key == 0
    assert hosts.anew == [False]
    with pytest.raises(WrongCredential):
        verify(of, signed(of, ED[1], **{"X-Key": "a"}), hosts)  # another's key
    assert hosts.anew == [False, False]


def test_an_id_that_the_set_lacks_is_looked_for_anew():
    of = scheme(JWKS(SET, KEY_ID))
    old, new = {"keys": [jwk(ED[0], kid="a")]}, {"keys": [jwk(ED[1], kid="b")]}
    hosts = Hosts(
        **{"jwks.json": lambda r: new if r.headers.get("Cache-Control") == "no-cache" else old}
    )
    assert verify(of, signed(of, ED[1], **{"X-Key": "b"}), hosts).key == 0
    with pytest.raises(WrongCredential):
        verify(of, signed(of, ED[1], **{"X-Key": "c"}), hosts)
    assert hosts.anew == [False, True] * 2


def test_any_key_where_there_are_no_ids():
    of = scheme(JWKS(SET))
    hosts = Hosts(**{"jwks.json": {"keys": [jwk(RS), {"kty": "?"}, jwk(ED[0]), jwk(ED[1])]}})
    assert verify(of, signed(of, ED[1]), hosts).key == 1
    other = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(WrongCredential):
        verify(of, signed(of, other), hosts)
    assert hosts.anew == [False, False, True]


@pytest.mark.parametrize("key_id", ["", "a/b", "..", "a.b", "a%2e", "a b", "a\xe9", "x" * 129, "?"])
def test_ids_that_are_none_are_not_asked_for(key_id):
    for published in (JWKS(SET, KEY_ID), KeyPage(PAGE, Pointer("/key"), KEY_ID)):
        of, hosts = scheme(published), Hosts()
        with pytest.raises(MalformedCredential):
            verify(of, signed(of, ED[0], **{"X-Key": key_id}), hosts)
        with pytest.raises(MissingCredential):
            verify(of, signed(of, ED[0]), hosts)
        assert hosts.asked == []


def test_nothing_is_asked_for_a_request_without_a_signature():
    of, hosts = scheme(JWKS(SET)), Hosts()
    with pytest.raises(MissingCredential):
        verify(of, Request("POST"), hosts)
    assert hosts.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        *("", "null", "[]", "{}", '{"keys":{}}', '{"keys":null}', "\xff", "<html>", "[" * 5000),
        *(Response(404), Response(401), Response(403), Response(400)),
    ],
)
def test_what_is_no_set_is_nobodys_refusal(answer):
    of = scheme(JWKS(SET))
    with pytest.raises(KeyUnavailable):
        verify(of, signed(of, ED[0]), Hosts(**{"jwks.json": answer}))


def mended(answer):
    """Of a host that was garbled when it was asked before."""
    return lambda request: answer if request.header("Cache-Control") == "no-cache" else "<html>"


@pytest.mark.parametrize(
    ("published", "answers"),
    [
        (JWKS(SET), {"jwks.json": mended({"keys": [jwk(ED[0])]})}),
        (JWKS(SET, KEY_ID), {"jwks.json": mended({"keys": [jwk(ED[0], kid="a")]})}),
        (KeyPage(PAGE, Pointer("/key"), KEY_ID), {"a": mended({"key": json.dumps(jwk(ED[0]))})}),
        (
            KeyPage(PAGE, Pointer("/key"), KEY_ID, ClientCredentials(TOKENS, "id", "secret")),
            {
                "token": mended({"access_token": "t"}),
                "a": mended({"key": json.dumps(jwk(ED[0]))}),
            },
        ),
    ],
    ids=["set", "set-with-ids", "page", "account"],
)
def test_a_garbled_answer_is_not_believed_for_an_hour(published, answers):
    of = scheme(published)
    assert verify(of, signed(of, ED[0], **{"X-Key": "a"}), Hosts(**answers)).key == 0


# Pages.


def test_a_key_on_its_page():
    of = scheme(KeyPage(PAGE, Pointer("/data/key"), KEY_ID), ECDSA)
    public = (
        EC[0]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    hosts = Hosts(**{"a-1_B": {"data": {"key": public.decode()}}})
    assert verify(of, signed(of, EC[0], **{"X-Key": "a-1_B"}), hosts).key == 0
    with pytest.raises(WrongCredential):
        verify(of, signed(of, EC[1], **{"X-Key": "a-1_B"}), hosts)
    assert [each.url for each in hosts.asked] == ["https://keys.example/key/a-1_B"] * 2


@pytest.mark.parametrize("status", [400, 404, 410])
def test_an_id_without_a_page(status):
    of = scheme(KeyPage(PAGE, Pointer("/key"), KEY_ID))
    with pytest.raises(WrongCredential):
        verify(of, signed(of, ED[0], **{"X-Key": "a"}), Hosts(a=Response(status)))


@pytest.mark.parametrize("answer", ["", "{}", '{"key":1}', '{"key":null}', "[]", Response(403)])
def test_a_page_without_a_key(answer):
    of = scheme(KeyPage(PAGE, Pointer("/key"), KEY_ID))
    with pytest.raises(KeyUnavailable):
        verify(of, signed(of, ED[0], **{"X-Key": "a"}), Hosts(a=answer))


def test_the_only_key_is_asked_for_anew_where_it_does_not_fit():
    of = scheme(KeyPage("https://keys.example/only", Pointer("/key")))
    texts = [json.dumps(jwk(each)) for each in ED]

    def page(request):
        return {"key": texts[request.headers.get("Cache-Control") == "no-cache"]}

    hosts = Hosts(only=page)
    assert verify(of, signed(of, ED[0]), hosts).key == 0
    assert verify(of, signed(of, ED[1]), hosts).key == 0
    assert hosts.anew == [False, False, True]


@pytest.mark.parametrize(
    "make",
    [
        lambda: JWKS("http://keys.example/jwks"),
        lambda: JWKS("https://keys.example"),
        lambda: JWKS("https:///jwks"),
        lambda: KeyPage("https://keys.example/key", Pointer("/key"), KEY_ID),
        lambda: KeyPage(PAGE, Pointer("/key")),
        lambda: KeyPage("keys.example/{id}", Pointer("/key"), KEY_ID),
        lambda: ApiKey(""),
        lambda: ApiKey("a b"),
        lambda: ApiKey("a\r\nb"),
        lambda: ApiKey(None),
        lambda: ClientCredentials(TOKENS, "", "secret"),
        lambda: ClientCredentials(TOKENS, "id", ""),
    ],
)
def test_declarations_are_checked(make):
    with pytest.raises(ConfigError):
        make()


# Accounts.


def paged(account):
    return scheme(KeyPage(PAGE, Pointer("/key"), KEY_ID, account))


KEY = {"key": json.dumps(jwk(ED[0]))}


def test_an_api_key_goes_along():
    of, hosts = paged(ApiKey("s3cret")), Hosts(a=KEY)
    assert verify(of, signed(of, ED[0], **{"X-Key": "a"}), hosts).key == 0
    assert hosts.asked[0].headers.get("Authorization") == "Bearer s3cret"
    assert of.hosts == {"keys.example"}
    assert "s3cret" not in repr(of)


def test_a_token_is_got_with_id_and_secret():
    account = ClientCredentials(TOKENS, "id", "s3cret", "a scope")
    of, hosts = paged(account), Hosts(token={"access_token": "t0ken"}, a=KEY)
    assert verify(of, signed(of, ED[0], **{"X-Key": "a"}), hosts).key == 0
    first, second = hosts.asked
    assert (first.method, first.url) == ("POST", TOKENS)
    assert first.body == b"grant_type=client_credentials&scope=a+scope"
    assert first.headers.get("Authorization") == "Basic aWQ6czNjcmV0"
    assert second.headers.get("Authorization") == "Bearer t0ken"
    assert of.hosts == {"keys.example", "login.example"}
    assert "s3cret" not in repr(of)


def test_a_refused_token_is_replaced_once():
    def token(request):
        fresh = request.headers.get("Cache-Control") == "no-cache"
        return {"access_token": "new" if fresh else "old"}

    def page(request):
        new = request.headers.get("Authorization") == "Bearer new"
        return Response(200, json.dumps(KEY)) if new else Response(401)

    of = paged(ClientCredentials(TOKENS, "id", "secret"))
    hosts = Hosts(token=token, a=page)
    assert verify(of, signed(of, ED[0], **{"X-Key": "a"}), hosts).key == 0
    assert len(hosts.asked) == 4


@pytest.mark.parametrize(
    ("token", "page"),
    [
        ({"access_token": "t"}, Response(401)),
        ({"access_token": "t"}, Response(403)),
        (Response(401), KEY),
        (Response(400, '{"access_token":"t"}'), KEY),
        ({}, KEY),
        ("", KEY),
        ({"access_token": 1}, KEY),
        ({"access_token": "a\r\nb"}, KEY),
        ({"access_token": ""}, KEY),
    ],
)
def test_refused_credentials_are_no_refusal_of_the_request(token, page):
    of = paged(ClientCredentials(TOKENS, "id", "secret"))
    with pytest.raises(KeyUnavailable):
        verify(of, signed(of, ED[0], **{"X-Key": "a"}), Hosts(token=token, a=page))


# In a receiver.


def test_a_receiver_needs_no_secret():
    of = scheme(JWKS(SET))
    provider = Provider(name="acme", scheme=of)
    hosts = Hosts(**{"jwks.json": {"keys": [jwk(ED[0])]}})
    hooks = Receiver(provider, fetch=hosts)
    request = signed(of, ED[0], **{"Content-Type": "application/json"})
    assert hooks.handle(request).status == 200
    assert hooks.handle(request.replace(body=b"{ }")).status == 401
    assert hooks.verifier.blocks
    down = Receiver(provider, fetch=Hosts(**{"jwks.json": Response(404)}))
    assert down.handle(request).status == 503


def test_a_pinned_key_asks_nobody():
    of, hosts = scheme(JWKS(SET)), Hosts()
    hooks = Receiver(Provider(name="acme", scheme=of), secret=json.dumps(jwk(ED[0])), fetch=hosts)
    request = signed(of, ED[0], **{"Content-Type": "application/json"})
    assert hooks.handle(request).status == 200
    with pytest.raises(Unauthorized):
        hooks.verifier.verify(signed(of, ED[1]))
    assert hosts.asked == []


def test_without_published_keys_a_secret_is_needed():
    with pytest.raises(ConfigError, match="no secret"):
        Receiver(Provider(name="acme", scheme=scheme(None)), fetch=Hosts())
