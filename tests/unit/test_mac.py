import base64
import hashlib
import hmac as stdlib_hmac

import pytest

from hookkit import HMAC, ConfigError, Header, Limits, Request
from hookkit.errors import MissingCredential, WrongCredential
from hookkit.schemes.mac import ALGORITHMS
from hookkit.schemes.signed import ENCODINGS
from tests.unit.verifying import verify_both_ways

LIMITS = Limits()
SIGNATURE = Header("X-Signature")
RAW = bytes(range(32))
SECRETS = {
    "text": b" any \xff text ",
    "hex": RAW.hex().encode(),
    "base64": base64.b64encode(RAW),
    "whsec": b"whsec_" + base64.b64encode(RAW),
}
BODY = b'{"a": "\xc3\xa9", "n": 1}\n'


def _verify(scheme, request, *secrets, now=0.0, limits=LIMITS):
    return verify_both_ways(scheme, request, secrets, now, limits)


def _sign(scheme, request, secret, now=0.0, message_id="msg_1"):
    return scheme.sign(request, scheme.prepare(secret), now, message_id)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", SECRETS)
def test_what_is_signed_verifies(algorithm, encoding, form):
    """With every algorithm, encoding and form of key; any other request or secret is refused."""
    scheme = HMAC(signature=SIGNATURE, algorithm=algorithm, encoding=encoding, key=form)
    secret = SECRETS[form]
    signed = _sign(scheme, Request(body=BODY), secret)
    verdict = _verify(scheme, signed, secret)
    assert (verdict.key, verdict.timestamp, verdict.age) == (0, None, None)
    other = {"text": b"other", "whsec": b"whsec_" + base64.b64encode(RAW[::-1])}
    wrong = other.get(form, base64.b16encode(RAW[::-1]))
    for request, key in (
        (signed.replace(body=BODY + b" "), secret),
        (signed.replace(body=b""), secret),
        (signed, wrong),
    ):
        with pytest.raises(WrongCredential):
            _verify(scheme, request, key)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("form", SECRETS)
@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("hex", bytes.hex),
        ("HEX", lambda digest: digest.hex().upper()),
        ("base64", lambda digest: base64.b64encode(digest).decode()),
        ("base64url", lambda digest: base64.urlsafe_b64encode(digest).decode()),
        (
            "base64url-unpadded",
            lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("="),
        ),
        ("base64-of-hex", lambda digest: base64.b64encode(digest.hex().encode()).decode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_the_hmac_of_rfc_2104(algorithm, form, encoding, encode):
    """Computed here with the standard library alone."""
    scheme = HMAC(signature=SIGNATURE, algorithm=algorithm, encoding=encoding, key=form)
    key = SECRETS["text"] if form == "text" else RAW
    expected = encode(stdlib_hmac.digest(key, BODY, algorithm))
    assert _sign(scheme, Request(body=BODY), SECRETS[form]).headers.get("X-Signature") == expected


def test_a_known_vector():
    """The example of GitHub's documentation."""
    scheme = HMAC(signature=SIGNATURE, layout="sha256={signature}")
    request = Request(
        headers={
            "X-Signature": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        },
        body=b"Hello, World!",
    )
    assert _verify(scheme, request, b"It's a Secret to Everybody").key == 0


DIGEST = stdlib_hmac.digest(b"s3cret", BODY, "sha256")
HEX, B64 = DIGEST.hex(), base64.b64encode(DIGEST).decode()
assert {"+", "/", "="} <= set(B64), "the body is chosen so that the two alphabets differ"


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("hex", HEX.upper()),
        ("hex", f"0x{HEX}"),
        ("hex", HEX[:-1]),
        ("hex", HEX + "0"),
        ("hex", f"{HEX},{HEX}"),
        ("hex", f'"{HEX}"'),
        ("hex", f"sha256={HEX}"),
        ("hex", ""),
        ("hex", B64),
        ("hex", HEX[:32] + "\xff" + HEX[33:]),
        ("HEX", HEX),
        ("base64", B64.rstrip("=")),
        ("base64", B64 + "="),
        ("base64", B64[:-2] + chr(ord(B64[-2]) + 1) + "="),
        ("base64", base64.urlsafe_b64encode(DIGEST).decode()),
        ("base64url", B64),
        ("base64url-unpadded", base64.urlsafe_b64encode(DIGEST).decode()),
        ("base64-of-hex", B64),
    ],
    ids=lambda value: ascii(value)[:16],
)
def test_only_this_text_is_accepted(encoding, sent):
    """And no other that would decode to the same bytes."""
    scheme = HMAC(signature=SIGNATURE, encoding=encoding)
    with pytest.raises(WrongCredential):
        _verify(scheme, Request(headers={"X-Signature": sent}, body=BODY), b"s3cret")


@pytest.mark.parametrize("sent", [f" {HEX}\t", HEX], ids=["blanks", "bare"])
def test_blanks_round_a_header_are_not_part_of_it(sent):
    """RFC 9110 section 5.5."""
    scheme = HMAC(signature=SIGNATURE)
    assert _verify(scheme, Request(headers={"x-signature": sent}, body=BODY), b"s3cret").key == 0


