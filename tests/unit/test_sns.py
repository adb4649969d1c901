import datetime as dt
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hookkit import ConfigError, Receiver, Request, Response, providers
from hookkit.errors import KeyUnavailable, MalformedCredential, WrongCredential
from hookkit.providers._sns import host_of_topic
from hookkit.subscribing import confirms
from tests.providers.sampling import pem

NOW = 1_790_000_000.0
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"
OTHER = "arn:aws-cn:sns:cn-north-1:123456789012:orders.fifo"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-0123abcd.pem"
KEY = rsa.generate_private_key(65537, 2048)


def certificate(first=NOW - 1000, last=NOW + 1000):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime.fromtimestamp(first, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(last, dt.UTC))
        .sign(KEY, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


class SNS:
    """Answers as SNS does, and notes what it was asked."""

    def __init__(self, answer=None):
        self.answer = answer or Response(200, certificate())
        self.asked = []

    def __call__(self, request):
        self.asked.append(request.url)
        return self.answer


def message(kind="Notification", **changes):
    said = {
        "Type": kind,
        "MessageId": "m1",
        "TopicArn": TOPIC,
        "Message": "Hello \xe9",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe",
    }
    if kind != "Notification":
        said |= {"Token": "t", "SubscribeURL": f"{HOST}/?Action=ConfirmSubscription&Token=t"}
    said |= changes
    body = json.dumps({name: value for name, value in said.items() if value is not ...})
    return Request("POST", {"Content-Type": "text/plain; charset=UTF-8"}, body.encode())


def provider(**more):
    return providers.sns.using(topics=[TOPIC, OTHER], **more)


def receiver(fetch=None, now=NOW, **more):
    return Receiver(provider(**more), fetch=fetch or SNS(), clock=lambda: now)


def signed(request, topics=(TOPIC, OTHER)):
    sender = Receiver(providers.sns.using(topics=topics), secret=pem(KEY), clock=lambda: NOW)
    return sender.verifier.sign(request)


def altered(request, **changes):
    return request.replace(body=json.dumps({**json.loads(request.body), **changes}).encode())


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "kind", ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]
)
def test_verifies(kind, version):
    hooks, heard = receiver(), []
    hooks.on("*")(heard.append)
    assert hooks.handle(signed(message(kind, SignatureVersion=version))).status == 200
    assert [(event.type, event.id, event.delivery_id) for event in heard] == [(kind, "m1", "m1")]


@pytest.mark.parametrize("subject", ["A subject", None, ...])
def test_a_subject_may_be_missing(subject):
    assert receiver().handle(signed(message(Subject=subject))).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        *({"Message": "bye"}, {"MessageId": "m2"}, {"TopicArn": OTHER}, {"Subject": "new"}),
        *({"Type": "SubscriptionConfirmation"}, {"Type": "?"}, {"Type": []}, {"Message": 1}),
        *({"SignatureVersion": "1"}, {"SignatureVersion": 2}, {"SignatureVersion": "3"}),
        *({"Timestamp": "2026-09-21T14:13:21Z"}, {"Timestamp": "now"}, {"Timestamp": None}),
        *({"Signature": ""}, {"Signature": None}, {"Signature": []}, {"TopicArn": []}),
    ],
)
def test_every_signed_field_counts(changes):
    hooks = receiver()
    assert hooks.handle(altered(signed(message()), **changes)).status == 401


@pytest.mark.parametrize("field", ["Token", "SubscribeURL", "Message", "MessageId"])
def test_every_field_of_a_confirmation_counts(field):
    request = signed(message("SubscriptionConfirmation"))
    changed = altered(request, **{field: f"{HOST}/?other"})
    assert receiver().handle(changed).status == 401


@pytest.mark.parametrize(
    "topic",
    [
        "arn:aws:sns:eu-west-1:999999999999:orders",
        "arn:aws:sns:eu-west-1:123456789012:orders2",
        "arn:aws:sns:us-east-1:123456789012:orders",
    ],
)
def test_foreign_topics_are_refused_before_anything_is_fetched(topic):
    """SNS signs them as well as ours."""
    sns = SNS()
    request = signed(message(TopicArn=topic), topics=[topic])
    with pytest.raises(WrongCredential):
        receiver(sns).verifier.verify(request)
    assert sns.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://SNS.eu-west-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
        f"{HOST}/a.pem?x=.pem",
        f"{HOST}/a.pem#",
        f"{HOST}/a/b.pem",
        f"{HOST}/../a.pem",
        f"{HOST}//evil.example/a.pem",
        f"{HOST}/?Action=Publish&x=.pem",
        f"{HOST}/%2e.pem",
        f"{HOST}/a.pem\n",
        f"{HOST}/a.txt",
        f"{HOST}/.pem",
        HOST,
        "",
        1,
        None,
    ],
)
def test_other_certificate_urls_are_not_fetched(url):
    sns = SNS()
    with pytest.raises(MalformedCredential):
        receiver(sns).verifier.verify(altered(signed(message()), SigningCertURL=url))
    assert sns.asked == []


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [(-10, 10, 200), (0, 10, 200), (1, 10, 401), (-10, 0, 200), (-10, -1, 401)],
)
def test_a_certificate_has_its_time(first, last, status):
    sns = SNS(Response(200, certificate(NOW + first, NOW + last)))
    assert receiver(sns).handle(signed(message())).status == status


