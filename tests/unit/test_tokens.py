"""Tokens: which are right, which are refused, and what hostile ones can do (nothing)."""

import json
import sys
import time
from base64 import b64encode, urlsafe_b64encode
from functools import cache

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from hookkit import ConfigError, Header, Limits, Pointer, Provider, Query, Request, Token, Verifier
from hookkit.errors import (
    BadTimestamp,
    FutureTimestamp,
    KeyUnavailable,
    MalformedCredential,
    MissingCredential,
    StaleTimestamp,
    Unauthorized,
    WrongCredential,
)
from hookkit.messages import Response
from hookkit.schemes import JWT, PublishedJWT, tokenkeys
from hookkit.schemes.compact import LONGEST_HEADER, SignedToken
from hookkit.schemes.tokens import Claim, Equals, EqualsURL, HashOf, claims_of

NOW = 1_790_000_000
SECRET = b"a shared text of some length, as it should be"
LIMITS = Limits()
HEADER = Header("X-Token")
URL = "https://h.example/in?a=1"
REQUEST = Request("POST", {"Content-Type": "application/json"}, b'{"a":1}', url=URL)


@cache
def private(algorithm):
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm.startswith("RS"):
        return rsa.generate_private_key(65537, 2048)
    curve = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}[algorithm]
    return ec.generate_private_key(curve())


def pem(key):
    pkcs8, clear = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, clear)


def public_pem(key):
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, spki)


def jwk_of(key, algorithm, **more):
    made = pyjwt.algorithms.get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    return {**made, **more}


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=")


def made(claims, *, secret=SECRET, algorithm="HS256", **header):
    """A token as PyJWT makes it."""
    signed = part({"alg": algorithm, "typ": "JWT", **header}) + b"." + part(claims)
    known = pyjwt.algorithms.get_default_algorithms()[algorithm]
    return (signed + b"." + part(known.sign(signed, secret))).decode()


def declared(**given):
    return JWT(**{"token": HEADER, **given})


def with_token(token, request=REQUEST):
    return request.with_header("X-Token", token)


def verified(scheme, request, *secrets, now=NOW, limits=LIMITS):
    keys = tuple(map(scheme.prepare, secrets or (SECRET,)))
    return scheme.verify(request, keys, now, limits)


def signed(scheme, secret=SECRET, request=REQUEST, now=NOW):
    return scheme.sign(request, scheme.prepare(secret), now, "msg_1")


