import base64
import datetime as dt
import json
import zlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from hookkit import ConfigError, Receiver, Request, Response, providers
from hookkit.errors import (
    FutureTimestamp,
    KeyUnavailable,
    MalformedCredential,
    StaleTimestamp,
    Unauthorized,
    WrongCredential,
)
from tests.providers.sampling import pem

NOW = 1_790_000_000.0
API = "https://api-m.paypal.com"
CERTIFICATE = "https://api.paypal.com/v1/notifications/certs/CERT-1"
ACCOUNT = {"webhook_id": "1JE42910", "client_id": "id", "client_secret": "s3cret"}
BODY = b'{"id": "WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED", "amount":"1.00"}'


def delivery(body=BODY, **changes):
    headers = {
        "Content-Type": "application/json",
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        "PAYPAL-CERT-URL": CERTIFICATE,
        "PAYPAL-TRANSMISSION-ID": "t-1",
        "PAYPAL-TRANSMISSION-SIG": "c2ln" * 8,
        "PAYPAL-TRANSMISSION-TIME": "2026-09-21T14:13:20Z",
    }
    for name, value in changes.items():
        headers[f"PAYPAL-{name.replace('_', '-')}"] = value
    return Request("POST", {k: v for k, v in headers.items() if v is not None}, body)


class PayPal:
    """Answers as its API does, and notes what it was asked."""

    def __init__(self, answer='{"verification_status":"SUCCESS"}'):
        self.answer = answer if isinstance(answer, Response) else Response(200, answer)
        self.asked = []

    def __call__(self, request):
        if request.url.endswith("/v1/oauth2/token"):
            return Response(200, '{"access_token":"t0ken"}')
        self.asked.append(request)
        return self.answer


def receiver(paypal, now=NOW, **more):
    return Receiver(providers.paypal.using(**{**ACCOUNT, **more}), fetch=paypal, clock=lambda: now)


# Asking PayPal.


def test_paypal_is_asked_of_each_delivery():
    paypal = PayPal()
    hooks = receiver(paypal)
    assert [hooks.handle(delivery()).status for _ in range(2)] == [200, 200]
    assert len(paypal.asked) == 2
    question = paypal.asked[0]
    assert (question.method, question.url) == (
        "POST",
        f"{API}/v1/notifications/verify-webhook-signature",
    )
    assert question.headers.get("Authorization") == "Bearer t0ken"
    assert question.headers.get("Cache-Control") == "no-store"
    assert json.loads(question.body) == {
        "auth_algo": "SHA256withRSA",
        "cert_url": CERTIFICATE,
        "transmission_id": "t-1",
        "transmission_sig": "c2ln" * 8,
        "transmission_time": "2026-09-21T14:13:20Z",
        "webhook_id": "1JE42910",
        "webhook_event": json.loads(BODY),
    }
    assert b'"webhook_event":' + BODY + b"}" in question.body  # byte for byte


def test_the_sandbox_has_hosts_of_its_own():
    paypal = PayPal()
    hooks = receiver(paypal, environment="sandbox")
    assert hooks.provider.scheme.hosts == {"api-m.sandbox.paypal.com"}
    assert hooks.handle(delivery()).status == 401
    url = CERTIFICATE.replace("api.", "api.sandbox.")
    assert hooks.handle(delivery(CERT_URL=url)).status == 200
    assert paypal.asked[0].url.startswith("https://api-m.sandbox.paypal.com/")
    assert len(paypal.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        *('{"verification_status":"FAILURE"}', '{"verification_status":"success"}', "{}", "[]"),
        *('{"verification_status":true}', '{"verification_status":["SUCCESS"]}'),
        *(Response(400), Response(422)),
    ],
)
def test_what_paypal_did_not_send(answer):
    with pytest.raises(WrongCredential):
        receiver(PayPal(answer)).verifier.verify(delivery())


