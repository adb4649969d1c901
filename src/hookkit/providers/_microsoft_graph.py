"""Microsoft Graph change notifications.

Sources: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks;
microsoftgraph/microsoft-graph-docs-contrib: concepts/change-notifications-delivery-webhooks.md.
"""

from hookkit.handshake import Handshake
from hookkit.messages import Response
from hookkit.places import First, Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import Token
from hookkit.schemes.each import EachItem

microsoft_graph = Provider(
    name="microsoft_graph",
    display="Microsoft Graph change notifications",
    docs="https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
    # The clientState that was given when the subscription was made.
    scheme=EachItem(Pointer("/value"), Token(Pointer("/clientState"))),
    # What becomes of the subscription itself comes in the same shape.
    event_type=First(Pointer("/lifecycleEvent"), Pointer("/changeType")),
    event_id=Pointer("/id"),
    batch=Pointer("/value"),
    handshakes=(
        Handshake(
            signed=False,
            asks=((Query("validationToken"), None),),
            echo=Query("validationToken"),
        ),
    ),
    acknowledgement=Response(202),
    timeout=10,
    retries="ever more slowly, for up to 4 h",
    retry_horizon=4 * 3600.0,
    further_gaps=(
        "the tokens in validationTokens of rich notifications: they are not looked at, and "
        "encryptedContent is handed over as it came",
    ),
)
