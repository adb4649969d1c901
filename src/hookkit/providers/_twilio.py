"""Twilio.

Sources: https://www.twilio.com/docs/usage/webhooks/webhooks-security;
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides;
https://www.twilio.com/docs/api/errors/57012; twilio 9.13.0 (PyPI): twilio/request_validator.py.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest

from hookkit.errors import MalformedCredential, WrongCredential
from hookkit.formats import JSON, Form, Pairs, Raw
from hookkit.limits import Limits
from hookkit.messages import Request, Response
from hookkit.places import BLANKS, First, Header, Joined, Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import HMAC, Verdict
from hookkit.schemes.base import Step, credential, wire_bytes, with_text
from hookkit.schemes.forms import SortedForm
from hookkit.schemes.mac import Keyed
from hookkit.schemes.template import Content
from hookkit.values import replace, value

PORTS = {"https": ":443", "http": ":80"}

_FORM, _URL = SortedForm("{url}", distinct=True), Content("{url}")
_HASH = Query("bodySHA256")
_SETTINGS = Header("X-Twilio-Webhooks-Signature-Settings")
_origin = re.compile(r"(https?)(://(?:\[[^\]/?]*\]|[^:/?]*))(:[0-9]*)?").match


@value
class _Call:
    """The URL, and the fields of a form; any other body is bound by its hash in the URL."""

    def covers(self, part: str) -> bool:
        return part in ("url", "body")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        if isinstance(payload, list):
            return _FORM.render(request, timestamp, message_id, payload)
        _check_bound(request)
        return _URL.render(request, timestamp, message_id)


def _check_bound(request: Request) -> None:
    """Raises Unauthorized where the signed URL does not say what the body is."""
    if request.method == "GET":
        if request.body:
            raise MalformedCredential
        return
    said = wire_bytes(credential(_HASH, request, Limits()))
    if not compare_digest(said, _hash(request).encode()):
        raise WrongCredential


def _hash(request: Request) -> str:
    return sha256(request.body).hexdigest()


@value(kw_only=True)
class _Twilio(HMAC):
    """Twilio's HMAC: signed for the URL with its port or without, by one kind of key and no other.

    Args:
        shared_key: id of the key that the secret is; where there is none, it is the auth token.
    """

    shared_key: str | None = None

    def verify(
        self, request: Request, keys: tuple[Keyed, ...], now: float, limits: Limits
    ) -> Verdict:
        self._check_settings(request, limits)
        try:
            return super().verify(request, keys, now, limits)
        except WrongCredential:
            # Twilio's own helpers take both, as it is not constant about the port.
            return super().verify(_with_other_port(request), keys, now, limits)

    def sign(self, request: Request, key: Keyed, now: float, message_id: str) -> Request:
        if self.shared_key is not None:
            said = f"key={self.shared_key},algorithm=HMAC_{self.algorithm.upper()}"
            request = request.with_header(_SETTINGS.name, said)
        if request.method != "GET" and isinstance(self._read(request, Limits()), bytes):
            request = with_text(request, _HASH, _hash(request))
        return super().sign(request, key, now, message_id)

    def steps(self, request: Request, keys: tuple[Keyed, ...], limits: Limits) -> list[Step]:
        of_key = self.shared_key or "the auth token"
        settings = Step("key", f"wanted: {of_key}, with HMAC_{self.algorithm.upper()}")
        return [settings, *super().steps(request, keys, limits)]

    def _check_settings(self, request: Request, limits: Limits) -> None:
        """Raises MalformedCredential where the request names another key or algorithm than ours.

        The header is not signed, so it decides nothing: a key is for one algorithm.
        """
        said = _settings(_SETTINGS.find(request) or "")
        wanted = f"HMAC_{self.algorithm.upper()}"
        if said.get("key") != self.shared_key or said.get("algorithm", "HMAC_SHA1") != wanted:
            raise MalformedCredential


def _settings(text: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(BLANKS): value.strip(BLANKS) for name, _, value in pairs}


def _with_other_port(request: Request) -> Request:
    """The request at the same URL, with its scheme's own port where it has none, or without a port."""
    match = _origin(request.url)
    if match is None:
        return request
    scheme, host, port = match.groups()
    rest = request.url[match.end() :]
    return request.replace(url=f"{scheme}{host}{'' if port else PORTS[scheme]}{rest}")


def _configured(provider: Provider, *, shared_key: str) -> Provider:
    return provider.replace(scheme=replace(_SCHEME, shared_key=shared_key, algorithm="sha256"))


_SCHEME = _Twilio(
    signature=Header("X-Twilio-Signature"),
    algorithm="sha1",
    signs=_Call(),
    encoding="base64",
    reads=(Pairs(), Raw()),
)

twilio = Provider(
    name="twilio",
    display="Twilio",
    docs="https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    scheme=_SCHEME,
    accepts=(Form(), JSON(batch=True)),
    # What becomes of one message or call comes as several events, each with its status. While a call is under
    # way, each of its steps asks with the same.
    event_id=Joined(
        First(Pointer("/MessageSid"), Pointer("/CallSid")),
        First(Pointer("/MessageStatus"), Pointer("/SmsStatus"), Pointer("/CallStatus")),
    ),
    delivery_id=Header("I-Twilio-Idempotency-Token"),
    delivers_by=("GET", "POST"),
    acknowledgement=Response(200, "<Response/>", content_type="text/xml; charset=utf-8"),
    takes={
        "shared_key": "the id of the shared key that secret= is; without it, that is the auth token"
    },
    configure=_configured,
    timeout=15,
    retries="once more by default, when the connection fails; then the fallback URL",
    further_gaps=("where a field's name ends: names and values are signed without a separator",),
    shared_ids=True,
)