ASYMMETRIC = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "EdDSA"]
PLACES = {
    "header": {"token": HEADER},
    "word": {"token": Header("Authorization"), "word": "Bearer"},
    "query": {"token": Query("t")},
    "body": {"token": Pointer("")},
    "field": {"token": Pointer("/in/here")},
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("required", [(), ("exp",), ("iat", "nbf", "exp")], ids=str)
def test_what_is_signed_verifies(place, required):
    """Wherever the token is; and whose secret it was is told."""
    scheme = JWT(**place, required=required, claims=(Equals("iss", "them"),))
    request = signed(scheme)
    assert verified(scheme, request, b"another", SECRET).key == 1
    with pytest.raises(WrongCredential):
        verified(scheme, request, b"another")
    assert signed(scheme, request=request).body.count(b".") == request.body.count(b".")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_shared_texts(algorithm):
    """PyJWT's tokens verify, and those made here are PyJWT's."""
    scheme = declared(algorithms=(algorithm,), required=("exp",))
    claims = {"exp": NOW + 60, "x": "\u20ac"}
    verified(scheme, with_token(made(claims, algorithm=algorithm)))
    token = signed(scheme, now=time.time()).headers.get("X-Token")
    long_enough = SECRET * 2
    token = signed(scheme, long_enough, now=time.time()).headers.get("X-Token")
    assert "exp" in pyjwt.decode(token, long_enough, algorithms=[algorithm])


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_public_keys(algorithm):
    """As PEM, as PEM in base64, as a JWK or a set of such; the private key signs."""
    key, scheme = private(algorithm), declared(algorithms=(algorithm,))
    request = with_token(made({}, secret=key, algorithm=algorithm))
    jwk = jwk_of(key.public_key(), algorithm)
    forms = {
        "private": pem(key),
        "pem": public_pem(key),
        "blanks": b"\n " + public_pem(key) + b"\n",
        "base64": b64encode(public_pem(key)),
        "jwk": json.dumps(jwk).encode(),
        "jwks": json.dumps({"keys": [{"kty": "oct", "k": "AA"}, 1, jwk]}).encode(),
    }
    for form in forms.values():
        assert verified(scheme, request, form).key == 0
    assert verified(scheme, signed(scheme, pem(key)), forms["pem"]).key == 0
    with pytest.raises(ConfigError, match="private key"):
        signed(scheme, forms["pem"])


@pytest.mark.parametrize(
    ("algorithms", "secret", "says"),
    [
        (("ES256",), b"text", "no public key"),
        (
            ("ES256",),
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
            "no public key",
        ),
        (("ES256",), b"{", "no JSON"),
        (("ES256",), b"{}", "no key for ES256"),
        (("ES256",), b'{"keys": 1}', "no key for ES256"),
        (("ES256",), b'{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}', "no key for"),
        (("ES256",), b'{"kty": "oct", "k": "AAAA"}', "no key for ES256"),
        (("HS256",), b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "public key"),
    ],
)
def test_unreadable_secrets(algorithms, secret, says):
    """Said where the receiver is built."""
    with pytest.raises(ConfigError, match=says):
        declared(algorithms=algorithms).prepare(secret)


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_of_another_kind_is_no_secret(algorithm):
    """Nor is one that can be broken, nor one that is published for encryption."""
    scheme = declared(algorithms=(algorithm,))
    for other in ASYMMETRIC:
        if other[:2] == algorithm[:2] == "RS" or other == algorithm:
            continue
        with pytest.raises(ConfigError, match=f"no key for {algorithm}"):
            scheme.prepare(public_pem(private(other)))
    encrypting = jwk_of(private(algorithm).public_key(), algorithm, use="enc")
    with pytest.raises(ConfigError, match="no key for"):
        scheme.prepare(json.dumps(encrypting).encode())


def test_a_token_may_name_another_of_the_algorithms():
    """Which is not the key's: refused, and not tried."""
    scheme = declared(algorithms=("ES256", "ES384"))
    token = made({}, secret=private("ES384"), algorithm="ES384")
    assert verified(scheme, with_token(token), public_pem(private("ES384"))).key == 0
    with pytest.raises(WrongCredential):
        verified(scheme, with_token(token), public_pem(private("ES256")))


def test_a_short_rsa_key_is_no_secret():
    """It can be broken."""
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505  # that is the point
    with pytest.raises(ConfigError, match="no key for RS256"):
        declared(algorithms=("RS256",)).prepare(public_pem(short))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"algorithms": ()}, "accepts no token"),
        ({"algorithms": ("none",)}, "'none' is not known"),
        ({"algorithms": ("hs256",)}, "'hs256' is not known"),
        ({"algorithms": ("RS256", "HS256")}, "mixes"),
        ({"token": "X-Token"}, "Header\\('X-Token'\\)"),
        ({"token": Query("t"), "word": "JWT"}, "stands before"),
        ({"unit": "h"}, "unit='h'"),
        ({"tolerance": -1}, "tolerance"),
    ],
)
def test_declarations_that_do_not_hold_together(given, says):
    with pytest.raises(ConfigError, match=says):
        declared(**given)


@pytest.mark.parametrize("scheme", [declared(), declared(algorithms=("RS256",))])
@pytest.mark.parametrize("missing", ["jwt.algorithms", "cryptography"])
def test_without_the_extra(scheme, missing, monkeypatch):
    """What to install is said where the receiver is built, also where keys are fetched."""
    if missing == "cryptography":
        # PyJWT alone, which then knows the algorithms for shared texts only.
        every = pyjwt.algorithms.get_default_algorithms()
        some = {name: every[name] for name in every if name.startswith("HS")}
        monkeypatch.setattr(pyjwt.algorithms, "get_default_algorithms", lambda: some)
    else:
        monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setattr(tokenkeys, "_algorithm", tokenkeys._algorithm.__wrapped__)
    if missing == "cryptography" and scheme.algorithms == ("HS256",):
        assert scheme.prepare(SECRET)
        return
    with pytest.raises(ConfigError, match=r"pip install 'hookkit\[jwt\]'"):
        scheme.prepare(SECRET)
    with pytest.raises(ConfigError, match=r"pip install 'hookkit\[jwt\]'"):
        published().keyring(Publisher())


# Hostile tokens.

RIGHT = made({"iss": "them"})
HEAD, BODY, SIGNATURE = RIGHT.split(".")
DEEP = b'{"alg":"HS256","a":' + b"[" * 3000 + b"]" * 3000 + b"}"


def by_us(header, claims=b"{}"):
    """Signed with the right secret, whatever the parts are."""
    text = part(header) + b"." + part(claims)
    hs256 = pyjwt.algorithms.get_default_algorithms()["HS256"]
    return (text + b"." + part(hs256.sign(text, SECRET))).decode()


