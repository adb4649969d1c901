import base64
import dataclasses
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from hookkit import ConfigError, Limits, Request, Verifier, providers
from hookkit.errors import (
    BadTimestamp,
    FutureTimestamp,
    MalformedCredential,
    MissingCredential,
    StaleTimestamp,
    Unauthorized,
    UnknownTenant,
    WrongCredential,
)
from hookkit.schemes.content_digest import write_digest
from hookkit.schemes.message_algorithms import ALGORITHMS
from hookkit.schemes.message_signatures import KeyIds, MessageSignature
from tests.providers.sampling import pem

NOW = 1_618_884_473
LIMITS = Limits()
BODY = b'{"hello": "world"}'
URL = "https://example.com/foo?param=Value&Pet=dog"


# The published examples: RFC 9421 appendix B. (B.2.1, B.2.3, B.2.5 and B.2.6 are vectors of the provider;
# B.2.4 signs a response.)

RSA_PSS = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----"""
P256 = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----"""
ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----"""

TEST_REQUEST = {
    "Host": "example.com",
    "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "Content-Type": "application/json",
    "Content-Digest": (
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
    ),
    "Content-Length": "18",
}
CLIENT_CERT = (
    ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxB"
    "IEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZI"
    "zj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJi"
    "Ny6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMC"
    "BsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUC"
    "IBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:"
)
B22 = Request(  # selective covered components, with a tag
    "POST",
    {
        **TEST_REQUEST,
        "Signature-Input": 'sig-b22=("@authority" "content-digest" "@query-param";name="Pet")'
        ';created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
        "Signature": "sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6"
        "N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEu"
        "EfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3"
        "I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==:",
    },
    BODY,
    url=URL,
)
B3 = Request(  # a proxy that ends TLS
    "POST",
    {
        **TEST_REQUEST,
        "Host": "service.internal.example",
        "Client-Cert": CLIENT_CERT,
        "Signature-Input": 'ttrp=("@path" "@query" "@method" "@authority" "client-cert")'
        ';created=1618884473;keyid="test-key-ecc-p256"',
        "Signature": "ttrp=:xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwM"
        "LOgmizw==:",
    },
    BODY,
    url="https://service.internal.example/foo?param=Value&Pet=dog",
)
B4_SIGNED = [
    (
        "Signature-Input",
        'transform=("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"',
    ),
    (
        "Signature",
        "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA"
        "==:",
    ),
]
TWO_LINES = [("Accept", "application/json"), ("Accept", "*/*")]


def _b4(headers, *, method="GET", url="https://example.org/demo?name1=Value1&Name2=value2"):
    return Request(method, [*headers, *B4_SIGNED], url=url)


def _verifying(scheme, secret, request, *, now=NOW, limits=LIMITS):
    return scheme.verify(request, (scheme.prepare(secret.encode()),), now, limits)


PUBLISHED = [
    pytest.param("rsa-pss-sha512", RSA_PSS, B22, id="B.2.2"),
    pytest.param("ecdsa-p256-sha256", P256, B3, id="B.3"),
    pytest.param("ed25519", ED25519, _b4(TWO_LINES), id="B.4"),
    pytest.param(
        "ed25519", ED25519, _b4([*TWO_LINES, ("Accept-Language", "en-US,en;q=0.5")],
        url="https://example.org/demo?name1=Value1&Name2=value2&param=added"), id="B.4 added to"
    ),
    pytest.param(
        "ed25519", ED25519, _b4([("Referer", "https://developer.example.org/demo"),
        ("Accept", "application/json, */*")], url="https://example.org/demo"), id="B.4 combined"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("algorithm", "key", "request_"), PUBLISHED)
def test_published_examples(algorithm, key, request_):
    """Verify, and name their components."""
    scheme = MessageSignature(algorithm=algorithm, required_components=())
    verdict = _verifying(scheme, key, request_, now=NOW + 5)
    assert (verdict.key, verdict.timestamp, verdict.age) == (0, NOW, 5)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(_b4(TWO_LINES, method="POST"), id="method"),
        pytest.param(_b4(TWO_LINES, url="https://example.com/demo"), id="authority"),
        pytest.param(_b4([("Accept", "*/*"), ("Accept", "application/json")]), id="order"),
    ],
)
def test_published_changes_that_are_refused(request_):
    """B.4: what of them breaks the signature."""
    scheme = MessageSignature(algorithm="ed25519", required_components=())
    with pytest.raises(WrongCredential):
        _verifying(scheme, ED25519, request_)


def test_published_examples_and_the_policy():
    """They sign less than a webhook must."""
    for algorithm, key, request in (each.values for each in PUBLISHED):
        with pytest.raises(MalformedCredential):
            _verifying(MessageSignature(algorithm=algorithm), key, request)
    selective = MessageSignature(
        algorithm="rsa-pss-sha512",
        required_components=["@authority", "content-digest", '"@query-param";name="Pet"'],
        tag="header-example",
    )
    assert _verifying(selective, RSA_PSS, B22).key == 0


# What we sign ourselves.


def _signing(algorithm):
    if algorithm == "hmac-sha256":
        return ["one secret", "another"]
    makers = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa-p256-sha256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ecdsa-p384-sha384": lambda: ec.generate_private_key(ec.SECP384R1()),
    }
    make = makers.get(algorithm, lambda: rsa.generate_private_key(65537, 2048))
    return [pem(make()) for _ in range(2)]


SECRETS = {algorithm: _signing(algorithm) for algorithm in ALGORITHMS}
SECRET = "one secret"
PLAIN = Request("POST", {"Content-Type": "application/json"}, BODY, url=URL)
WITH_TYPE = ("@method", "@target-uri", "content-digest", "content-type")


def _scheme(algorithm="hmac-sha256", **given):
    return MessageSignature(algorithm=algorithm, **given)


def _signed(scheme=None, request=PLAIN, secret=SECRET, now=NOW):
    scheme = scheme or _scheme()
    return scheme.sign(request, scheme.prepare(secret.encode()), now, "msg_1")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_signed_verifies(algorithm):
    """With each algorithm; with the public key alone, where there is one; not with another key."""
    scheme, (secret, other) = _scheme(algorithm), SECRETS[algorithm]
    request = _signed(scheme, secret=secret)
    public = secret
    if "PRIVATE" in secret:
        private = serialization.load_pem_private_key(secret.encode(), None)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()  # fmt: skip
    assert _verifying(scheme, public, request).timestamp == NOW
    keys = tuple(scheme.prepare(each.encode()) for each in (other, public))
    assert scheme.verify(request, keys, NOW, LIMITS).key == 1
    with pytest.raises(WrongCredential):
        _verifying(scheme, other, request)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("of", ALGORITHMS)
def test_a_key_of_another_kind(algorithm, of):
    """Cannot be configured, but for RSA keys, which are for either padding, and text for an HMAC."""
    secret, scheme = SECRETS[of][0], _scheme(algorithm)
    if (algorithm[:4] == of[:4] and "ecdsa" not in of) or algorithm == of:
        scheme.prepare(secret.encode())
        return
    with pytest.raises(ConfigError):
        scheme.prepare(secret.encode())


@pytest.mark.parametrize("secret", [RSA_PSS, f"\n {ED25519}", SECRETS["ed25519"][0]])
def test_a_public_key_is_no_shared_secret(secret):
    """Else anyone who knows it could sign."""
    with pytest.raises(ConfigError, match="no shared secret"):
        _scheme().prepare(secret.encode())


def test_forms_of_a_shared_secret():
    """Said by the declaration, never guessed."""
    request = _signed(_scheme(key="base64"), secret=base64.b64encode(SECRET.encode()).decode())
    assert _verifying(_scheme(), SECRET, request).key == 0
    assert _verifying(_scheme(key="hex"), SECRET.encode().hex(), request).key == 0


def test_what_is_written():
    """The three headers of the RFCs."""
    scheme = _scheme(keyid="key-1", tag="our-app")
    signed = dict(_signed(scheme).headers.items())
    assert signed.pop("signature").startswith("sig1=:")
    assert signed == {
        "content-type": "application/json",
        "content-digest": write_digest(BODY),
        "signature-input": (
            'sig1=("@method" "@target-uri" "content-digest")'
            f';created={NOW};keyid="key-1";tag="our-app"'
        ),
    }


def test_signing_again_replaces():
    """What was signed before, and an older body's digest."""
    request = _signed(request=_signed().replace(body=b"[]"), now=NOW + 1)
    assert _verifying(_scheme(), SECRET, request, now=NOW + 1).age == 0


