"""Linear.

Sources: https://linear.app/developers/webhooks;
https://developers.linear.app/docs/graphql/webhooks; @linear/sdk (npm): dist/webhooks.
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

linear = Provider(
    name="linear",
    display="Linear",
    docs="https://linear.app/developers/webhooks",
    scheme=HMAC(
        signature=Header("Linear-Signature"),
        timestamp=Pointer("/webhookTimestamp"),
        unit="ms",
        tolerance=60,
    ),
    event_type=Joined(Pointer("/type"), Pointer("/action")),
    delivery_id=Header("Linear-Delivery"),
    changes_each_try=("/webhookTimestamp",),
    timeout=5,
    retries="1 + 3 retries: 1 min, 1 h, 6 h",
)
