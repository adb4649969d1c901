"""Wise.

Sources: https://docs.wise.com/api-docs/features/webhooks-notifications;
https://docs.wise.com/api-docs/features/webhooks-notifications/event-handling;
https://docs.wise.com/webhooks-notifications.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA

wise = Provider(
    name="wise",
    display="Wise",
    docs="https://docs.wise.com/api-docs/features/webhooks-notifications",
    scheme=RSA(signature=Header("X-Signature-SHA256"), encoding="base64"),
    event_type=Pointer("/event_type"),
    delivery_id=Header("X-Delivery-Id"),  # another for each try
    unique_bodies=True,  # it says the object and when it changed
    event_time=Pointer("/sent_at"),
    time_unit="rfc3339",
    separator="#",
    timeout=5,
    retries=(
        "exponential from 1 min, doubling; after the 11th retry 14 more once a day (25 in "
        "all, about two weeks); Retry-After is honoured; 400 and some other statuses are "
        "tried 3 times at most"
    ),
)