def test_signing_what_is_not_there():
    """Is refused, as nothing can be made of it."""
    with pytest.raises(MissingCredential):
        _signed(_scheme(required_components=["date"]))


ALL = [*WITH_TYPE, "@authority", "@scheme", "@request-target", "@path", "@query"]
ALL += ['"@query-param";name="Pet"', '"accept"', '"content-type";bs', '"cache-control";sf']
ALL += ['"example-dict";key="b"', '"content-digest";key="sha-256"']


@pytest.mark.parametrize("component", ALL)
def test_every_component_alone(component):
    """Signed and required."""
    headers = {"Accept": "a, b", "Cache-Control": "no-cache,  x", "Example-Dict": "a=1,  b=2;x=1"}
    scheme = _scheme(required_components=[component])
    request = _signed(scheme, Request("POST", {**headers, "Content-Type": "a/b"}, BODY, url=URL))
    assert _verifying(scheme, SECRET, request).key == 0


@pytest.mark.parametrize(
    ("required", "covered"),
    [
        ((), "timestamp"),
        (("@method",), "timestamp method"),
        (("content-digest",), "timestamp body"),
        (('"content-digest";sf',), "timestamp body"),
        (("@path",), "timestamp path"),
        (("@authority", "@path", "@query"), "timestamp path query url"),
        (("@method", "@target-uri", "content-digest"), "timestamp method path query url body"),
    ],
)
def test_what_is_covered(required, covered):
    """Is what must be signed."""
    scheme = _scheme(required_components=required)
    parts = ("timestamp", "method", "path", "query", "url", "body", "id")
    assert [part for part in parts if scheme.covers(part)] == [
        part for part in parts if part in covered.split()
    ]
    assert scheme.signs_url
    assert scheme.header == "Signature"


