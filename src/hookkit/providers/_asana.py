"""Asana.

Asana makes the secret, one for each webhook, and sends it once, while the call that creates the webhook is
waiting. So `accept` is to take one then and at no other time: ``providers.asana.using(accept=…)``.

Sources: https://developers.asana.com/docs/webhooks-guide; asana 5.4.0 (PyPI): asana/api/webhooks_api.py.
"""

from hookkit.handshake import Accept, Handshake
from hookkit.messages import Request
from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.values import value

SECRET = Header("X-Hook-Secret")


@value
class _Events:
    """The array of events; a heartbeat has an empty one, or none."""

    def find(self, request: Request, payload: object) -> object:
        return [] if payload == {} else Pointer("/events").find(request, payload)

    def in_words(self) -> str:
        return "/events in the body"


def _configured(provider: Provider, *, accept: Accept) -> Provider:
    offered = Handshake(
        signed=False, asks=((SECRET, None),), echo=SECRET, header=SECRET.name, accept=accept
    )
    return provider.replace(handshakes=(offered,))


asana = Provider(
    name="asana",
    display="Asana",
    docs="https://developers.asana.com/docs/webhooks-guide",
    scheme=HMAC(signature=Header("X-Hook-Signature")),
    event_type=Joined(Pointer("/resource/resource_type"), Pointer("/action")),
    event_time=Pointer("/created_at"),
    time_unit="rfc3339",
    batch=_Events(),
    takes={
        "accept": "called with the secret that Asana has made and the request: keeps it and gives true while "
        "you create a webhook, and false at any other time; without it no webhook can be set up"
    },
    configure=_configured,
    timeout=10,
    retries="ever more slowly for 24 h, then the webhook is deleted",
    retry_horizon=24 * 3600.0,
)