HOSTILE = {
    "blank": "a b",
    "one-part": HEAD,
    "two-parts": f"{HEAD}.{BODY}",
    "four-parts": f"{RIGHT}.{BODY}",
    "empty-parts": "..",
    "many-dots": "." * 5000,
    "no-signature": f"{HEAD}.{BODY}.",
    "no-claims": f"{HEAD}..{SIGNATURE}",
    "padded": f"{HEAD}==.{BODY}.{SIGNATURE}",
    "padded-signature": f"{RIGHT}=",
    "newline-inside": f"{HEAD}.{BODY}.{SIGNATURE[:5]}\n{SIGNATURE[5:]}",
    "junk-inside": f"{HEAD}.{BODY}.{SIGNATURE[:5]}!{SIGNATURE[5:]}",
    "standard-alphabet": f"{HEAD}.{BODY}.{SIGNATURE[:-2]}+/",
    "not-ascii": f"{HEAD}.{BODY}.\xe9",
    "beyond-latin-1": f"{HEAD}.{BODY}.\u20ac",
    "surrogate": f"{HEAD}.{BODY}.\udc80",
    "length-of-no-base64": f"{HEAD}.{BODY}.{SIGNATURE[:41]}",
    "huge": RIGHT + "A" * 100_000,
    "encrypted": f"{HEAD}.{BODY}.{SIGNATURE}.{BODY}.{SIGNATURE}",
    "header-no-object": by_us([]),
    "header-no-json": by_us(b"{"),
    "header-not-utf8": by_us(b'{"alg":"HS256\xff"}'),
    "header-deep": by_us(DEEP),
    "header-long": by_us({"alg": "HS256", "x": "x" * LONGEST_HEADER}),
    "claims-no-object": by_us({"alg": "HS256"}, b"[]"),
    "claims-no-json": by_us({"alg": "HS256"}, b"{,}"),
    "claims-deep": by_us({"alg": "HS256"}, DEEP),
    "claims-nan": by_us({"alg": "HS256"}, b'{"exp":NaN}'),
    "exp-infinite": by_us({"alg": "HS256"}, b'{"exp":1e999}'),
    "exp-many-digits": by_us({"alg": "HS256"}, b'{"exp":' + b"9" * 4301 + b"}"),
    "alg-missing": by_us({}),
    "alg-none": by_us({"alg": "none"}),
    "alg-none-unsigned": f"{part({'alg': 'none'}).decode()}.{BODY}.",
    "alg-None": by_us({"alg": "None"}),
    "alg-no-text": by_us({"alg": ["HS256"]}),
    "alg-other-case": by_us({"alg": "hs256"}),
    "alg-other-length": made({}, algorithm="HS512"),
    "crit": by_us({"alg": "HS256", "crit": ["exp"]}),
    "crit-empty": by_us({"alg": "HS256", "crit": []}),
    "b64-false": by_us({"alg": "HS256", "b64": False, "crit": ["b64"]}),
    "b64-false-not-critical": by_us({"alg": "HS256", "b64": False}),
    "kid-no-text": by_us({"alg": "HS256", "kid": {}}),
    "kid-long": by_us({"alg": "HS256", "kid": "k" * 256}),
    "kid-unprintable": by_us({"alg": "HS256", "kid": "k\n"}),
    "kid-empty": by_us({"alg": "HS256", "kid": ""}),
}


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_hostile_tokens_are_refused(place, token):
    """In every place: a refusal, and no exception of another kind; neither does explaining raise any."""
    scheme = JWT(**place, required=("exp",)) if "exp" in token else JWT(**place)
    if place["token"] == HEADER:
        request = with_token(token)
    elif "word" in place:
        request = REQUEST.with_header("Authorization", f"Bearer {token}")
    elif isinstance(place["token"], Query):
        request = REQUEST.replace(url=f"https://h.example/?t={token}")
    elif place["token"] == Pointer(""):
        request = REQUEST.replace(body=token.encode("utf-8", "surrogatepass"))
    else:
        request = REQUEST.replace(body=json.dumps({"in": {"here": token}}).encode())
    with pytest.raises(Unauthorized):
        verified(scheme, request)
    assert scheme.steps(request, (scheme.prepare(SECRET),), LIMITS)


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_public_key_is_no_shared_text(algorithm):
    """Whoever has the public key cannot sign with it, whatever algorithm the token names."""
    key = private(algorithm)
    scheme = declared(algorithms=(algorithm,))
    for confused in ("HS256", "HS384", "HS512"):
        hs = pyjwt.algorithms.get_default_algorithms()[confused]
        for text in (public_pem(key), public_pem(key).strip(), b""):
            for named in (confused, algorithm):
                head = part({"alg": named}) + b"." + part({})
                token = (head + b"." + part(hs.sign(head, text))).decode()
                with pytest.raises(Unauthorized):
                    verified(scheme, with_token(token), public_pem(key))