# Requests made by hand, signed with the shared secret.


def _by_hand(input_, request=PLAIN, *, secret=SECRET, digest=None):
    """A request whose Signature-Input says this of `sig1`; components are written by hand as well."""
    lines = {
        '"@method"': request.method,
        '"@target-uri"': request.url,
        '"@path"': request.path,
        '"@query"': f"?{request.query}",
        '"@authority"': "example.com",
        '"content-digest"': digest or write_digest(request.body),
    }
    inner = input_[1 : input_.index(")")].split()
    base = "\n".join([*(f"{each}: {lines[each]}" for each in inner if each in lines), ""])
    base += f'"@signature-params": {input_}'
    key = _scheme().prepare(secret.encode())
    made = _scheme()._algorithm.make(key, [base.encode()]).decode()
    request = request.with_header("Content-Digest", lines['"content-digest"'])
    request = request.with_header("Signature-Input", f"sig1={input_}")
    return request.with_header("Signature", f"sig1=:{made}:")


NEEDED = '("@method" "@target-uri" "content-digest")'


def test_by_hand():
    """As the scheme signs it."""
    by_hand = _by_hand(f"{NEEDED};created={NOW}")
    assert dict(by_hand.headers.items()) == dict(_signed().headers.items())
    assert _verifying(_scheme(), SECRET, by_hand).key == 0


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        (f';created={NOW};keyid="a";nonce="b";alg="hmac-sha256";tag="t"', None),
        (f";expires={NOW};created={NOW}", None),
        (f";created={NOW};expires={NOW - 1}", StaleTimestamp),
        (f";created={NOW - 300}", None),
        (f";created={NOW - 301}", StaleTimestamp),
        (f";created={NOW + 300}", None),
        (f";created={NOW + 301}", FutureTimestamp),
        (f";created={NOW - 301};expires={NOW + 301}", StaleTimestamp),
        ("", BadTimestamp),
        (f";expires={NOW}", BadTimestamp),
        (";created", BadTimestamp),
        (";created=-1", BadTimestamp),
        (f";created={NOW}.0", BadTimestamp),
        (f';created="{NOW}"', BadTimestamp),
        (f";created=@{NOW}", BadTimestamp),
        (f";created={NOW};expires", BadTimestamp),
        (f";created={NOW};unknown=1", MalformedCredential),
        (f";created={NOW};unknown", MalformedCredential),
        (f";created={NOW};created={NOW}", MalformedCredential),
        (f';created={NOW};alg="ed25519"', MalformedCredential),
        (f';created={NOW};alg="none"', MalformedCredential),
        (f";created={NOW};alg=hmac-sha256", MalformedCredential),
        (f";created={NOW};keyid=1", MalformedCredential),
        (f";created={NOW};keyid", MalformedCredential),
        (f";created={NOW};nonce=:AAAA:", MalformedCredential),
    ],
)
def test_parameters(parameters, error):
    """Known ones, of their types; the time must be there; the algorithm is the declared one."""
    request = _by_hand(NEEDED + parameters)
    if error is None:
        assert _verifying(_scheme(), SECRET, request).timestamp in (NOW, NOW - 300, NOW + 300)
        return
    with pytest.raises(error):
        _verifying(_scheme(), SECRET, request)