@pytest.mark.parametrize("answer", ["", "<html>", *map(Response, (401, 403, 404, 409))])
def test_what_paypal_does_not_answer(answer):
    hooks = receiver(PayPal(answer))
    with pytest.raises(KeyUnavailable):
        hooks.verifier.verify(delivery())
    assert hooks.handle(delivery()).status == 503


def test_another_host_may_be_asked_in_its_place():
    paypal = PayPal()
    hooks = receiver(paypal, api_host="gateway.example:8443")
    assert hooks.provider.scheme.hosts == {"gateway.example:8443"}
    assert hooks.provider.scheme.account.hosts == {"gateway.example:8443"}
    assert hooks.handle(delivery()).status == 200
    assert paypal.asked[0].url.startswith("https://gateway.example:8443/v1/notifications/")
    # It is a question of where to ask, and of nothing else: certificates stay PayPal's.
    url = CERTIFICATE.replace("api.paypal.com", "gateway.example:8443")
    assert hooks.handle(delivery(CERT_URL=url)).status == 401
    assert len(paypal.asked) == 1
    with pytest.raises(ConfigError, match="is no name"):
        Receiver(providers.paypal.using(**ACCOUNT, api_host="https://gateway.example"))


NAMES = ["AUTH_ALGO", "CERT_URL", "TRANSMISSION_ID", "TRANSMISSION_SIG", "TRANSMISSION_TIME"]


@pytest.mark.parametrize("name", NAMES)
def test_each_header_is_needed(name):
    paypal = PayPal()
    with pytest.raises(Unauthorized):
        receiver(paypal).verifier.verify(delivery(**{name: None}))
    assert paypal.asked == []


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b'"a"', b"{", b'{"a":1}{"b":2}', b"\xef\xbb\xbf{}", b"\xff"),
        b'{},"webhook_id":"MINE","x":{}',
        b'{}}, {"webhook_id":"MINE"',
    ],
)
def test_a_body_cannot_break_out_of_the_question(body):
    paypal = PayPal()
    with pytest.raises(MalformedCredential):
        receiver(paypal).verifier.verify(delivery(body))
    assert paypal.asked == []


@pytest.mark.parametrize("name", ["AUTH_ALGO", "TRANSMISSION_ID", "TRANSMISSION_SIG"])
def test_a_header_cannot_break_out_of_the_question(name):
    paypal = PayPal()
    receiver(paypal).handle(delivery(**{name: '","webhook_id":"MINE'}))
    assert json.loads(paypal.asked[0].body)["webhook_id"] == "1JE42910"


URLS = [
    "http://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
    "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
    "https://API.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
    "https://api.paypal.com/v1/notifications/certs/../../CERT-1",
    "https://api.paypal.com/v1/notifications/certs/CERT-1?a=b",
    "https://api.paypal.com/v1/notifications/certs/",
    "https://api.paypal.com/v1/other/CERT-1",
]


@pytest.mark.parametrize("url", URLS)
def test_other_certificate_urls(url):
    for more in ({}, {"check": "certificate", "trust": [ROOT_PEM]}):
        paypal = PayPal()
        with pytest.raises(MalformedCredential):
            receiver(paypal, **more).verifier.verify(delivery(CERT_URL=url))
        assert paypal.asked == []


def test_age():
    """Retries go on for three days."""
    days = 24 * 3600
    for age in (0, 4 * days, -300):
        assert receiver(PayPal(), NOW + age).verifier.verify(delivery()).age == age
    for age, error in ((4 * days + 1, StaleTimestamp), (-301, FutureTimestamp)):
        with pytest.raises(error):
            receiver(PayPal(), NOW + age).verifier.verify(delivery())


def test_what_the_check_covers():
    paypal = receiver(PayPal()).provider
    assert paypal.gaps == ()
    assert "s3cret" not in repr(paypal)


