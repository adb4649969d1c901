"""Azure Event Grid, in its own schema and in CloudEvents'.

The secret is a parameter of the endpoint's URL, ``code`` as Azure Functions call it; for another name
``.replace(scheme=Token(Query("token")))``. Both questions at set-up come to the same URL, and so with it.

Sources: https://learn.microsoft.com/en-us/azure/event-grid/webhook-event-delivery;
https://learn.microsoft.com/en-us/azure/event-grid/end-point-validation-event-grid-events-schema;
MicrosoftDocs/azure-docs: articles/event-grid/delivery-and-retry.md.
"""

from hookkit.formats import JSON
from hookkit.handshake import Handshake
from hookkit.messages import Request
from hookkit.places import First, Header, Pointer, Query
from hookkit.provider import Provider
from hookkit.providers._webhook_origin import granted
from hookkit.schemes import Token
from hookkit.values import value


@value
class _Events:
    """An array, but for a single CloudEvent."""

    def find(self, request: Request, payload: object) -> object:
        return payload if isinstance(payload, list) else [payload]

    def in_words(self) -> str:
        return "the body, or the items of its array"


azure_event_grid = Provider(
    name="azure_event_grid",
    display="Azure Event Grid",
    docs="https://learn.microsoft.com/en-us/azure/event-grid/webhook-event-delivery",
    scheme=Token(Query("code")),
    accepts=(
        JSON(batch=True),
        JSON(media=("application/cloudevents+json",)),
        JSON(media=("application/cloudevents-batch+json",), batch=True),
    ),
    event_type=First(Pointer("/eventType"), Pointer("/type")),
    event_id=Pointer("/id"),
    event_time=First(Pointer("/eventTime"), Pointer("/time")),
    time_unit="rfc3339",
    batch=_Events(),
    handshakes=(
        Handshake(
            signed=True,
            asks=((Header("aeg-event-type"), "SubscriptionValidation"),),
            # Calling its validationUrl would do as well; but anyone may have written that URL.
            echo=Pointer("/0/data/validationCode"),
            field="validationResponse",
        ),
        granted(None, signed=True),
    ),
    timeout=30,
    retries=(
        "after 10 s, 30 s, 1, 5, 10 and 30 min, 1, 3 and 6 h, then every 12 h, up to 24 h or 30 attempts; "
        "not after a 400, 401 or 413"
    ),
    retry_horizon=24 * 3600.0,
)
