"""Apple's library, and a chain of certificates as strict as it wants them, of nobody's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from hookkit import Request
from tests.providers.sampling import sample
from tests.providers.sdks.sdk import OWN, SDK, changed_inside

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
MARKS = {"leaf": "1.2.840.113635.100.6.11.1", "intermediate": "1.2.840.113635.100.6.2.1"}


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def usage(*, ca: bool) -> x509.KeyUsage:
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    never: dict[str, bool] = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **never)


def certificate(name: str, key: Any, issuer: str, issuer_key: Any) -> bytes:
    public, ca = key.public_key(), name != "leaf"
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage(ca=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(above, critical=False)
    )
    if name in MARKS:
        mark = x509.UnrecognizedExtension(x509.ObjectIdentifier(MARKS[name]), b"\x05\x00")
        builder = builder.add_extension(mark, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def chain() -> str:
    """A private key, its certificate, who issued that, and the root."""
    leaf, intermediate, root = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    private = leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificates = (
        certificate("leaf", leaf, "intermediate", intermediate),
        certificate("intermediate", intermediate, "root", root),
        certificate("root", root, "root", root),
    )
    return b"".join((private, *certificates)).decode()


def apple_accepts(secret: str, request: Request) -> bool:
    from appstoreserverlibrary.models.Environment import Environment
    from appstoreserverlibrary.signed_data_verifier import (
        SignedDataVerifier,
        VerificationException,
    )

    root = x509.load_pem_x509_certificates(secret.encode())[-1].public_bytes(Encoding.DER)
    app = sample("apple_app_store")
    verifier = SignedDataVerifier([root], False, Environment(app["environment"]), app["bundle_id"])
    try:
        verifier.verify_and_decode_notification(json.loads(request.body)["signedPayload"])
    except VerificationException:
        return False
    return True


APPLE = {
    "apple_app_store": SDK(
        "app-store-server-library",
        apple_accepts,
        bodies=OWN,
        tampered=changed_inside,
        secrets=(chain(), chain()),
    )
}