def test_explain():
    explanation = receiver(PayPal('{"verification_status":"FAILURE"}')).explain(delivery())
    assert not explanation.accepted
    assert "api-m.paypal.com" in str(explanation)
    assert receiver(PayPal()).explain(delivery()).accepted
    missing = receiver(PayPal()).explain(delivery(TRANSMISSION_SIG=None))
    assert missing.cause == "missing-header"


def test_only_paypal_signs():
    with pytest.raises(ConfigError, match="only PayPal"):
        receiver(PayPal()).verifier.sign(delivery())
    with pytest.raises(ConfigError, match="leave secret= out"):
        Receiver(providers.paypal.using(**ACCOUNT), secret="a secret")


@pytest.mark.parametrize(
    "settings", [{}, {"client_id": "id"}, {"client_id": "id", "client_secret": ""}]
)
def test_what_is_missing_is_named(settings):
    with pytest.raises(ConfigError, match="client_id= and client_secret="):
        providers.paypal.using(webhook_id="1JE42910", **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"webhook_id": "1JE42910"},
        {**ACCOUNT, "client_id": ""},
        {**ACCOUNT, "client_secret": None},
        {**ACCOUNT, "webhook_id": ""},
        {**ACCOUNT, "webhook_id": '"'},
        {**ACCOUNT, "environment": "live"},
        {**ACCOUNT, "check": "none"},
        {"webhook_id": "1", "check": "certificate", "trust": "text"},
        {"webhook_id": "1", "check": "certificate", "trust": ["no PEM"]},
    ],
)
def test_settings_are_checked(settings):
    with pytest.raises(ConfigError):
        providers.paypal.using(**settings)


def test_an_account_is_asked_for_by_its_name():
    with pytest.raises(ConfigError, match="client_id= and client_secret="):
        providers.paypal.using(webhook_id="1JE42910")


def test_a_webhook_id_is_needed():
    with pytest.raises(ConfigError, match="webhook_id"):
        Receiver(providers.paypal)


# The certificate.

KEY = rsa.generate_private_key(65537, 2048)
ROOT, MIDDLE = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