def test_tolerance():
    """Past and future apart, or none; an end that was signed counts in any case."""
    old = _by_hand(f"{NEEDED};created={NOW - 1000}")
    assert _verifying(_scheme(tolerance=None), SECRET, old).age == 1000
    assert _verifying(_scheme(tolerance=(1000, 0)), SECRET, old).age == 1000
    with pytest.raises(StaleTimestamp):
        _verifying(_scheme(tolerance=(999, 9999)), SECRET, old)
    ended = _by_hand(f"{NEEDED};created={NOW - 1000};expires={NOW - 900}")
    with pytest.raises(StaleTimestamp):
        _verifying(_scheme(tolerance=None), SECRET, ended)


@pytest.mark.parametrize(
    ("components", "url", "right"),
    [
        ('("content-digest" "@target-uri" "@method")', URL, True),
        ('("@method" "@authority" "@path" "@query" "content-digest")', URL, True),
        ('("@method" "@authority" "@path" "content-digest")', "https://example.com/a", True),
        ('("@method" "@authority" "@path" "content-digest")', URL, False),
        ('("@method" "@path" "@query" "content-digest")', URL, False),
        ('("@target-uri" "content-digest")', URL, False),
        ('("@method" "@target-uri")', URL, False),
        ("()", URL, False),
        ('("@method" "@target-uri" "content-digest" "@method")', URL, False),
        ('("@method" "@target-uri" "content-digest" "@status")', URL, False),
        ('("@method" "@target-uri" "content-digest" "@signature-params")', URL, False),
        ('("@method" "@target-uri" "content-digest" "date")', URL, False),
        ('("@method";req "@target-uri" "content-digest")', URL, False),
        ('("@method" "@target-uri" content-digest)', URL, False),
    ],
)
def test_what_must_be_covered(components, url, right):
    """In any order, and a URL by its parts as well; what is not known is refused."""
    request = _by_hand(f"{components};created={NOW}", Request("POST", {}, BODY, url=url))
    if right:
        assert _verifying(_scheme(), SECRET, request).key == 0
        return
    with pytest.raises(Unauthorized):
        _verifying(_scheme(), SECRET, request)


def test_a_query_that_was_added():
    """Is not covered by the path."""
    request = Request("POST", {}, BODY, url="https://example.com/a")
    request = _by_hand(f'("@method" "@authority" "@path" "content-digest");created={NOW}', request)
    with pytest.raises(MalformedCredential):
        _verifying(_scheme(), SECRET, request.replace(url="https://example.com/a?b=1"))


@pytest.mark.parametrize(
    ("digest", "error"),
    [
        ("sha-256=:AAAA:", WrongCredential),
        (f"{write_digest(BODY)}, sha-512=:AAAA:", WrongCredential),
        ("md5=:AAAA:", MalformedCredential),
        ("x", MalformedCredential),
    ],
)
def test_a_signed_digest_is_only_text(digest, error):
    """Until it has been compared with the body; also where it need not be signed, and is."""
    request = _by_hand(f"{NEEDED};created={NOW}", digest=digest)
    for scheme in (_scheme(), _scheme(required_components=())):
        with pytest.raises(error):
            _verifying(scheme, SECRET, request)
    unsigned = _by_hand(f'("@method");created={NOW}', digest=digest)
    assert _verifying(_scheme(required_components=["@method"]), SECRET, unsigned).key == 0