@pytest.mark.parametrize("header", ["jwk", "jku", "x5u", "x5c", "x5t"])
def test_keys_that_a_token_brings_are_not_looked_at(header):
    """Signed with a key of one's own, with that key in the header."""
    own, theirs = ec.generate_private_key(ec.SECP256R1()), private("ES256")
    brought = {
        "jwk": jwk_of(own.public_key(), "ES256"),
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/chain.pem",
        "x5c": ["AAAA"],
        "x5t": "AAAA",
    }
    scheme = declared(algorithms=("ES256",))
    token = made({}, secret=own, algorithm="ES256", **{header: brought[header]})
    with pytest.raises(WrongCredential):
        verified(scheme, with_token(token), public_pem(theirs))
    # And beside a right signature they change nothing.
    token = made({}, secret=theirs, algorithm="ES256", **{header: brought[header]})
    assert verified(scheme, with_token(token), public_pem(theirs)).key == 0


@pytest.mark.parametrize("algorithm", ["HS256", "ES256", "RS256", "EdDSA"])
def test_each_bit_counts(algorithm):
    """Of header, claims and signature; a spelling of the same bytes is no other one either."""
    secret = SECRET if algorithm == "HS256" else pem(private(algorithm))
    scheme = declared(algorithms=(algorithm,))
    right = signed(scheme, secret).headers.get("X-Token")
    key = scheme.prepare(secret)
    for place in range(len(right)):
        for bit in (1, 2, 4):
            wrong = right[:place] + chr(ord(right[place]) ^ bit) + right[place + 1 :]
            with pytest.raises(Unauthorized):
                scheme.verify(with_token(wrong), (key,), NOW, LIMITS)


def test_what_the_library_raises_is_a_refusal(monkeypatch):
    """Should it raise for a signature of an odd form, as some versions have."""

    class Odd:
        def verify(self, *given):
            raise ValueError

    key = declared().prepare(SECRET)
    monkeypatch.setattr(tokenkeys, "_algorithm", lambda name: Odd())
    with pytest.raises(WrongCredential):
        declared().verify(with_token(RIGHT), (key,), NOW, LIMITS)


# Where it is.


@pytest.mark.parametrize(
    ("place", "request_", "error"),
    [
        ("header", REQUEST, MissingCredential),
        ("word", REQUEST, MissingCredential),
        ("word", REQUEST.with_header("Authorization", f"JWT {RIGHT}"), MalformedCredential),
        ("word", REQUEST.with_header("Authorization", RIGHT), MalformedCredential),
        ("word", REQUEST.with_header("Authorization", "Bearer"), MalformedCredential),
        ("header", with_token(f"Bearer {RIGHT}"), MalformedCredential),
        ("header", with_token(f"{RIGHT},{RIGHT}"), MalformedCredential),
        ("query", REQUEST, MissingCredential),
        ("query", REQUEST.replace(url=f"/?t={RIGHT}&t={RIGHT}"), MissingCredential),
        ("body", REQUEST, MalformedCredential),
        ("body", REQUEST.replace(body=b""), MissingCredential),
        ("body", REQUEST.replace(body=RIGHT.encode() + b"\n"), MalformedCredential),
        ("field", REQUEST, MissingCredential),
        ("field", REQUEST.replace(body=b'{"in":{"here":1}}'), MalformedCredential),
        ("field", REQUEST.replace(body=b'{"in":{"here":null}}'), MissingCredential),
        ("field", REQUEST.replace(body=b"["), MalformedCredential),
        ("field", REQUEST.replace(body=b"[" * 10_000), MalformedCredential),
        ("field", REQUEST.replace(body=RIGHT.encode()), MalformedCredential),
    ],
)
def test_no_token_where_it_should_be(place, request_, error):
    with pytest.raises(error):
        verified(JWT(**PLACES[place]), request_)


def test_the_word_has_any_case():
    """RFC 9110 section 11.1."""
    scheme = JWT(**PLACES["word"])
    for word in ("Bearer", "bearer", "BEARER"):
        assert verified(scheme, REQUEST.with_header("Authorization", f"{word}  {RIGHT} ")).key == 0


def test_a_long_header_is_not_read():
    """The limit on headers holds for tokens, too."""
    with pytest.raises(MalformedCredential):
        verified(declared(), with_token(RIGHT), limits=Limits(header=len(RIGHT) - 1))
    assert verified(declared(), with_token(RIGHT), limits=Limits(header=len(RIGHT))).key == 0


# What it must say.

BOUND = {
    "fixed": (Equals("iss", "them"), {"iss": "them"}, [{}, {"iss": "they"}, {"iss": ["them"]}]),
    "one-of": (Equals("iss", "a", "b"), {"iss": "b"}, [{"iss": "c"}, {"iss": None}]),
    "truth": (Equals("ok", True), {"ok": True}, [{"ok": 1}, {"ok": "true"}, {"ok": False}]),
    "audience": (Equals("aud", "me"), {"aud": ["you", "me"]}, [{"aud": []}, {"aud": ["you"]}]),
    "url": (EqualsURL("sub"), {"sub": URL}, [{}, {"sub": URL + "&b=2"}, {"sub": None}]),
    "maybe-url": (EqualsURL("aud", optional=True), {}, [{"aud": "https://x"}, {"aud": None}]),
}
HASHES = {
    "hex": "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
    "base64": "AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=",
    "base64url": "AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX-GI=",
}