def issue(subject, key, issuer, issuing, *, ca, days=10):
    def name(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    then = dt.datetime.fromtimestamp(NOW, dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(then - dt.timedelta(days=10))
        .not_valid_after(then + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuing, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


NAME = "messageverificationcerts.paypal.com"
ROOT_PEM = issue("root", ROOT, "root", ROOT, ca=True)
MIDDLE_PEM = issue("middle", MIDDLE, "root", ROOT, ca=True)


def signed(body=BODY, webhook_id="1JE42910", **changes):
    text = f"t-1|2026-09-21T14:13:20Z|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())
    shown = base64.b64encode(signature).decode()
    return delivery(body, **{"TRANSMISSION_SIG": shown, **changes})


def offline(chain, now=NOW, **more):
    return receiver(
        PayPal(Response(200, chain)), now, check="certificate", trust=[ROOT_PEM], **more
    )


CHAINS = {
    "direct": issue(NAME, KEY, "root", ROOT, ca=False),
    "chain": issue(NAME, KEY, "middle", MIDDLE, ca=False) + MIDDLE_PEM,
    "sandbox": issue("x.sandbox.paypal.com", KEY, "root", ROOT, ca=False),
}
UNREADABLE = {
    "empty": "",
    "text": "no certificate",
    "garbled": CHAINS["direct"].replace("M", "N"),
}
BROKEN = {
    "other-name": issue("evil.example", KEY, "root", ROOT, ca=False),
    "look-alike": issue("evilpaypal.com", KEY, "root", ROOT, ca=False),
    "expired": issue(NAME, KEY, "root", ROOT, ca=False, days=-1),
    "self-signed": issue(NAME, KEY, NAME, KEY, ca=False),
    "self-made-root": issue(NAME, KEY, "root", MIDDLE, ca=False),
    "without-middle": issue(NAME, KEY, "middle", MIDDLE, ca=False),
    "middle-is-none": issue(NAME, KEY, "middle", MIDDLE, ca=False)
    + issue("middle", MIDDLE, "root", ROOT, ca=False),
    "middle-expired": issue(NAME, KEY, "middle", MIDDLE, ca=False)
    + issue("middle", MIDDLE, "root", ROOT, ca=True, days=-1),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_a_certificate_that_is_trusted(chain):
    assert offline(CHAINS[chain]).handle(signed()).status == 200


@pytest.mark.parametrize("chain", BROKEN)
def test_a_certificate_that_is_not(chain):
    with pytest.raises(WrongCredential):
        offline(BROKEN[chain]).verifier.verify(signed())


@pytest.mark.parametrize("answer", UNREADABLE)
def test_what_is_no_certificate(answer):
    """Nobody's refusal, and not believed for as long as a certificate is remembered."""
    with pytest.raises(KeyUnavailable):
        offline(UNREADABLE[answer]).verifier.verify(signed())

    def mended(question):
        anew = question.header("Cache-Control") == "no-cache"
        return Response(200, CHAINS["direct"] if anew else UNREADABLE[answer])

    assert receiver(mended, check="certificate", trust=[ROOT_PEM]).handle(signed()).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": "OTHER"},
        {"TRANSMISSION_ID": "t-2"},
        {"TRANSMISSION_ID": "t-1|2026-09-21T14:13:20Z"},
        {"TRANSMISSION_TIME": "2026-09-21T14:13:21Z"},
        {"AUTH_ALGO": "SHA1withRSA"},
        {"AUTH_ALGO": None},
    ],
)
def test_what_the_certificate_signs(changes):
    with pytest.raises(Unauthorized):
        offline(CHAINS["direct"]).verifier.verify(signed(**changes))


def test_the_sum_is_no_hash():
    """A forged body of the same CRC32 passes: the reason why PayPal is asked unless one says otherwise."""
    hooks = offline(CHAINS["direct"])
    assert any("CRC32" in gap for gap in hooks.provider.gaps)
    assert not hooks.provider.scheme.covers("body")
    genuine = signed()
    forged = _same_sum(b'{"id":"WH-1","event_type":"FORGED","padding":"%b"}', zlib.crc32(BODY))
    assert hooks.verifier.verify(genuine.replace(body=forged)).key == 0


def _same_sum(body, wanted):
    """The body, with four bytes in it that give it this CRC32 (which is linear)."""
    empty, basis = zlib.crc32(body % bytes(4)), []
    for bit in range(32):
        four = (1 << bit).to_bytes(4, "big")
        basis.append((zlib.crc32(body % four) ^ empty, 1 << bit))
    left, chosen = empty ^ wanted, 0
    for place in reversed(range(32)):
        pivot = next((each for each in basis if each[0] >> place & 1), None)
        if pivot is None:
            continue
        basis.remove(pivot)
        basis = [(s ^ pivot[0], c ^ pivot[1]) if s >> place & 1 else (s, c) for s, c in basis]
        if left >> place & 1:
            left, chosen = left ^ pivot[0], chosen ^ pivot[1]
    return body % chosen.to_bytes(4, "big")


def test_a_pinned_key_asks_nobody():
    paypal = PayPal()
    hooks = Receiver(
        providers.paypal.using(webhook_id="1JE42910", check="certificate"),
        secret=[CHAINS["direct"]],
        fetch=paypal,
        clock=lambda: NOW,
    )
    assert hooks.handle(signed()).status == 200
    assert hooks.handle(signed(b"{}")).status in (200, 400)
    assert paypal.asked == []


def test_a_certificate_signs_for_tests():
    provider = providers.paypal.using(webhook_id="1JE42910", check="certificate")
    sender = Receiver(provider, secret=pem(KEY), clock=lambda: NOW)
    assert offline(CHAINS["direct"]).handle(sender.verifier.sign(delivery())).status == 200
