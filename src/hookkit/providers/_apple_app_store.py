"""Apple App Store Server Notifications, version 2.

The secret is Apple's root certificate in PEM ("Apple Root CA - G3"), from Apple's page on its
certificate authority. The texts ``signedTransactionInfo`` and ``signedRenewalInfo`` inside of a
notification are tokens of the same kind: `hookkit.schemes.tokens.claims_of` checks and reads them, and
whether their ``bundleId`` and ``environment`` are yours is for you to compare.

Sources: npm @apple/app-store-server-library: dist/jws_verification.js;
PyPI app-store-server-library: signed_data_verifier.py;
https://developer.apple.com/documentation/appstoreservernotifications/responding-to-app-store-server-notifications.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hookkit.errors import ConfigError, MalformedCredential
from hookkit.extras import needed
from hookkit.formats import JWS
from hookkit.messages import Request
from hookkit.places import Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes.compact import Claims
from hookkit.schemes.tokenkeys import TokenKey, check_installed
from hookkit.schemes.tokens import JWT, with_claims
from hookkit.values import value

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LEAF_MARK = "1.2.840.113635.100.6.11.1"
_INTERMEDIATE_MARK = "1.2.840.113635.100.6.2.1"
"""Extensions by which Apple marks the certificates that sign receipts, and those that issue them."""

_ENVIRONMENTS = ("Production", "Sandbox")
"""Xcode and LocalTesting are not signed by Apple, and never right."""


@value(kw_only=True)
class ChainedJWT(JWT):
    """A token that brings its certificates along, checked up to a root that is configured."""

    def prepare(self, secret: bytes) -> "Root":
        """The pinned root; with a private key and its chain in the same PEM, it signs as well."""
        x509 = needed("cryptography.x509", "jwt", "the scheme jwt")
        check_installed(self.algorithms)
        try:
            *chain, root = x509.load_pem_x509_certificates(secret)
        except ValueError:
            raise ConfigError("it is no certificate in PEM; copy Apple's root again") from None
        return Root(root, _signer(secret, [*chain, root]))


class Root:
    """A root certificate, in the place of a key."""

    __slots__ = ("_root", "_signer")

    def __init__(self, root: "Certificate", signer: TokenKey | None = None) -> None:
        self._root = root
        self._signer = signer

    def candidates(self, header: Mapping[str, object], now: float) -> Sequence[TokenKey]:
        leaf, intermediate = _sent_chain(header.get("x5c"))
        chain = (leaf, intermediate, self._root)
        return (TokenKey(leaf.public_key()),) if _trusted(chain, now) else ()

    def signer(self) -> TokenKey:
        if self._signer is None:
            raise ConfigError("signing needs a private key and its chain before the root, in PEM")
        return self._signer


def _signer(secret: bytes, chain: "Sequence[Certificate]") -> TokenKey | None:
    if b"PRIVATE KEY" not in secret:
        return None
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    try:
        private = load_pem_private_key(secret[: secret.index(b"-----BEGIN CERTIFICATE")], None)
    except (ValueError, TypeError):
        raise ConfigError("the private key stands before the certificates, in PEM") from None
    sent = [b64encode(each.public_bytes(Encoding.DER)).decode() for each in chain]
    return TokenKey(private.public_key(), private, {"x5c": sent})


def _sent_chain(sent: object) -> "tuple[Certificate, Certificate]":
    """Leaf and intermediate; the root that comes with them is not looked at. Raises MalformedCredential."""
    from cryptography.x509 import load_der_x509_certificate

    if not isinstance(sent, list) or len(sent) != 3:
        raise MalformedCredential
    try:
        leaf, intermediate = (
            load_der_x509_certificate(b64decode(each, validate=True)) for each in sent[:2]
        )
    except Exception:  # noqa: BLE001  # whatever a stranger's certificate makes the library raise
        raise MalformedCredential from None
    return leaf, intermediate


def _trusted(chain: "tuple[Certificate, Certificate, Certificate]", now: float) -> bool:
    leaf, intermediate, root = chain
    try:
        # From the root down, so that nothing of a stranger's is read any further.
        intermediate.verify_directly_issued_by(root)
        leaf.verify_directly_issued_by(intermediate)
        return all(_valid_at(each, now) for each in chain) and _marked(leaf, intermediate)
    except Exception:  # noqa: BLE001  # as above: a wrong issuer, a wrong signature, an odd key
        return False


def _valid_at(certificate: "Certificate", now: float) -> bool:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return start.timestamp() <= now <= end.timestamp()


def _marked(leaf: "Certificate", intermediate: "Certificate") -> bool:
    from cryptography.x509 import BasicConstraints

    return (
        _has(leaf, _LEAF_MARK)
        and _has(intermediate, _INTERMEDIATE_MARK)
        and intermediate.extensions.get_extension_for_class(BasicConstraints).value.ca
    )


def _has(certificate: "Certificate", mark: str) -> bool:
    return any(each.oid.dotted_string == mark for each in certificate.extensions)


@value
class OfApp:
    """The notification is for this app, in this environment: Apple signs those of all apps alike.

    Only those of Production have the app's number.
    """

    bundle_id: str
    environment: str
    app_apple_id: int | None

    claim = "data"

    def covers(self, part: str) -> bool:
        return False

    def holds(self, claims: Claims, request: Request) -> bool:
        named = _app_in(claims)
        if self.environment == "Production" and named.get("appAppleId") != self.app_apple_id:
            return False
        said = (named.get("bundleId"), named.get("environment"))
        return said == (self.bundle_id, self.environment)

    def put(self, claims: Claims, request: Request) -> None:
        named: Claims = {"bundleId": self.bundle_id, "environment": self.environment}
        if self.environment == "Production":
            named["appAppleId"] = self.app_apple_id
        kept = claims.get("data")
        claims["data"] = {**(kept if isinstance(kept, dict) else {}), **named}


def _app_in(claims: Claims) -> Mapping[str, object]:
    """What a notification says of the app: at one of four places, by its type."""
    for name in ("data", "summary", "appData"):
        if isinstance(named := claims.get(name), dict):
            return named
    token = claims.get("externalPurchaseToken")
    if not isinstance(token, dict):
        return {}
    sandbox = str(token.get("externalPurchaseId", "")).startswith("SANDBOX")
    return {**token, "environment": "Sandbox" if sandbox else "Production"}


def _configured(
    provider: Provider,
    *,
    bundle_id: str,
    environment: str,
    app_apple_id: int | None = None,
) -> Provider:
    if environment not in _ENVIRONMENTS:
        raise ConfigError(
            f"environment={environment!r}: write one of {', '.join(_ENVIRONMENTS)}, "
            "as the others are not signed by Apple"
        )
    if environment == "Production" and app_apple_id is None:
        raise ConfigError("app_apple_id= is compared in Production: the app's number, 1234567890")
    rule = OfApp(bundle_id, environment, app_apple_id)
    return provider.replace(scheme=with_claims(provider.scheme, rule))


apple_app_store = Provider(
    name="apple_app_store",
    display="Apple App Store Server Notifications V2",
    docs="https://developer.apple.com/documentation/appstoreservernotifications",
    scheme=ChainedJWT(
        token=Pointer("/signedPayload"),
        algorithms=("ES256",),
        required=("signedDate",),
        time="signedDate",
        unit="ms",
    ),
    accepts=(JWS(media=("application/json",), at="/signedPayload"),),
    event_type=Joined(Pointer("/notificationType"), Pointer("/subtype")),
    event_id=Pointer("/notificationUUID"),
    event_time=Pointer("/signedDate"),
    time_unit="ms",
    needs={
        "bundle_id": "of the app",
        "environment": "Production or Sandbox, whose notifications are signed alike",
    },
    takes={"app_apple_id": "number of the app in the App Store; in Production it must be given"},
    configure=_configured,
    retries="production: 5 more times, 1, 12, 24, 48 and 72 h after the one before; sandbox: none",
    retry_horizon=157 * 3600.0,
    signed_ids=True,
    unique_bodies=True,
    further_gaps=(
        "the age: the time is signed, and any is taken unless you give tolerance=",
        "revocation: Apple is not asked whether it has withdrawn one of the certificates",
    ),
)