@pytest.mark.parametrize(("rule", "right", "wrong"), BOUND.values(), ids=BOUND)
def test_claims(rule, right, wrong):
    """A right signature is not enough."""
    scheme = declared(claims=(rule,))
    assert verified(scheme, with_token(made(right))).key == 0
    for claims in wrong:
        with pytest.raises(WrongCredential):
            verified(scheme, with_token(made(claims)))
    assert verified(scheme, signed(scheme)).key == 0


@pytest.mark.parametrize("encoding", HASHES)
@pytest.mark.parametrize("padding", ["", "="])
def test_the_hash_of_the_body(encoding, padding):
    """With its padding or without; of this body, in this encoding."""
    scheme = declared(claims=(HashOf("h", encoding=encoding),))
    said = HASHES[encoding].rstrip("=") + (padding if encoding != "hex" else "")
    assert verified(scheme, with_token(made({"h": said}))).key == 0
    assert verified(scheme, signed(scheme)).key == 0
    others = [HASHES[other] for other in HASHES if other != encoding]
    for wrong in (*others, said.swapcase(), "", None, [said], "\u20ac"):
        with pytest.raises(WrongCredential):
            verified(scheme, with_token(made({"h": wrong})))
    with pytest.raises(WrongCredential):
        verified(scheme, with_token(made({"h": said})).replace(body=b'{"a": 1}'))


def test_a_hash_only_with_a_body():
    """It must be there with a body, and must not without."""
    scheme = declared(claims=(HashOf("h", only_with_body=True),))
    with_body, without = signed(scheme), signed(scheme, request=REQUEST.replace(body=b""))
    verified(scheme, with_body)
    verified(scheme, without)
    for wrong in (with_body.replace(body=b""), without.replace(body=b"x")):
        with pytest.raises(WrongCredential):
            verified(scheme, wrong)


def test_the_hash_of_the_url():
    """Or of any other text that a template can say."""
    scheme = declared(claims=(HashOf("u", "{method} {url}"), HashOf("x", "{header:X-A}")))
    request = signed(scheme, request=REQUEST.with_header("X-A", "1"))
    verified(scheme, request)
    for wrong in (request.replace(url="/"), request.with_header("X-A", "2")):
        with pytest.raises(WrongCredential):
            verified(scheme, wrong)
    kept = [pair for pair in request.headers.items() if pair[0] != "x-a"]
    with pytest.raises(MissingCredential):
        verified(scheme, request.replace(headers=kept))


@pytest.mark.parametrize(
    "make",
    [lambda: HashOf("h", "{what}"), lambda: HashOf("h", encoding="rot13"), lambda: Equals("a"),
     lambda: Equals("iss", "")],
)  # fmt: skip
def test_rules_that_do_not_hold_together(make):
    with pytest.raises(ConfigError):
        make()


@pytest.mark.parametrize(
    ("scheme", "covers"),
    [
        (declared(), set()),
        (JWT(token=Pointer("")), {"body"}),
        (JWT(token=Pointer("/a")), {"body"}),
        (declared(claims=(HashOf("h"),)), {"body"}),
        (declared(claims=(EqualsURL("sub"), HashOf("q", "{query}"))), {"url", "query"}),
        (declared(claims=(Equals("iss", "x"),)), set()),
        (declared(tolerance=300), {"timestamp"}),
        (declared(required=("exp",)), {"timestamp"}),
        (declared(id="jti"), {"id"}),
    ],
)
def test_what_it_covers(scheme, covers):
    """No more than the claims say; only then the public URL matters."""
    parts = ("body", "timestamp", "id", "url", "path", "query", "method")
    assert {name for name in parts if scheme.covers(name)} == covers
    assert scheme.signs_url is ("url" in covers)


# When.


