"""GoCardless.

Sources: PyPI gocardless_pro: webhooks.py;
https://developer.gocardless.com/getting-started/partners/staying-up-to-date-with-webhooks/;
https://support.gocardless.com/hc/en-nz/articles/360000989989-Webhook-retries-failures (10 s, 8
times).
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

gocardless = Provider(
    name="gocardless",
    display="GoCardless",
    docs="https://developer.gocardless.com/getting-started/partners/staying-up-to-date-with-webhooks/",
    scheme=HMAC(signature=Header("Webhook-Signature")),
    event_type=Joined(Pointer("/resource_type"), Pointer("/action")),
    event_id=Pointer("/id"),
    delivery_id=Pointer("/meta/webhook_id"),
    event_time=Pointer("/created_at"),
    time_unit="rfc3339",
    batch=Pointer("/events"),
    timeout=10,
    retries="up to 8 more times, ever more slowly: after 1, 2, 10 minutes and so on",
    signed_ids=True,
)