def test_the_algorithm_is_never_taken_from_the_request():
    """A request that names another, and is right by that, is refused."""
    scheme = HMAC(signature=SIGNATURE, layout="alg=sha256,s={signature}")
    digest = stdlib_hmac.digest(b"s3cret", BODY, "md5").hex()
    signed = _sign(scheme, Request(body=BODY), b"s3cret")
    assert _verify(scheme, signed, b"s3cret").key == 0
    for header in (f"alg=sha256,s={digest}", f"alg=sha256,s={HEX},s={digest}"):
        request = Request(headers={"X-Signature": header}, body=BODY)
        if HEX in header:
            assert _verify(scheme, request, b"s3cret").key == 0
        else:
            with pytest.raises(WrongCredential):
                _verify(scheme, request, b"s3cret")


def test_a_missing_signature():
    """Is told apart in the log."""
    with pytest.raises(MissingCredential):
        _verify(HMAC(signature=SIGNATURE), Request(body=BODY), b"s3cret")


def test_a_key_of_a_providers_own_making():
    """A function of the secret's bytes."""
    scheme = HMAC(signature=SIGNATURE, key=lambda secret: hashlib.sha256(secret).digest())
    signed = _sign(scheme, Request(body=BODY), b"s3cret")
    key = hashlib.sha256(b"s3cret").digest()
    assert signed.headers.get("X-Signature") == stdlib_hmac.digest(key, BODY, "sha256").hex()
    assert _verify(scheme, signed, b"s3cret").key == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("length", [1, 63, 64, 65, 127, 128, 129, 10_000])
def test_keys_round_a_hashs_block(algorithm, length):
    """Shorter ones are padded, longer ones hashed, as RFC 2104 has it."""
    scheme, secret = HMAC(signature=SIGNATURE, algorithm=algorithm), b"k" * length
    signed = _sign(scheme, Request(body=BODY), secret)
    assert signed.headers.get("X-Signature") == stdlib_hmac.digest(secret, BODY, algorithm).hex()


def test_a_prepared_key_serves_many_requests():
    """It is keyed once and never used up."""
    scheme = HMAC(signature=SIGNATURE)
    key = scheme.prepare(b"s3cret")
    for body in (b"a", b"b", b"a"):
        signed = scheme.sign(Request(body=body), key, 0.0, "")
        assert scheme.verify(signed, (key,), 0.0, LIMITS).key == 0


@pytest.mark.parametrize(
    ("form", "secret", "said"),
    [
        ("hex", b"xyz", "not hexadecimal"),
        ("base64", b"a!", "not base64"),
        ("whsec", b"whsec_AAAA", "fewer than 16 bytes"),
    ],
)
def test_a_secret_that_is_not_of_the_form(form, secret, said):
    """Is refused when it is prepared, and not with the first request."""
    with pytest.raises(ConfigError, match=said):
        HMAC(signature=SIGNATURE, key=form).prepare(secret)


DECLARATIONS = [
    ({"algorithm": "sha3"}, "algorithm='sha3' is not known: write one of sha1, sha256"),
    ({"algorithm": "SHA256"}, "algorithm='SHA256' is not known"),
    ({"algorithm": ""}, "algorithm=''"),
    ({"algorithm": None}, "algorithm=None"),
    ({"key": "utf-8"}, "key='utf-8' is not known: write one of text, hex, base64, whsec"),
    ({"signs": "{body}{secret}"}, "an HMAC has the secret as its key: leave {secret} out"),
]


@pytest.mark.parametrize(("given", "said"), DECLARATIONS, ids=[str(row[0]) for row in DECLARATIONS])
def test_declarations_that_do_not_hold_together(given, said):
    """Fail at definition, with what to write; see test_signed for what all signatures share."""
    with pytest.raises(ConfigError) as caught:
        HMAC(signature=SIGNATURE, **given)
    assert said in str(caught.value)


def test_a_scheme_is_a_value():
    """Equal by content, hashable, and without a secret to show."""
    assert HMAC(signature=SIGNATURE) == HMAC(signature=Header("X-Signature"), algorithm="sha256")
    assert HMAC(signature=SIGNATURE) != HMAC(signature=SIGNATURE, algorithm="sha1")
    assert hash(HMAC(signature=SIGNATURE)) == hash(HMAC(signature=SIGNATURE))
    assert HMAC(signature=SIGNATURE).family == "hmac"


def test_steps_name_the_algorithm():
    """For `explain`."""
    scheme = HMAC(signature=SIGNATURE, algorithm="sha512")
    signed = _sign(scheme, Request(body=BODY), b"s3cret")
    steps = {
        step.name: step.found for step in scheme.steps(signed, (scheme.prepare(b"x"),), LIMITS)
    }
    assert steps["signed text"] == f"'{{body}}', {len(BODY)} bytes, HMAC-SHA512"
