"""Datadog.

A webhook there has headers of one's own, as JSON: put a token into one, such as
``{"X-Webhook-Token": "…"}``. Its payload is a template; event name and id are where the default one has
them, and `replace` says where another does.

Sources: https://docs.datadoghq.com/integrations/webhooks/;
https://docs.datadoghq.com/api/latest/webhooks-integration.
"""

from hookkit.formats import JSON, Form
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token


def _configured(provider: Provider, *, header: str) -> Provider:
    return provider.replace(scheme=Token(Header(header)))


datadog = Provider(
    name="datadog",
    display="Datadog",
    docs="https://docs.datadoghq.com/integrations/webhooks/",
    scheme=Token(Header("X-Webhook-Token")),
    accepts=(JSON(), Form()),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/id"),
    takes={"header": "the header with the token, where it is not X-Webhook-Token"},
    configure=_configured,
    timeout=15,
    retries="5 times, after a 5xx or where no connection comes about",
)