def test_most_components():
    """A signature names so many, and no more."""
    headers = {f"x-{n}": "a" for n in range(65)}
    request = Request("POST", headers, BODY, url=URL)
    for count, right in ((64, True), (65, False)):
        scheme = _scheme(required_components=[f"x-{n}" for n in range(count)])
        signed = _signed(scheme, request)
        if right:
            assert _verifying(scheme, SECRET, signed).key == 0
            continue
        with pytest.raises(MalformedCredential):
            _verifying(scheme, SECRET, signed)


# Several signatures.


def _merged(*requests):
    """One request with all their signatures, each under a label of its own."""
    first = requests[0]
    for name in ("Signature-Input", "Signature"):
        values = [
            (each.headers.get(name) or "").replace("sig1=", f"sig{n}=", 1)
            for n, each in enumerate(requests, 1)
        ]
        first = first.with_header(name, ", ".join(values))
    return first


RIGHT = _by_hand(f'{NEEDED};created={NOW};tag="ours"')
OTHERS = {
    "of another key": _by_hand(f"{NEEDED};created={NOW}", secret="another"),
    "of nothing": _by_hand(f"();created={NOW}"),
    "with something unknown": _by_hand(f"{NEEDED};created={NOW};unknown"),
    "without a time": _by_hand(NEEDED),
    "old": _by_hand(f"{NEEDED};created={NOW - 999}"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_one_right_signature_is_enough(other):
    """Wherever it stands."""
    for merged in (_merged(RIGHT, other), _merged(other, RIGHT), _merged(other, other, RIGHT)):
        assert _verifying(_scheme(), SECRET, merged).timestamp == NOW
        assert _verifying(_scheme(tag="ours"), SECRET, merged).timestamp == NOW
    with pytest.raises(Unauthorized):
        _verifying(_scheme(), SECRET, _merged(other, other))
    with pytest.raises(MissingCredential):
        _verifying(_scheme(tag="ours"), SECRET, _merged(other, other))


def test_a_tag_must_be_there():
    """A right signature with another is somebody else's."""
    for tag in ("theirs", "Ours", ""):
        with pytest.raises(MissingCredential):
            _verifying(_scheme(tag=tag), SECRET, RIGHT)


@pytest.mark.parametrize(
    ("others", "error"),
    [
        (["of another key", "old", "of nothing"], StaleTimestamp),
        (["of nothing", "of another key"], WrongCredential),
        (["of nothing", "without a time"], MalformedCredential),
        (["without a time", "of nothing"], BadTimestamp),
    ],
)
def test_of_several_refusals(others, error):
    """The one that came furthest is told."""
    with pytest.raises(error):
        _verifying(_scheme(), SECRET, _merged(*(OTHERS[name] for name in others)))


def test_signatures_are_counted():
    """16 by default."""
    nothing = OTHERS["of nothing"]
    assert _verifying(_scheme(), SECRET, _merged(*[nothing] * 15, RIGHT)).key == 0
    with pytest.raises(MalformedCredential):
        _verifying(_scheme(), SECRET, _merged(*[nothing] * 16, RIGHT))
    with pytest.raises(MalformedCredential):
        _verifying(_scheme(), SECRET, _merged(RIGHT, nothing), limits=Limits(candidates=1))


SIGNED = _signed()
INPUT = SIGNED.headers.get("Signature-Input") or ""
SIGNATURE = SIGNED.headers.get("Signature") or ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Signature", SIGNATURE.replace("=:", "=", 2).rstrip(":")),
        ("Signature", SIGNATURE.replace("sig1", "sig2")),
        ("Signature", f"{SIGNATURE}, {SIGNATURE}"),
        ("Signature", f"{SIGNATURE};a=1"),
        ("Signature", f"{SIGNATURE}, sig2=:AAAA:"),
        ("Signature", f"{SIGNATURE}, sig2=1"),
        ("Signature", SIGNATURE.replace("=:", ":")),  # base64 without its padding
        ("Signature", SIGNATURE.replace("sig1=:", "sig1= :")),
        ("Signature", "sig1=::"),
        ("Signature", f"sig1=:{'AAAA' * 3000}:"),
        ("Signature-Input", f"{INPUT}, {INPUT}"),
        ("Signature-Input", f"{INPUT}, sig2=()"),
        ("Signature-Input", f"{INPUT},"),
        ("Signature-Input", "sig1"),
        ("Signature-Input", 'sig1="@method"'),
        ("Signature-Input", "sig1=:AAAA:"),
        ("Signature-Input", INPUT.upper()),
        ("Signature-Input", f'{INPUT};nonce="{"a" * 9000}"'),
        ("Signature-Input", "\u20ac"),
        ("Signature-Input", "\xe9"),
    ],
)
def test_headers_of_another_form(name, value):
    """Refused, and nothing else raised."""
    with pytest.raises((MalformedCredential, WrongCredential)):
        _verifying(_scheme(), SECRET, SIGNED.with_header(name, value))


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
def test_headers_that_are_missing(name):
    """Told apart from wrong ones."""
    kept = [pair for pair in SIGNED.headers.items() if pair[0] != name.lower()]
    with pytest.raises(MissingCredential):
        _verifying(_scheme(), SECRET, SIGNED.replace(headers=kept))
    empty = {"Signature": "", "Signature-Input": ""}
    with pytest.raises(MalformedCredential):
        _verifying(_scheme(), SECRET, SIGNED.replace(headers={**dict(kept), **empty}))