@pytest.mark.parametrize(
    ("given", "claims", "error"),
    [
        ({}, {"exp": NOW + 1}, None),
        ({}, {"exp": NOW}, StaleTimestamp),
        ({"leeway": 5}, {"exp": NOW - 4}, None),
        ({"leeway": 5}, {"exp": NOW - 5}, StaleTimestamp),
        ({}, {"nbf": NOW + 10}, None),
        ({}, {"nbf": NOW + 11}, FutureTimestamp),
        ({}, {"iat": NOW + 11}, FutureTimestamp),
        ({}, {"iat": NOW - 10**8}, None),
        ({"tolerance": 300}, {"iat": NOW - 300}, None),
        ({"tolerance": 300}, {"iat": NOW - 301}, StaleTimestamp),
        ({"tolerance": 300}, {"iat": NOW + 300}, None),
        ({"tolerance": 300}, {"iat": NOW + 301}, FutureTimestamp),
        ({"tolerance": (300, 0)}, {"iat": NOW + 1}, FutureTimestamp),
        ({"tolerance": 300}, {}, BadTimestamp),
        ({"tolerance": 300}, {"iat": NOW, "exp": NOW - 1}, StaleTimestamp),
        ({"required": ("exp",)}, {}, BadTimestamp),
        ({"required": ("exp", "nbf")}, {"exp": NOW + 1}, BadTimestamp),
        ({"required": ("iat",)}, {"exp": NOW + 1}, BadTimestamp),
        ({}, {"exp": str(NOW + 1)}, BadTimestamp),
        ({}, {"exp": True}, BadTimestamp),
        ({}, {"exp": [NOW + 1]}, BadTimestamp),
        ({}, {"exp": -1}, BadTimestamp),
        ({}, {"exp": 10**13}, BadTimestamp),
        ({}, {"exp": None}, None),
        ({}, {"iat": NOW + 0.5}, None),
        ({"time": "t", "unit": "ms"}, {"t": NOW * 1000}, None),
        ({"time": "t", "unit": "ms"}, {"t": str(NOW)}, BadTimestamp),
        ({"time": "t", "unit": "ms"}, {"t": 1.5}, BadTimestamp),
        ({"time": "t", "unit": "ms", "tolerance": 1}, {"t": NOW * 1000 - 1001}, StaleTimestamp),
        ({"time": "t", "unit": "rfc3339"}, {"t": "2026-09-21T14:13:20.000Z"}, None),
        ({"time": "t", "unit": "rfc3339"}, {"t": NOW}, BadTimestamp),
        ({"time": "t", "unit": "rfc3339"}, {"t": "yesterday"}, BadTimestamp),
    ],
)
def test_times(given, claims, error):
    """Each end of each window."""
    scheme, request = declared(**given), with_token(made(claims))
    if error is not None:
        with pytest.raises(error):
            verified(scheme, request)
        return
    verdict = verified(scheme, request)
    stated = scheme.time in claims
    assert (verdict.timestamp is not None) is stated
    assert verdict.age == (NOW - verdict.timestamp if stated else None)


def test_age_is_told_of_authentic_tokens_only():
    """An old token that is not authentic is wrong, not stale."""
    with pytest.raises(WrongCredential):
        verified(declared(), with_token(made({"exp": 1}, secret=b"x" * 32)))


@pytest.mark.parametrize(
    ("given", "window"),
    [
        ({}, None),
        ({"tolerance": 300}, (300, 300)),
        ({"required": ("exp",), "lifetime": 60, "leeway": 0}, (59, 0)),
        ({"required": ("exp",), "lifetime": 60, "leeway": 5}, (64, 5)),
        ({"required": ("exp",), "lifetime": 60, "tolerance": (30, 7)}, (30, 7)),
    ],
)
def test_the_window_of_what_is_signed(given, window):
    scheme = declared(**given)
    assert scheme.window == window
    if window is not None:
        request = signed(scheme)
        verified(scheme, request, now=NOW + window[0])
        verified(scheme, request, now=NOW - window[1])
        for now in (NOW + window[0] + 1, NOW - window[1] - 1):
            with pytest.raises(Unauthorized):
                verified(scheme, request, now=now)


def test_signing_again_keeps_what_it_said():
    """But for the times, the id and what is declared."""
    scheme = declared(claims=(Equals("iss", "them"),), id="jti")
    old = {"iss": "x", "mine": 1, "exp": 5, "iat": 1, "jti": "j"}
    key = private("ES256")
    scheme = declared(algorithms=("ES256",), claims=(Equals("iss", "them"),), id="jti")
    request = signed(scheme, pem(key), with_token(made(old, kid="k1")))
    token = request.headers.get("X-Token")
    assert pyjwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": "k1"}
    assert pyjwt.decode(token, options={"verify_signature": False}) == {
        "iss": "them",
        "mine": 1,
        "exp": NOW + 300,
        "iat": NOW,
        "jti": "msg_1",
    }


def test_what_cannot_be_signed():
    """A body that is to become the token, and holds no claims."""
    with pytest.raises(ConfigError, match="JSON object"):
        signed(JWT(token=Pointer("")), request=REQUEST.replace(body=b"x"))


# Published keys.

JWKS_AT = "https://login.example/keys"


