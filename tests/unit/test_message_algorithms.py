import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hookkit import ConfigError
from hookkit.schemes.message_algorithms import ALGORITHMS
from tests.providers.sampling import pem

TEXT = b'"@method": POST\n"@signature-params": ("@method");created=1'

P256, P384 = (ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP384R1))
CURVES = [("ecdsa-p256-sha256", P256, 32), ("ecdsa-p384-sha384", P384, 48)]
RSA_KEY = rsa.generate_private_key(65537, 2048)


def _prepared(algorithm, key):
    family = ALGORITHMS[algorithm]("text")
    return family, family.prepare(pem(key).encode())


def _fits(family, key, signature):
    return family.fits(key, [TEXT], [base64.b64encode(signature)])


def test_the_registered_names():
    """RFC 9421 section 6.2.2, and no others."""
    assert set(ALGORITHMS) == {
        "rsa-pss-sha512",
        "rsa-v1_5-sha256",
        "hmac-sha256",
        "ecdsa-p256-sha256",
        "ecdsa-p384-sha384",
        "ed25519",
    }


def test_hmac():
    """Of the secret in the form that is declared."""
    expected = base64.b64encode(hmac.digest(b"\0\1", TEXT, hashlib.sha256))
    for form, secret in (("hex", b"0001"), ("base64", b"AAE=")):
        family = ALGORITHMS["hmac-sha256"](form)
        assert family.make(family.prepare(secret), [TEXT]) == expected


@pytest.mark.parametrize(("algorithm", "private", "size"), CURVES)
def test_ecdsa_is_two_numbers(algorithm, private, size):
    """Of the curve's size each, with zeros in front; another library's DER is turned into it."""
    family, key = _prepared(algorithm, private)
    made = base64.b64decode(family.make(key, [TEXT]))
    assert len(made) == 2 * size
    assert _fits(family, key, made)
    hashed = hashes.SHA256() if size == 32 else hashes.SHA384()
    r, s = decode_dss_signature(private.sign(TEXT, ec.ECDSA(hashed)))
    assert _fits(family, key, r.to_bytes(size) + s.to_bytes(size))


@pytest.mark.parametrize(("algorithm", "private", "size"), CURVES)
def test_ecdsa_of_another_form(algorithm, private, size):
    """DER, another length, numbers that cannot be, another hash."""
    family, key = _prepared(algorithm, private)
    made = base64.b64decode(family.make(key, [TEXT]))
    other = ec.ECDSA(hashes.SHA384() if size == 32 else hashes.SHA256())
    r, s = decode_dss_signature(private.sign(TEXT, other))
    for wrong in (
        private.sign(TEXT, ec.ECDSA(hashes.SHA256())),
        made[1:],
        made + b"\0",
        b"",
        bytes(2 * size),
        made[:size] + bytes(size),
        bytes(size) + made[size:],
        b"\xff" * 2 * size,
        made[size:] + made[:size],
        r.to_bytes(size) + s.to_bytes(size),
    ):
        assert not _fits(family, key, wrong)


@pytest.mark.parametrize(("algorithm", "private", "size"), CURVES)
def test_ecdsa_of_another_curve(algorithm, private, size):
    """Is named."""
    other = P384 if private is P256 else P256
    with pytest.raises(ConfigError, match="of another kind than ECDSA secp"):
        ALGORITHMS[algorithm]("text").prepare(pem(other).encode())


def _pss(hashed, salt):
    return padding.PSS(padding.MGF1(hashed), salt), hashed


@pytest.mark.parametrize(
    ("how", "right"),
    [
        (_pss(hashes.SHA512(), 64), True),
        (_pss(hashes.SHA512(), 32), False),
        (_pss(hashes.SHA512(), padding.PSS.MAX_LENGTH), False),
        (_pss(hashes.SHA256(), 32), False),
        ((padding.PSS(padding.MGF1(hashes.SHA256()), 64), hashes.SHA512()), False),
        ((padding.PKCS1v15(), hashes.SHA512()), False),
    ],
)
def test_pss(how, right):
    """SHA-512 throughout, and a salt of 64 bytes."""
    family, key = _prepared("rsa-pss-sha512", RSA_KEY)
    assert _fits(family, key, RSA_KEY.sign(TEXT, *how)) is right


@pytest.mark.parametrize(
    ("how", "right"),
    [
        ((padding.PKCS1v15(), hashes.SHA256()), True),
        ((padding.PKCS1v15(), hashes.SHA512()), False),
        (_pss(hashes.SHA512(), 64), False),
    ],
)
def test_pkcs1(how, right):
    """With SHA-256."""
    family, key = _prepared("rsa-v1_5-sha256", RSA_KEY)
    assert _fits(family, key, RSA_KEY.sign(TEXT, *how)) is right


@pytest.mark.parametrize("algorithm", ["rsa-pss-sha512", "rsa-v1_5-sha256"])
def test_a_short_rsa_key(algorithm):
    """Can be broken."""
    with pytest.raises(ConfigError, match="fewer than 2048 bits"):
        _prepared(algorithm, rsa.generate_private_key(65537, 1024))  # noqa: S505  # the point


@pytest.mark.parametrize("algorithm", sorted(set(ALGORITHMS) - {"hmac-sha256"}))
def test_a_public_key_cannot_sign(algorithm):
    """It can only check."""
    keys = {"ecdsa-p256-sha256": P256, "ecdsa-p384-sha384": P384}
    private = keys.get(algorithm, RSA_KEY)
    if algorithm == "ed25519":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    family = ALGORITHMS[algorithm]("text")
    with pytest.raises(ConfigError, match="signing needs the private key"):
        family.make(family.prepare(public), [TEXT])
