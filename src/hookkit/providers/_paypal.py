"""PayPal.

Sources: https://developer.paypal.com/api/rest/webhooks/rest;
https://developer.paypal.com/api/webhooks/v1/verify-webhook-signature-post;
paypalrestsdk 1.13 (PyPI): paypalrestsdk/notifications.py;
paypal/PayPal-PHP-SDK:sample/notifications/ValidateWebhookEvent.php.
"""

import datetime as dt
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from hookkit.bodies import read_first
from hookkit.errors import (
    ConfigError,
    KeyUnavailable,
    MalformedCredential,
    Unauthorized,
    WrongCredential,
)
from hookkit.extras import needed
from hookkit.formats import JSON
from hookkit.limits import Limits
from hookkit.messages import Request, Response
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA
from hookkit.schemes.accounts import ClientCredentials
from hookkit.schemes.base import Fetch, Step, Verdict, credential, read_answer
from hookkit.schemes.published import Ring, read_json
from hookkit.schemes.template import Content
from hookkit.schemes.timestamps import Tolerance, both_ways, check_age, read_time
from hookkit.values import field, value

SIGNATURE, ID = Header("PAYPAL-TRANSMISSION-SIG"), Header("PAYPAL-TRANSMISSION-ID")
TIME, ALGORITHM = Header("PAYPAL-TRANSMISSION-TIME"), Header("PAYPAL-AUTH-ALGO")
CERTIFICATE = Header("PAYPAL-CERT-URL")

ASKED = {
    "auth_algo": ALGORITHM,
    "cert_url": CERTIFICATE,
    "transmission_id": ID,
    "transmission_sig": SIGNATURE,
    "transmission_time": TIME,
}
"""What PayPal's API asks for, and where it is."""

ENVIRONMENTS = {"production": "paypal.com", "sandbox": "sandbox.paypal.com"}

TOLERANCE = (4 * 24 * 3600.0, 300.0)
"""Seconds. Retries go on for three days, and whether these are signed anew is not said."""

_webhook_id = re.compile(r"[A-Za-z0-9]{1,50}").fullmatch
_certificate_id = re.compile(r"[A-Za-z0-9_-]{1,128}").fullmatch


def _checked_certificate_url(url: str, domain: str) -> str:
    """The URL, where it is one of PayPal's certificates. Raises MalformedCredential."""
    base = f"https://api.{domain}/v1/notifications/certs/"
    if not url.startswith(base) or not _certificate_id(url[len(base) :]):
        raise MalformedCredential
    return url