def test_a_signature_has_one_spelling():
    """The last character of base64 has bits that say nothing."""
    spellings = [SIGNATURE[:-3] + each + "=:" for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"]
    text = SIGNATURE.removeprefix("sig1=:").removesuffix(":")
    same = [
        each
        for each in spellings
        if each != SIGNATURE
        and base64.b64decode(each.removeprefix("sig1=:").removesuffix(":"))
        == base64.b64decode(text)
    ]
    for each in same:
        with pytest.raises(MalformedCredential):
            _verifying(_scheme(), SECRET, SIGNED.with_header("Signature", each))


# Declarations.


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"algorithm": "none"}, "algorithm='none' is not known: write one of hmac-sha256"),
        ({"algorithm": "HMAC-SHA256"}, "is not known"),
        ({"key": "rot13"}, "key='rot13' is not known"),
        ({"required_components": "@method"}, "is a list"),
        ({"required_components": ["Content-Type"]}, "is no component"),
        ({"tolerance": -1}, "tolerance is a number of seconds"),
    ],
)
def test_declarations_that_do_not_hold_together(given, message):
    """The error says what to write."""
    with pytest.raises(ConfigError, match=message):
        MessageSignature(**{"algorithm": "ed25519", **given})


def test_declarations_are_values():
    """Equal, hashable, and changed by `replace`."""
    scheme = _scheme(required_components=["@method"])
    assert scheme == _scheme(required_components=("@method",))
    assert scheme == _scheme(required_components=iter(["@method"]))
    assert hash(scheme) == hash(_scheme(required_components=("@method",)))
    assert dataclasses.replace(scheme, tolerance=1).tolerance == 1