class Publisher:
    """Answers as a provider does, and counts."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, question):
        self.asked.append((question.method, question.url, question.headers.get("Cache-Control")))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def jwks(*keys):
    return Response(200, json.dumps({"keys": list(keys)}))


def published(**given):
    return PublishedJWT(**{"token": HEADER, "algorithms": ("ES256",), "keys_at": JWKS_AT, **given})


KEY = jwk_of(private("ES256").public_key(), "ES256", kid="k1", use="sig", alg="ES256")
OTHER = jwk_of(private("RS256").public_key(), "RS256", kid="k2")


def token_of(**header):
    return with_token(made({}, secret=private("ES256"), algorithm="ES256", **header))


def asked(publisher, request, scheme=None):
    provider = Provider(name="acme", scheme=scheme or published())
    return Verifier(provider, secret=None, fetch=publisher, clock=lambda: NOW).verify(request)


def test_published_keys():
    """By the id that the token names; without one, whichever fits."""
    publisher = Publisher(jwks(OTHER, KEY))
    assert asked(publisher, token_of(kid="k1")).key == 0
    assert asked(publisher, token_of()).key == 0
    assert publisher.asked == [("GET", JWKS_AT, None)] * 2
    assert published().hosts == {"login.example"}


def test_a_key_id_that_is_not_known_is_asked_for_once_more():
    """As the provider may have added it since."""
    publisher = Publisher(jwks(OTHER), jwks(OTHER, KEY))
    assert asked(publisher, token_of(kid="k1")).key == 0
    assert publisher.asked == [("GET", JWKS_AT, None), ("GET", JWKS_AT, "no-cache")]
    publisher = Publisher(jwks(KEY))
    with pytest.raises(WrongCredential):
        asked(publisher, token_of(kid="k9"))
    assert len(publisher.asked) == 2


ROTATED = ec.generate_private_key(ec.SECP256R1())
NEWER = jwk_of(ROTATED.public_key(), "ES256")
NAMELESS = {name: value for name, value in KEY.items() if name != "kid"}


@pytest.mark.parametrize(
    ("was", "names"), [(KEY, {}), (NAMELESS, {}), (NAMELESS, {"kid": "k9"})], ids=range(3)
)
def test_a_key_that_nobody_names_is_asked_for_once_more(was, names):
    """After a rotation, of which nothing in the token tells."""
    publisher = Publisher(jwks(was), jwks(was, NEWER))
    token = made({}, secret=ROTATED, algorithm="ES256", **names)
    assert asked(publisher, with_token(token)).key == 0
    assert [each[2] for each in publisher.asked] == [None, "no-cache"]


def test_a_token_that_names_a_known_key_is_no_reason_to_ask():
    publisher = Publisher(jwks(KEY))
    token = made({}, secret=ROTATED, algorithm="ES256", kid="k1")
    with pytest.raises(WrongCredential):
        asked(publisher, with_token(token))
    assert [each[2] for each in publisher.asked] == [None]


@pytest.mark.parametrize(
    "answer",
    [
        Response(404, "gone"),
        Response(200, "<html>"),
        Response(200, "[]"),
        Response(200, '{"keys": {}}'),
        Response(200, b"[" * 10_000),
    ],
)
def test_an_answer_that_is_no_key_set_is_no_refusal(answer):
    """The provider tries again, as with any 503."""
    with pytest.raises(KeyUnavailable):
        asked(Publisher(answer), token_of(kid="k1"))


def test_a_garbled_answer_is_not_believed_for_an_hour():
    publisher = Publisher(Response(200, "<html>"), jwks(KEY))
    assert asked(publisher, token_of(kid="k1")).key == 0
    assert publisher.asked == [("GET", JWKS_AT, None), ("GET", JWKS_AT, "no-cache")]


@pytest.mark.parametrize("changes", [{"alg": "ES384"}, {"use": "enc"}, {"x": "AA"}, {"kid": 5}])
def test_published_keys_that_do_not_serve(changes):
    """Of another algorithm or use, or broken: as if they were not there. An id that is no text is none."""
    publisher = Publisher(jwks({**KEY, **changes}))
    if changes == {"kid": 5}:
        assert asked(publisher, token_of(kid="k1")).key == 0
        return
    with pytest.raises(WrongCredential):
        asked(publisher, token_of(kid="k1"))


def test_a_pinned_key_is_not_asked_for():
    """With a secret nothing is fetched."""
    publisher = Publisher(Response(500))
    secret = public_pem(private("ES256"))
    verifier = Verifier(
        Provider(name="acme", scheme=published()), secret=secret, fetch=publisher, clock=lambda: NOW
    )
    assert verifier.verify(token_of(kid="k1")).key == 0
    assert publisher.asked == []


def test_published_keys_cannot_sign():
    provider = Provider(name="acme", scheme=published())
    with pytest.raises(ConfigError, match="private key"):
        Verifier(provider, secret=None, fetch=Publisher(jwks(KEY))).sign(REQUEST)


def test_a_shared_text_is_not_published():
    """Whoever reads the set could sign with it."""
    shared = Response(200, '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}')
    scheme = published(algorithms=("HS256",))
    with pytest.raises(ConfigError, match="HS256 takes a shared text: pass it as secret="):
        asked(Publisher(shared), REQUEST, scheme)
    assert Verifier(Provider(name="acme", scheme=scheme), secret=SECRET)


def test_no_more_keys_are_tried_than_signatures_may_be():
    """A set of thousands would cost as many verifications for each token."""
    others = [jwk_of(ec.generate_private_key(ec.SECP256R1()).public_key(), "ES256") for _ in "ab"]
    key = json.dumps({"keys": [*others, KEY]}).encode()
    scheme = declared(algorithms=("ES256",))
    assert verified(scheme, token_of(), key, limits=Limits(candidates=3)).key == 0
    with pytest.raises(WrongCredential):
        verified(scheme, token_of(), key, limits=Limits(candidates=2))


@pytest.mark.parametrize(
    "url",
    [
        *("http://x.example/", "x.example", "", "https://", "https:///keys"),
        *("https://a@b.example/", "https://x.example", "https://x.example?a=b"),
    ],
)
def test_keys_are_at_an_https_url(url):
    with pytest.raises(ConfigError, match="keys_at"):
        published(keys_at=url)


# Parts of tokens as places, and tokens elsewhere.


@pytest.mark.parametrize(
    ("place", "request_", "found"),
    [
        (Claim(HEADER, "/jti"), with_token(made({"jti": "j1"})), "j1"),
        (Claim(HEADER, "/a/b"), with_token(made({"a": {"b": 1}})), 1),
        (Claim(HEADER, "/kid", part="header"), with_token(made({}, kid="k1")), "k1"),
        (Claim(HEADER, "/jti"), with_token("Bearer " + made({"jti": "j1"})), "j1"),
        (Claim(Query("t"), "/jti"), Request(url="/?t=" + made({"jti": "j1"})), "j1"),
        (Claim(HEADER, "/jti"), with_token(made({})), None),
        (Claim(HEADER, "/jti"), REQUEST, None),
        *((Claim(HEADER, "/jti"), with_token(token), None) for token in HOSTILE.values()),
    ],
)
def test_a_claim_as_a_place(place, request_, found):
    """Found in right and wrong tokens alike; in what is none, nothing is."""
    assert place.find(request_) == found


def test_there_are_two_parts_to_look_into():
    with pytest.raises(ConfigError, match="part='signature'"):
        Claim(HEADER, "/x", part="signature")
    with pytest.raises(ConfigError, match="begins with"):
        Claim(HEADER, "x")


def test_tokens_inside_of_tokens():
    """The same keys; what they say is not judged."""
    scheme = declared(claims=(Equals("iss", "them"),))
    inner = made({"exp": 1, "x": 1})
    assert claims_of(scheme, inner, secret=SECRET.decode(), now=NOW) == {"exp": 1, "x": 1}
    for wrong in (inner[:-1], made({}, secret=b"x" * 32), "", "\udc80"):
        with pytest.raises(Unauthorized):
            claims_of(scheme, wrong, secret=SECRET, now=NOW)
    with pytest.raises(ConfigError, match="Token has none"):
        claims_of(Token(HEADER), inner, secret=SECRET, now=NOW)


# What is told.


def test_explaining_shows_neither_token_nor_secret():
    """What it is, where, and which claim is wrong."""
    rules = (Equals("iss", "them"), HashOf("h"), HashOf("x", "{header:X-A}"))
    scheme = declared(claims=rules)
    token = made({"iss": "they", "x": "y"}, kid="k1")
    steps = scheme.steps(with_token(token), (scheme.prepare(SECRET),), LIMITS)
    told = {step.name: step.found for step in steps}
    assert told["claim iss"] == "something else"
    assert told["claim h"] == "missing"
    assert told["claim x"].startswith("The signature or token is missing")
    assert told["token"] == "HS256, key id k1"
    assert not any(token[start : start + 8] in str(told) for start in range(len(token) - 8))
    assert repr(SignedToken(token.encode())) == "<SignedToken 'HS256'>"
    without = token_steps(scheme, made({"iss": "them", "h": "x", "x": "y"}))
    assert without["claim iss"] == "as declared"
    assert without["claim x"].startswith("The signature or token is missing")
    assert "a shared" not in repr(scheme.prepare(SECRET).signer())


def token_steps(scheme, token):
    steps = scheme.steps(with_token(token), (scheme.prepare(SECRET),), LIMITS)
    return {step.name: step.found for step in steps}


@pytest.mark.parametrize(
    ("place", "where"),
    [("body", "the body"), ("field", "/in/here in the body"), ("query", "query parameter t")],
)
def test_explaining_says_where_it_would_be(place, where):
    scheme = JWT(**PLACES[place])
    steps = scheme.steps(Request(), (scheme.prepare(SECRET),), LIMITS)
    assert where in steps[1].found
