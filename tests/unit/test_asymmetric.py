import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hookkit import ConfigError, Header, Limits, Request
from hookkit.errors import Unauthorized, WrongCredential
from hookkit.schemes.asymmetric import ECDSA, RSA, Ed25519, KeyPair
from tests.providers.sampling import pem

SIGNATURE = Header("X-Signature")
BODY = b'{"a": 1}'


def _public(private, *, bare=False):
    text = (
        private.public_key()
        .public_bytes(
            serialization.Encoding.DER if bare else serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
    )  # fmt: skip
    return base64.b64encode(text) if bare else text


PRIVATE = {
    Ed25519: ed25519.Ed25519PrivateKey.generate(),
    ECDSA: ec.generate_private_key(ec.SECP256R1()),
    RSA: rsa.generate_private_key(65537, 2048),
}
OTHER = {
    Ed25519: ed25519.Ed25519PrivateKey.generate(),
    ECDSA: ec.generate_private_key(ec.SECP256R1()),
    RSA: rsa.generate_private_key(65537, 2048),
}
EVERY = pytest.mark.parametrize("kind", PRIVATE, ids=lambda kind: kind.__name__)
ENCODINGS = ("hex", "base64", "base64url", "base64url-unpadded")


def _made(kind, **given):
    return kind(signature=SIGNATURE, **given)


def _sign(scheme, private, body=BODY):
    key = scheme.prepare(pem(private).encode())
    return scheme.sign(Request(body=body), key, 0, "msg_1")


def _verify(scheme, request, *secrets):
    return scheme.verify(request, tuple(map(scheme.prepare, secrets)), 0, Limits())


def _with(signature):
    return Request(headers={"X-Signature": signature}, body=BODY)


# Keys.


@EVERY
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_the_private_key_signs_the_public_one_verifies(kind, encoding):
    """In every encoding; another key's is refused."""
    scheme = _made(kind, encoding=encoding)
    request = _sign(scheme, PRIVATE[kind])
    assert _verify(scheme, request, _public(PRIVATE[kind])).key == 0
    assert _verify(scheme, request, _public(OTHER[kind]), _public(PRIVATE[kind])).key == 1
    with pytest.raises(WrongCredential):
        _verify(scheme, request, _public(OTHER[kind]))
    with pytest.raises(WrongCredential):
        _verify(scheme, request.replace(body=BODY + b" "), _public(PRIVATE[kind]))


@EVERY
def test_how_a_key_may_be_written(kind):
    """PEM with blanks around it, of the public or the private key; and where PEM's armour was left off."""
    scheme, private = _made(kind), PRIVATE[kind]
    request = _sign(scheme, private)
    raw = private.public_key() if kind is Ed25519 else None
    forms = [_public(private), b"\n " + _public(private) + b"\n", pem(private).encode()]
    if raw is None:
        forms.append(_public(private, bare=True))
    else:
        forms += [raw.public_bytes_raw().hex().encode(), base64.b64encode(raw.public_bytes_raw())]
    for form in forms:
        assert _verify(scheme, request, form).key == 0


def test_a_prefix_of_the_key():
    """As some providers show it; it may be left off, and no other is."""
    scheme = _made(Ed25519, prefix="whpk_")
    raw = base64.b64encode(PRIVATE[Ed25519].public_key().public_bytes_raw())
    request = _sign(scheme, PRIVATE[Ed25519])
    assert _verify(scheme, request, b"whpk_" + raw).key == 0
    assert _verify(scheme, request, raw).key == 0
    for wrong in (b"whsk_" + raw, b"whpk_whpk_" + raw):
        with pytest.raises(ConfigError):
            scheme.prepare(wrong)


def _with_bytes_changed(private, old, new):
    der = base64.b64decode(_public(private, bare=True))
    assert bytes.fromhex(old) in der
    text = base64.b64encode(der.replace(bytes.fromhex(old), bytes.fromhex(new)))
    return b"-----BEGIN PUBLIC KEY-----\n" + text + b"\n-----END PUBLIC KEY-----\n"


ENCRYPTED = PRIVATE[ECDSA].private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(b"x"),
)
NO_KEYS = {
    "text": b"s3cret",
    "not ASCII": b"\xff",
    "hexadecimal, too short": b"ab" * 31,
    "hexadecimal of no digits": b"zz" * 32,
    "base64 of another length": base64.b64encode(bytes(31)),
    "PEM of nothing": b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
    "PEM cut short": _public(PRIVATE[ECDSA])[:90],
    "a certificate": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    "a private key of nothing": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "an encrypted private key": ENCRYPTED,
    "an unknown kind": _with_bytes_changed(PRIVATE[Ed25519], "2b6570", "2b657f"),
    "an unknown curve": _with_bytes_changed(PRIVATE[ECDSA], "2a8648ce3d030107", "2a8648ce3d03017f"),
    "Ed448": _public(ed448.Ed448PrivateKey.generate()),
    "P-384": _public(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": _public(ec.generate_private_key(ec.SECP256K1())),
    "RSA of 1024 bits": _public(rsa.generate_private_key(65537, 1024)),  # noqa: S505  # the point
}


@EVERY
@pytest.mark.parametrize("secret", NO_KEYS.values(), ids=NO_KEYS)
def test_what_is_no_key(kind, secret):
    """Said when it is configured, without the key in the text."""
    with pytest.raises(ConfigError) as caught:
        _made(kind).prepare(secret)
    assert repr(secret)[2:-1] not in str(caught.value)


@EVERY
@pytest.mark.parametrize("of", PRIVATE, ids=lambda kind: kind.__name__)
def test_a_key_of_another_family(kind, of):
    """Private or public."""
    if kind is of:
        return
    for secret in (_public(PRIVATE[of]), pem(PRIVATE[of]).encode()):
        with pytest.raises(ConfigError, match="it is a key of another kind than"):
            _made(kind).prepare(secret)


@EVERY
def test_a_public_key_cannot_sign(kind):
    """The error says what is needed."""
    scheme = _made(kind)
    key = scheme.prepare(_public(PRIVATE[kind]))
    with pytest.raises(ConfigError, match="signing needs the private key: give its PEM"):
        scheme.sign(Request(body=BODY), key, 0, "")


def test_a_pair_shows_no_key():
    """Not in a traceback, either."""
    assert repr(KeyPair(1, 2)).startswith("<hookkit.schemes.asymmetric.KeyPair object")


# Signatures.


def test_a_known_vector():
    """RFC 8032 section 7.1, test 2."""
    scheme = _made(Ed25519)
    request = Request(
        headers={
            "X-Signature": "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        body=b"\x72",
    )
    public = b"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert _verify(scheme, request, public).key == 0


@EVERY
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_signature_has_one_spelling(kind, encoding):
    """Others of the same bytes are not what the provider sent."""
    scheme = _made(kind, encoding=encoding)
    right = _sign(scheme, PRIVATE[kind]).headers.get("X-Signature") or ""
    raw = {
        "hex": bytes.fromhex,
        "base64": base64.b64decode,
        "base64url": base64.urlsafe_b64decode,
        "base64url-unpadded": lambda text: base64.urlsafe_b64decode(text + "=="),
    }[encoding](right)
    writings = {
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "base64": base64.b64encode(raw).decode(),
        "base64url": base64.urlsafe_b64encode(raw).decode(),
        "unpadded": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "parted": " ".join((right[:8], right[8:])),
        "with something behind": f"{right}!",
        "padded again": f"{right}=",
    }
    for writing in writings.values():
        if writing == right:
            continue
        with pytest.raises(Unauthorized):
            _verify(scheme, _with(writing), _public(PRIVATE[kind]))


@EVERY
@pytest.mark.parametrize(
    "signature", ["", "00", "zz", "0", "00" * 64, "ff" * 64, "30" * 70, "00" * 256, "ff" * 256]
)
def test_what_is_no_signature(kind, signature):
    """Of any length."""
    with pytest.raises(Unauthorized):
        _verify(_made(kind), _with(signature), _public(PRIVATE[kind]))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("signed", [hashes.SHA1, hashes.SHA256, hashes.SHA512])
@pytest.mark.parametrize("kind", [ECDSA, RSA], ids=lambda kind: kind.__name__)
def test_the_hash_is_the_declared_one(kind, algorithm, signed):
    """And no other verifies."""
    if (kind, algorithm) == (ECDSA, "sha512"):
        return
    how = (ec.ECDSA(signed()),) if kind is ECDSA else (padding.PKCS1v15(), signed())
    request = _with(PRIVATE[kind].sign(BODY, *how).hex())
    scheme = _made(kind, algorithm=algorithm)
    if signed.name == algorithm:
        assert _verify(scheme, request, _public(PRIVATE[kind])).key == 0
        return
    with pytest.raises(WrongCredential):
        _verify(scheme, request, _public(PRIVATE[kind]))


def test_ecdsa_is_der():
    """And not its two numbers, one after the other."""
    der = PRIVATE[ECDSA].sign(BODY, ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    assert _verify(_made(ECDSA), _with(der.hex()), _public(PRIVATE[ECDSA])).key == 0
    for wrong in (r.to_bytes(32) + s.to_bytes(32), der + b"\0", der[:-1]):
        with pytest.raises(WrongCredential):
            _verify(_made(ECDSA), _with(wrong.hex()), _public(PRIVATE[ECDSA]))


def test_rsa_is_pkcs1():
    """And not PSS."""
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signature = PRIVATE[RSA].sign(BODY, pss, hashes.SHA256())
    with pytest.raises(WrongCredential):
        _verify(_made(RSA), _with(signature.hex()), _public(PRIVATE[RSA]))


@EVERY
@pytest.mark.parametrize(
    "given",
    [{"encoding": "HEX"}, {"encoding": "base64-of-hex"}, {"encoding": "der"}],
    ids=lambda given: given["encoding"],
)
def test_encodings_that_cannot_be_undone(kind, given):
    """Are no encodings of these families."""
    with pytest.raises(ConfigError, match="is not known: write one of hex, base64"):
        _made(kind, **given)


@pytest.mark.parametrize(
    ("kind", "algorithm"), [(ECDSA, "sha512"), (ECDSA, "SHA256"), (RSA, "md5"), (RSA, "sha384")]
)
def test_hashes_that_are_not_known(kind, algorithm):
    """The error names those that are."""
    with pytest.raises(ConfigError, match="is not known: write one of sha256"):
        _made(kind, algorithm=algorithm)


@EVERY
def test_steps_expect_nothing(kind):
    """Only the private key can tell what would be right."""
    scheme = _made(kind)
    request = _sign(scheme, PRIVATE[kind])
    steps = scheme.steps(request, (scheme.prepare(_public(PRIVATE[kind])),), Limits())
    assert steps[-1].found == "only the sender's private key can tell"


def test_without_the_library(monkeypatch):
    """The error names what to install."""
    monkeypatch.setitem(
        __import__("sys").modules, "cryptography.hazmat.primitives.serialization", None
    )
    with pytest.raises(ConfigError, match=r"the scheme rsa needs an extra: .*hookkit\[crypto\]"):
        _made(RSA).prepare(_public(PRIVATE[RSA]))