@value(kw_only=True)
class PostBack:
    """PayPal itself is asked of each delivery: whether it sent it, to this webhook.

    Args:
        webhook_id: of the webhook, as it stands beside its URL at PayPal.
        account: of the application that the webhook belongs to.
        domain: PayPal's own, or its sandbox's: certificates are there.
        host: that is asked.
        tolerance: seconds, both ways; or (past, future); ``None``: no check.
    """

    family: ClassVar[str] = "remote"
    id: ClassVar[Header] = ID

    webhook_id: str
    account: ClientCredentials
    domain: str
    host: str
    tolerance: Tolerance = TOLERANCE

    @property
    def header(self) -> str:
        return SIGNATURE.name

    @property
    def signs_url(self) -> bool:
        return False

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({self.host})

    def keyring(self, fetch: Fetch) -> Ring:
        return Ring(fetch)

    def in_words(self) -> str:
        return "PayPal itself is asked of each delivery"

    def covers(self, part: str) -> bool:
        return part in ("body", "timestamp", "id")

    def prepare(self, secret: bytes) -> Ring:
        raise ConfigError("PayPal has no secret: leave secret= out, and it is asked itself")

    def verify(
        self, request: Request, keys: tuple[Ring, ...], now: float, limits: Limits
    ) -> Verdict:
        shown = {name: credential(place, request, limits) for name, place in ASKED.items()}
        _checked_certificate_url(shown["cert_url"], self.domain)
        timestamp = read_time(shown["transmission_time"], "rfc3339")
        # One value and no more, so that nothing in it can stand for what is asked beside it.
        read_first(request, JSON(), limits)
        if request.body.lstrip()[:1] != b"{":
            raise MalformedCredential
        self._ask(self._question(shown, request.body), keys[0].fetch)
        check_age(now - timestamp, both_ways(self.tolerance))
        return Verdict(0, timestamp, now - timestamp)

    def _question(self, shown: dict[str, str], event: bytes) -> Request:
        said = json.dumps({**shown, "webhook_id": self.webhook_id}).encode()
        # The event as it came: written again it would have another sum.
        body = b'%b,"webhook_event":%b}' % (said.removesuffix(b"}"), event)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        url = f"https://{self.host}/v1/notifications/verify-webhook-signature"
        return Request("POST", headers, body, url=url)

    def _ask(self, question: Request, fetch: Fetch) -> None:
        """Raises WrongCredential where PayPal did not send it."""
        response = self.account.ask(question, fetch)
        if response.status in (400, 422):
            raise WrongCredential  # what it was asked about is not of PayPal's form
        if Pointer("/verification_status").find(question, read_json(response)) != "SUCCESS":
            raise WrongCredential

    def sign(self, request: Request, key: Ring, now: float, message_id: str) -> Request:
        raise ConfigError(
            'only PayPal can sign for its API; for tests, write using(check="certificate", …)'
        )

    def steps(self, request: Request, keys: tuple[Ring, ...], limits: Limits) -> list[Step]:
        asked = Step("asked", f"{self.host}, of each delivery")
        try:
            for place in ASKED.values():
                credential(place, request, limits)
        except Unauthorized as error:
            return [asked, Step("unreadable", str(error))]
        return [asked, Step(SIGNATURE.name, "there, as are the other headers of PayPal's")]


_TEXT = Content("{id}|{timestamp}|{body}")


@value
class _Summed:
    """Id, time, webhook and a sum of the body, which is no hash: anyone can make a body of the same sum."""

    webhook_id: str

    def covers(self, part: str) -> bool:
        return part in ("id", "timestamp")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        if ALGORITHM.find(request) != "SHA256withRSA":
            raise MalformedCredential
        rest = f"{self.webhook_id}|{zlib.crc32(request.body)}".encode()
        return _TEXT.render(request.replace(body=rest), timestamp, message_id)


@value
class _Certificates:
    """The certificate at the URL in a header: PayPal's, and issued by one that is trusted."""

    domain: str
    store: Any = field(repr=False)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({f"api.{self.domain}"})

    def tries(
        self, request: Request, payload: object, fetch: Fetch, now: float
    ) -> Iterator[list[bytes]]:
        url = credential(CERTIFICATE, request, Limits())
        question = Request("GET", url=_checked_certificate_url(url, self.domain))
        pem, certificates = read_answer(question, fetch, _read_certificates)
        self._check(certificates, now)
        yield [pem]

    def _check(self, certificates: Sequence[Any], now: float) -> None:
        """Raises WrongCredential where the first is no certificate of PayPal's."""
        from cryptography import x509
        from cryptography.x509 import verification

        leaf, *others = certificates
        names = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        if len(names) != 1 or not str(names[0].value).endswith(".paypal.com"):
            raise WrongCredential
        extensions = verification.ExtensionPolicy
        issuers = extensions.permit_all().require_present(
            x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
        )
        try:
            verifier = (
                verification.PolicyBuilder()
                .store(self.store)
                .time(dt.datetime.fromtimestamp(now, dt.UTC).replace(tzinfo=None))
                .extension_policies(ca_policy=issuers, ee_policy=extensions.permit_all())
                .build_client_verifier()
            )
            verifier.verify(leaf, others)
        except (verification.VerificationError, OverflowError, ValueError):
            raise WrongCredential from None