def test_declaring_loads_no_library():
    """The catalogue can be read without the extra."""
    code = (
        "import sys\nfrom hookkit import providers\nproviders.rfc9421.gaps\n"
        "print([n for n in sys.modules if n.startswith(('http_sf', 'cryptography'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


# The provider.


def _provider(**settings):
    return providers.rfc9421.using(algorithm="hmac-sha256", **settings)


def _clock():
    return NOW


def test_an_algorithm_must_be_chosen():
    """The request's own word for it counts for nothing."""
    with pytest.raises(ConfigError, match=r"using\(algorithm=…\)"):
        Verifier(providers.rfc9421, secret=ED25519)


KEYS = {"a": "secret of a", "b": "secret of b"}


@pytest.mark.parametrize("keyid", KEYS)
def test_a_key_is_found_by_its_id(keyid):
    """Where the secrets are a mapping."""
    request = _signed(_scheme(keyid=keyid), secret=KEYS[keyid])
    verifier = Verifier(_provider(), secret=KEYS, clock=_clock)
    assert verifier.verify(request).key == 0
    other = _signed(_scheme(keyid=keyid), secret="another")
    with pytest.raises(WrongCredential):
        verifier.verify(other)


@pytest.mark.parametrize("scheme", [_scheme(), _scheme(keyid="c")])
def test_a_key_that_is_not_known(scheme):
    """Or not named."""
    with pytest.raises(UnknownTenant):
        Verifier(_provider(), secret=KEYS, clock=_clock).verify(_signed(scheme))


def test_keys_of_several_signatures():
    """All that are known, up to the number of live secrets."""
    verifier = Verifier(_provider(), secret=KEYS, clock=_clock)
    right = _signed(_scheme(keyid="b"), secret=KEYS["b"])
    wrong = [_signed(_scheme(keyid=keyid), secret="x") for keyid in ("a", "a", "c")]
    assert verifier.verify(_merged(*wrong, right)).timestamp == NOW
    many = {f"k{n}": f"secret {n}" for n in range(12)}
    verifier = Verifier(_provider(), secret=many, clock=_clock)
    requests = [_signed(_scheme(keyid=name), secret="x") for name in many]
    with pytest.raises(WrongCredential):
        verifier.verify(_merged(*requests))


def test_a_signature_is_of_the_key_that_it_names():
    """Whoever has one of the keys could sign under another's name, beside a signature under his own."""
    verifier = Verifier(_provider(), secret=KEYS, clock=_clock)
    as_a = _signed(_scheme(keyid="a"), secret=KEYS["b"])
    beside = _signed(_scheme(keyid="b"), secret=KEYS["b"])
    for several in ((as_a,), (as_a, beside)):
        with pytest.raises(WrongCredential):
            verifier.verify(_merged(*several))
    told = verifier.explain(_merged(as_a, beside))
    assert (told.accepted, told.cause) == (False, "wrong-secret")
    assert "names another key" in told.headline
    assert verifier.verify(beside).named == "b"
    twice = Verifier(_provider(), secret={"a": "one", "b": "one"}, clock=_clock)
    wrong = _signed(_scheme(keyid="a"), secret="x")
    right = _signed(_scheme(keyid="b"), secret="one")
    assert twice.verify(_merged(wrong, right)).named == "b"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('a=();keyid="x"', ["x"]),
        ('a=();keyid="x", b=();keyid="y", c=()', ["x", "y"]),
        ("a=()", None),
        ("a=();keyid=x", None),
        ("a=();keyid", None),
        ('a=1;keyid="x"', None),
        ("a=(", None),
        ("", None),
        (f'a=();keyid="{"x" * 9000}"', None),
        (None, None),
    ],
)
def test_key_ids(value, found):
    """Texts, or nothing; whatever stands there."""
    headers = {} if value is None else {"Signature-Input": value}
    assert KeyIds().find(Request("POST", headers)) == found


def test_a_host_that_the_request_names_is_not_covered():
    """What the same sender signed for somebody else, sent on: it takes public_url= to tell."""
    provider = providers.rfc9421.using(algorithm="ed25519")
    private = ed25519.Ed25519PrivateKey.generate()
    request = Request("POST", {}, BODY, url="https://somebody.example/hooks")
    sent_on = Verifier(provider, secret=pem(private)).sign(request)
    assert Verifier(provider, secret=pem(private)).verify(sent_on).key == 0
    assert any(gap.startswith("the host") for gap in provider.gaps)
    ours = Verifier(provider, secret=pem(private), public_url="https://ours.example")
    with pytest.raises(WrongCredential):
        ours.verify(sent_on)


