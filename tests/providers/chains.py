"""Certificates as Apple's, of nobody's: a leaf, who issued it, and a root, made anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LEAF_MARK, INTERMEDIATE_MARK = "1.2.840.113635.100.6.11.1", "1.2.840.113635.100.6.2.1"
START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def certificate(
    name: str,
    key: Any,
    issuer: tuple[str, Any],
    *,
    mark: str | None = None,
    ca: bool = True,
    end: datetime = END,
) -> x509.Certificate:
    """One certificate, with one of Apple's marks where such is named."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer[0]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if mark is not None:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(mark), b"\x05\x00")
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer[1], hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def new_key() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def joined(key: Any, *certificates: x509.Certificate) -> str:
    """A private key and certificates, in one PEM."""
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    parts = (each.public_bytes(serialization.Encoding.PEM) for each in certificates)
    return (pem + b"".join(parts)).decode()


def chain_pem(
    *,
    leaf_mark: str | None = LEAF_MARK,
    intermediate_mark: str | None = INTERMEDIATE_MARK,
    ca: bool = True,
    leaf_end: datetime = END,
) -> str:
    """A private key, its certificate, the one of who issued it, and the root's."""
    top, middle, own = new_key(), new_key(), new_key()
    root = certificate("root", top, ("root", top))
    intermediate = certificate("middle", middle, ("root", top), mark=intermediate_mark, ca=ca)
    leaf = certificate("leaf", own, ("middle", middle), mark=leaf_mark, ca=False, end=leaf_end)
    return joined(own, leaf, intermediate, root)