def _read_certificates(response: Response) -> tuple[bytes, Sequence[Any]]:
    """As PEM, and read. Raises WrongCredential, KeyUnavailable."""
    from cryptography.x509 import load_pem_x509_certificates

    if response.status in (400, 403, 404):
        raise WrongCredential
    if response.status >= 400:
        raise KeyUnavailable(f"its host answered {response.status}")
    try:
        return response.body, load_pem_x509_certificates(response.body)
    except ValueError:
        raise KeyUnavailable("its host answered something else than certificates") from None


def _store(trust: Sequence[str]) -> Any:
    """Raises ConfigError where these are no certificates."""
    x509 = needed("cryptography.x509", "crypto", "PayPal's certificate check")
    from cryptography.x509.verification import Store

    if isinstance(trust, str):
        raise ConfigError("paypal: trust= is a list of root certificates in PEM")
    try:
        return Store([x509.load_pem_x509_certificate(pem.encode()) for pem in trust])
    except ValueError:
        raise ConfigError("paypal: trust= holds something else than certificates in PEM") from None


def _configured(
    provider: Provider,
    *,
    webhook_id: str,
    client_id: str = "",
    client_secret: str = "",
    environment: str = "production",
    api_host: str = "",
    check: str = "api",
    trust: Sequence[str] = (),
) -> Provider:
    if environment not in ENVIRONMENTS:
        raise ConfigError(f"paypal: environment= is one of {', '.join(ENVIRONMENTS)}")
    if not isinstance(webhook_id, str) or not _webhook_id(webhook_id):
        raise ConfigError("paypal: webhook_id= is the id beside the webhook's URL at PayPal")
    domain = ENVIRONMENTS[environment]
    if check == "api":
        if not client_id or not client_secret:
            raise ConfigError(
                "paypal: client_id= and client_secret= are your application's, by which PayPal is asked"
            )
        host = api_host or f"api-m.{domain}"
        account = ClientCredentials(f"https://{host}/v1/oauth2/token", client_id, client_secret)
        scheme = PostBack(webhook_id=webhook_id, account=account, domain=domain, host=host)
        return provider.replace(scheme=scheme)
    if check == "certificate":
        certificates = _Certificates(domain, _store(trust)) if trust else None
        return _offline(provider, webhook_id, certificates)
    raise ConfigError('paypal: check= is "api" or "certificate"')


def _offline(provider: Provider, webhook_id: str, certificates: _Certificates | None) -> Provider:
    scheme = RSA(
        signature=SIGNATURE,
        signs=_Summed(webhook_id),
        encoding="base64",
        timestamp=TIME,
        id=ID,
        unit="rfc3339",
        tolerance=TOLERANCE,
        published=certificates,
    )
    gap = "the body but for its CRC32: whoever has captured a delivery can make another of the same sum"
    return provider.replace(scheme=scheme, further_gaps=(gap,))


paypal = Provider(
    name="paypal",
    display="PayPal",
    docs="https://developer.paypal.com/api/rest/webhooks/rest",
    scheme=PostBack(
        webhook_id="WEBHOOK_ID",
        account=ClientCredentials("https://api-m.paypal.com/v1/oauth2/token", "none", "none"),
        domain=ENVIRONMENTS["production"],
        host="api-m.paypal.com",
    ),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/id"),
    delivery_id=ID,
    event_time=Pointer("/create_time"),
    time_unit="rfc3339",
    needs={"webhook_id": "the id beside the webhook's URL at PayPal"},
    takes={
        "client_id": "of the application: PayPal is asked of each delivery",
        "client_secret": "the same",
        "environment": "production, unless you say sandbox",
        "api_host": "asked in place of PayPal's own: a gateway, or a stand-in for tests",
        "check": "certificate, to ask nobody: the body is then open to forgery, see gaps",
        "trust": "root certificates in PEM, for that; without it, give PayPal's own as secret=",
    },
    configure=_configured,
    signed_ids=True,
)