def test_the_url_is_the_public_one():
    """As the sender called it."""
    verifier = Verifier(
        _provider(), secret=SECRET, public_url="https://example.com", clock=_clock
    )  # fmt: skip
    inside = SIGNED.replace(url="http://10.0.0.1:8000/foo?param=Value&Pet=dog")
    assert verifier.verify(inside).key == 0
    with pytest.raises(WrongCredential):
        Verifier(_provider(), secret=SECRET, clock=_clock).verify(inside)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({}, "accepted"),
        ({"url": "http://example.com/foo?param=Value&Pet=dog"}, "another-url"),
        ({"body": b'{"hello":"world"}'}, "re-serialised"),
        ({"body": b"{}"}, "wrong-secret"),
        ({"headers": {}}, "missing-header"),
        ({"headers": {"Signature": "a=:AAAA:", "Signature-Input": "a=("}}, "malformed-credential"),
        ({"headers": dict(OTHERS["old"].headers.items())}, "clock"),
        ({"headers": dict(OTHERS["of nothing"].headers.items())}, "malformed-credential"),
    ],
)
def test_explaining(change, cause):
    """The steps show what is signed and what is not, and no secret."""
    verifier = Verifier(_provider(), secret=SECRET, clock=_clock)
    explanation = verifier.explain(SIGNED.replace(**change))
    assert explanation.cause == cause
    assert SECRET not in str(explanation)


def test_explaining_an_end_of_validity():
    """Which no tolerance moves."""
    verifier = Verifier(_provider(), secret=SECRET, clock=_clock)
    request = _by_hand(f"{NEEDED};created={NOW - 9};expires={NOW - 1}")
    assert "past the end that the sender signed" in str(verifier.explain(request))


def test_steps_name_what_is_not_covered():
    """For each signature."""
    merged = _merged(OTHERS["of nothing"], RIGHT, _by_hand(f'("@method";x);created={NOW}'))
    steps = _scheme().steps(merged, (), LIMITS)
    assert [step.name for step in steps] == [
        "wanted",
        "signature sig1",
        "signature sig2",
        "signature sig3",
    ]
    assert steps[1].found.endswith("does not cover @method, @target-uri, content-digest")
    assert "does not cover" not in steps[2].found
    assert steps[3].found == str(MalformedCredential())


# Any request.

TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
REQUESTS = st.builds(
    lambda body, path, query, kind: Request(
        "POST", {"Content-Type": kind}, body, url=f"https://h.example/{path}{query}"
    ),
    st.binary(max_size=40),
    st.text("abcz019-._~%/,", max_size=8),
    st.text("abc=&+%12,", min_size=1, max_size=8).map("?".__add__) | st.just(""),
    TEXTS.map(str.strip),
)


def _flipped(data, text):
    raw = bytearray(text)
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    return bytes(raw)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@settings(max_examples=max(5, settings.default.max_examples // 5))
@given(request_=REQUESTS, data=st.data())
def test_one_bit_of_what_is_signed(algorithm, request_, data):
    """What is signed verifies; with one bit of it changed it does not."""
    scheme, secret = _scheme(algorithm, required_components=WITH_TYPE), SECRETS[algorithm][0]
    key = scheme.prepare(secret.encode())
    signed = scheme.sign(request_, key, NOW, "")
    assert scheme.verify(signed, (key,), NOW, LIMITS).key == 0
    parts = ["url", "method", *(name for name, value in signed.headers.items() if value)]
    part = data.draw(st.sampled_from(parts + ["body"] * bool(request_.body)))
    if part == "body":
        changed = signed.replace(body=_flipped(data, signed.body))
    elif part == "url":
        changed = signed.replace(url=_flipped(data, signed.url.encode()).decode("latin-1"))
    elif part == "method":
        method = _flipped(data, b"POST").decode("latin-1")
        changed = Request(method, signed.headers, signed.body, url=signed.url)
    else:
        value = _flipped(data, (signed.headers.get(part) or "").encode())
        changed = signed.with_header(part, value.decode("latin-1"))
    with pytest.raises(Unauthorized):
        scheme.verify(changed, (key,), NOW, LIMITS)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_headers(input_, signature):
    """Nothing but a refusal comes of them."""
    for values in ((input_, signature), (INPUT, signature), (input_, SIGNATURE)):
        request = SIGNED
        for name, value in zip(("Signature-Input", "Signature"), values, strict=True):
            request = request.with_header(name, value)
        scheme = _scheme()
        scheme.steps(request, (), LIMITS)
        KeyIds().find(request)
        try:
            _verifying(scheme, SECRET, request)
        except Unauthorized:
            continue
        assert values == (INPUT, SIGNATURE)
