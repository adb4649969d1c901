"""CloudEvents over HTTP, as any sender may do it: binary, structured and batched.

The specification knows a token and no signature. Ids are unique for one source only, which `event.payload`
has in structured mode, and the header ``ce-source`` in binary mode.

Sources: cloudevents/spec: cloudevents/http-webhook.md, cloudevents/bindings/http-protocol-binding.md.
"""

from collections.abc import Iterable

from hookkit.errors import ConfigError
from hookkit.formats import JSON, Raw, Text
from hookkit.limits import Limits
from hookkit.messages import Request, Response
from hookkit.places import Header, Pointer, Query
from hookkit.provider import Provider
from hookkit.providers._webhook_origin import granted
from hookkit.schemes import Bearer
from hookkit.schemes.base import credential, wire_bytes
from hookkit.values import value

STRUCTURED, BATCHED = "application/cloudevents", "application/cloudevents-batch"


def _media(request: Request) -> str:
    return (request.header("Content-Type") or "").lstrip(" \t").lower()


@value
class _Attribute:
    """An attribute of an event: a field in structured mode, a header in binary mode."""

    name: str

    def find(self, request: Request, payload: object) -> object:
        if _media(request).startswith(STRUCTURED):
            return Pointer(f"/{self.name}").find(request, payload)
        return _decoded(Header(f"ce-{self.name}").find(request))

    def in_words(self) -> str:
        return f"header ce-{self.name}; in structured and batched mode /{self.name} in the body"


def _decoded(value: str | None) -> str | None:
    """The header's value without its percent-encoding, where that is right."""
    if value is None or "%" not in value:
        return value
    from urllib.parse import unquote  # 11 ms to import, and few values need it

    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return value


@value
class _Events:
    """An array in batched mode; else the payload is the event, and may be an array itself."""

    def find(self, request: Request, payload: object) -> object:
        return payload if _media(request).startswith(BATCHED) else [payload]

    def in_words(self) -> str:
        return "the body; in batched mode the items of its array"


@value
class _BearerOrQuery(Bearer):
    """A bearer token, which a sender may put into the query instead (RFC 6750 section 2.3)."""

    def _shown(self, request: Request, limits: Limits) -> bytes:
        if "Authorization" in request.headers:
            return super()._shown(request, limits)
        return wire_bytes(credential(Query("access_token"), request, limits))


def _configured(provider: Provider, *, allowed_origins: Iterable[str]) -> Provider:
    if isinstance(allowed_origins, str):
        raise ConfigError(f"cloudevents: allowed_origins= is a list: write [{allowed_origins!r}]")
    handshakes = tuple(granted(origin, signed=False) for origin in allowed_origins)
    return provider.replace(handshakes=handshakes)


cloudevents = Provider(
    name="cloudevents",
    display="CloudEvents",
    docs="https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md",
    scheme=_BearerOrQuery(),
    accepts=(
        JSON(media=("application/cloudevents+json",)),
        JSON(media=("application/cloudevents-batch+json",), batch=True),
        JSON(batch=True),
        Text(),
        Raw(),
    ),
    event_type=_Attribute("type"),
    event_id=_Attribute("id"),
    shared_ids=True,
    event_time=_Attribute("time"),
    time_unit="rfc3339",
    batch=_Events(),
    # The specification's word for a delivery that is processed, and has nothing to say.
    acknowledgement=Response(204),
    takes={
        "allowed_origins": "DNS names of the senders that may ask whether to send; without it none is told"
    },
    configure=_configured,
)