@pytest.mark.parametrize("answer", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate(answer):
    """Nobody's refusal either, and not believed for as long as a certificate is remembered."""
    assert receiver(SNS(Response(200, answer))).handle(signed(message())).status == 503

    def mended(question):
        anew = question.header("Cache-Control") == "no-cache"
        return Response(200, certificate() if anew else answer)

    assert receiver(mended).handle(signed(message())).status == 200


@pytest.mark.parametrize(("status", "heard"), [(403, 401), (404, 401), (400, 503), (410, 503)])
def test_no_certificate(status, heard):
    """Nobody's refusal, unless SNS says that there is none."""
    assert receiver(SNS(Response(status))).handle(signed(message())).status == heard


def test_a_pinned_certificate_asks_nobody():
    sns = SNS()
    hooks = Receiver(provider(), secret=certificate(), fetch=sns, clock=lambda: NOW)
    assert hooks.handle(signed(message())).status == 200
    assert sns.asked == []


def test_a_pinned_certificate_that_has_expired_is_named(caplog):
    """To compare it with SNS's would lead nowhere, as it is the same."""
    expired = certificate(NOW - 1000, NOW - 1)
    hooks = Receiver(provider(), secret=expired, clock=lambda: NOW)
    assert hooks.handle(signed(message())).status == 401
    assert "401 wrong-credential. The certificate of the key" in caplog.text
    explanation = hooks.explain(signed(message()))
    assert explanation.cause == "wrong-secret"
    assert explanation.headline.startswith(
        "The certificate of the key that signed is not valid now."
    )


@pytest.mark.parametrize(("now", "status"), [(3600, 200), (3601, 401), (-3600, 200), (-3601, 401)])
def test_age(now, status):
    sns = SNS(Response(200, certificate(NOW - 9000, NOW + 9000)))
    assert receiver(sns, NOW + now).handle(signed(message())).status == status


def test_sha1_can_be_refused():
    only = receiver(versions=["2"])
    assert only.handle(signed(message(SignatureVersion="2"))).status == 200
    assert only.handle(signed(message(SignatureVersion="1"))).status == 401


def test_hosts_are_those_of_the_topics():
    assert provider().scheme.hosts == {
        "sns.eu-west-1.amazonaws.com",
        "sns.cn-north-1.amazonaws.com.cn",
    }
    assert host_of_topic("arn:aws-us-gov:sns:us-gov-west-1:123456789012:a") == (
        "sns.us-gov-west-1.amazonaws.com"
    )


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "orders",
        "arn:aws:sqs:eu-west-1:123456789012:orders",
        "arn:aws:sns:evil.example/:123456789012:orders",
        "arn:aws:sns:eu-west-1.evil.example#:123456789012:orders",
        "arn:aws:sns:eu-west-1:12345:orders",
        "arn:aws:sns:eu-west-1:123456789012:",
        "arn:aws:sns:eu-west-1:123456789012:orders:a-subscription",
        "arn:aws:sns:*:123456789012:orders",
        f"{TOPIC}\n",
        None,
    ],
)
def test_topics_are_arns(topic):
    with pytest.raises(ConfigError, match="ARN"):
        providers.sns.using(topics=[topic])
    with pytest.raises(ConfigError, match="ARN"):
        confirms([topic])


@pytest.mark.parametrize(
    "settings", [{"topics": []}, {"topics": TOPIC}, {"topics": [TOPIC], "versions": ["3"]}]
)
def test_settings_are_checked(settings):
    with pytest.raises(ConfigError):
        providers.sns.using(**settings)


def test_topics_are_needed():
    with pytest.raises(ConfigError, match="topics"):
        Receiver(providers.sns)


# Confirming subscriptions.


def test_nothing_is_confirmed_by_itself():
    sns = SNS()
    assert receiver(sns).handle(signed(message("SubscriptionConfirmation"))).status == 200
    assert sns.asked == [CERTIFICATE]


def confirming(answer=None, topics=(TOPIC,)):
    visited = SNS(answer)
    hooks = receiver()
    hooks.on("SubscriptionConfirmation", "UnsubscribeConfirmation")(confirms(topics, fetch=visited))
    return hooks, visited


def test_a_subscription_is_confirmed_by_who_opts_in():
    hooks, visited = confirming()
    request = signed(message("SubscriptionConfirmation"))
    assert hooks.handle(request).status == 200
    assert visited.asked == [json.loads(request.body)["SubscribeURL"]]


def test_another_topic_or_type_is_left_alone():
    hooks, visited = confirming(topics=[OTHER])
    assert hooks.handle(signed(message("SubscriptionConfirmation"))).status == 200
    assert visited.asked == []
    hooks, visited = confirming()
    assert hooks.handle(signed(message("UnsubscribeConfirmation"))).status == 200
    assert visited.asked == []


@pytest.mark.parametrize("status", [302, 400, 403])
def test_a_failed_confirmation_is_sent_again(status):
    hooks, _ = confirming(Response(status))
    assert hooks.handle(signed(message("SubscriptionConfirmation"))).status == 500


URLS = [
    "https://169.254.169.254/latest/meta-data/",
    "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
    "https://sns.eu-west-1.amazonaws.com.evil.example/",
    "https://sns.eu-west-1.amazonaws.com@evil.example/",
    "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
    HOST,
]


@pytest.mark.parametrize("url", URLS)
def test_other_urls_to_confirm_at_are_refused(url):
    """By the provider, and by the handler itself."""
    hooks, visited = confirming()
    request = signed(message("SubscriptionConfirmation"))
    assert hooks.handle(altered(request, SubscribeURL=url)).status == 401
    event = hooks.parser.parse(altered(request, SubscribeURL=url))[0]
    with pytest.raises(KeyUnavailable):
        confirms([TOPIC], fetch=visited)(event)
    assert visited.asked == []


def test_explain_without_a_certificate():
    def down(request):
        raise KeyUnavailable

    explanation = receiver(down).explain(signed(message()))
    assert (explanation.accepted, explanation.cause) == (False, "key-unavailable")
    assert explanation.headline.startswith("key unavailable: The provider's public key")
