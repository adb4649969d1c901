"""Amazon SNS.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html;
sns-validator (npm): index.js; sns-message-validator (PyPI).
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from hookkit.errors import ConfigError, KeyUnavailable, MalformedCredential, WrongCredential
from hookkit.formats import JSON
from hookkit.limits import Limits
from hookkit.messages import Request, Response
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA
from hookkit.schemes.asymmetric import KeyPair
from hookkit.schemes.base import Fetch, Verdict, read_answer
from hookkit.values import field, fields, replace, value

ALGORITHMS = {"1": "sha1", "2": "sha256"}
"""By SignatureVersion: what SNS signs with. A topic's owner says which."""

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
FIELDS = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
"""By type: what is signed."""

_DOMAINS = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
"""By partition of AWS."""

_arn = re.compile(
    r"arn:(aws|aws-us-gov|aws-cn):sns:([a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_.-]{1,256}"
).fullmatch

# One file at the top, as SNS has it. No dot but the last one, no escape, no query.
_path = re.compile(r"/[A-Za-z0-9_-]{1,200}\.pem").fullmatch


def host_of_topic(topic: str) -> str:
    """SNS's host in the region of this topic. Raises ConfigError where it is no ARN of one."""
    found = _arn(topic) if isinstance(topic, str) else None
    if found is None:
        raise ConfigError(
            f"{topic!r} is no topic: write its ARN, such as arn:aws:sns:eu-west-1:123456789012:orders"
        )
    return f"sns.{found[2]}.{_DOMAINS[found[1]]}"


@value
class _Message:
    """The signed fields, a line for each name and value; of these topics only."""

    hosts: Mapping[str, str]

    def covers(self, part: str) -> bool:
        return part in ("field", "timestamp")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        said = payload if isinstance(payload, dict) else {}
        host = self._host(said)
        kind = said.get("Type")
        names = FIELDS.get(kind) if isinstance(kind, str) else None
        if names is None:
            raise MalformedCredential
        if names is _CONFIRMATION and not str(said.get("SubscribeURL")).startswith(host):
            raise WrongCredential  # a server would be sent to where the sender of this likes
        return [_line(name, said) for name in names if name != "Subject" or said.get(name)]

    def _host(self, said: Mapping[str, object]) -> str:
        topic = said.get("TopicArn")
        host = self.hosts.get(topic) if isinstance(topic, str) else None
        if host is None:
            raise WrongCredential  # any AWS account can have SNS sign for a topic of its own
        return f"https://{host}/"


def _line(name: str, said: Mapping[str, object]) -> bytes:
    value = said.get(name)
    if not isinstance(value, str):
        raise MalformedCredential
    return f"{name}\n{value}\n".encode("utf-8", "surrogatepass")


@value
class _Certificate:
    """The certificate at the URL in a message: at SNS itself, in the region of the message's topic."""

    by_topic: Mapping[str, str]

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(self.by_topic.values())

    def tries(
        self, request: Request, payload: object, fetch: Fetch, now: float
    ) -> Iterator[list[bytes]]:
        said = payload if isinstance(payload, dict) else {}
        # The topic has been found to be one of these, before anything is fetched.
        base = f"https://{self.by_topic[said['TopicArn']]}"
        url = said.get("SigningCertURL")
        if not isinstance(url, str) or not url.startswith(base) or not _path(url[len(base) :]):
            raise MalformedCredential
        yield [read_answer(Request("GET", url=url), fetch, _read_certificate)]


def _read_certificate(response: Response) -> bytes:
    from cryptography.x509 import load_pem_x509_certificate

    if response.status in (403, 404):
        raise WrongCredential
    if response.status >= 400:
        raise KeyUnavailable(f"its host answered {response.status}")
    try:
        load_pem_x509_certificate(response.body)
    except ValueError:
        # Nobody's refusal: SNS gives a message up for good where it hears 401.
        raise KeyUnavailable("its host answered something else than a certificate") from None
    return response.body


@value(kw_only=True)
class SNS(RSA):
    """A signature over some fields of a message, with the hash of the message's SignatureVersion.

    Args:
        versions: those that are accepted.
    """

    versions: tuple[str, ...] = ("1", "2")
    _by_version: Mapping[str, RSA] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.versions or not set(self.versions) <= set(ALGORITHMS):
            raise ConfigError('sns: versions= is ("1", "2"), or one of them')
        super().__post_init__()
        same = {each.name: getattr(self, each.name) for each in fields(RSA) if each.init}
        by_version = {
            version: RSA(**{**same, "algorithm": ALGORITHMS[version]}) for version in self.versions
        }
        object.__setattr__(self, "_by_version", by_version)

    def verify(
        self, request: Request, keys: tuple[KeyPair, ...], now: float, limits: Limits
    ) -> Verdict:
        return self._of(self._read(request, limits)).verify(request, keys, now, limits)

    def sign(self, request: Request, key: KeyPair, now: float, message_id: str) -> Request:
        return self._of(self._read(request, Limits())).sign(request, key, now, message_id)

    def _of(self, message: object) -> RSA:
        version = Pointer("/SignatureVersion").find(Request(), message)
        scheme = self._by_version.get(version) if isinstance(version, str) else None
        if scheme is None:
            raise MalformedCredential
        return scheme


def _configured(
    provider: Provider, *, topics: Sequence[str], versions: Sequence[str] = ("1", "2")
) -> Provider:
    if isinstance(topics, str) or not topics:
        raise ConfigError(
            'sns: topics= is a list, such as ["arn:aws:sns:eu-west-1:123456789012:orders"]'
        )
    by_topic = {topic: host_of_topic(topic) for topic in topics}
    scheme = replace(
        provider.scheme,
        signs=_Message(by_topic),
        published=_Certificate(by_topic),
        versions=tuple(versions),
    )
    return provider.replace(scheme=scheme)


sns = Provider(
    name="sns",
    display="Amazon SNS",
    docs="https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html",
    scheme=SNS(
        signature=Pointer("/Signature"),
        signs=_Message({}),
        encoding="base64",
        timestamp=Pointer("/Timestamp"),
        unit="rfc3339",
        tolerance=3600,
        reads=JSON(),
        published=_Certificate({"the topic": "sns.REGION.amazonaws.com"}),  # to be told of
    ),
    # SNS says text/plain of its JSON.
    accepts=(JSON(media=("text/plain", "application/json")),),
    event_type=Pointer("/Type"),
    event_id=Pointer("/MessageId"),
    delivery_id=Pointer("/MessageId"),
    event_time=Pointer("/Timestamp"),
    time_unit="rfc3339",
    needs={
        "topics": "ARNs of the topics: any AWS account can have SNS sign for a topic of its own"
    },
    takes={
        "versions": 'of the signature: ("2",) refuses SHA-1 where your topics sign with SHA-256'
    },
    configure=_configured,
    events=frozenset(FIELDS),
    timeout=15,
    retries="50 tries over about an hour in 4 phases, unless the subscription has a policy of its own",
    retry_horizon=3600.0,
    signed_ids=True,
    further_gaps=(
        'SHA-1, where a topic has SignatureVersion 1: set it to 2, and give versions=("2",)',
        "raw message delivery: such messages have no signature, and are refused",
    ),
)
