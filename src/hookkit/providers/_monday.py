"""monday.com: webhooks of an app. Those that are made without an app's token are not signed.

Sources: https://developer.monday.com/api-reference/reference/webhooks;
https://developer.monday.com/apps/docs/authorization-header;
https://developer.monday.com/apps/changelog/clarification-on-retry-policies-for-webhooks-and-custom-actions.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, EqualsURL

monday = Provider(
    name="monday",
    display="monday.com",
    docs="https://developer.monday.com/api-reference/reference/webhooks",
    scheme=JWT(
        token=Header("Authorization"),
        claims=(EqualsURL("aud", optional=True),),
        required=("iat", "exp"),
    ),
    event_type=Pointer("/event/type"),
    event_id=Pointer("/event/triggerUuid"),
    handshakes=(
        Handshake(
            signed=False,
            asks=((Pointer("/challenge"), None),),
            echo=Pointer("/challenge"),
            field="challenge",
        ),
    ),
    separator="_",
    retries="once a minute for 30 minutes, for any answer but 200",
    retry_horizon=1800.0,
)
