"""GoCardless.

Sources: PyPI gocardless_pro: webhooks.py.
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

gocardless = Provider(
    name="gocardless",
    display="GoCardless",
    scheme=HMAC(signature=Header("Webhook-Signature")),
    event_type=Joined(Pointer("/resource_type"), Pointer("/action")),
    event_id=Pointer("/id"),
    delivery_id=Pointer("/meta/webhook_id"),
    event_time=Pointer("/created_at"),
    time_unit="rfc3339",
    batch=Pointer("/events"),
    retries="up to 8 tries, growing",
    signed_ids=True,
    unconfirmed=frozenset({"retries"}),
)
