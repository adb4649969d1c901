"""Svix.

Sources: https://docs.svix.com/receiving/verifying-payloads/how-manual;
https://docs.svix.com/retries; svix 2.9.1 (PyPI): svix/webhooks.py.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

svix = Provider(
    name="svix",
    display="Svix",
    docs="https://docs.svix.com/receiving/verifying-payloads/how-manual",
    scheme=HMAC(
        signature=First(Header("svix-signature"), Header("webhook-signature")),
        timestamp=First(Header("svix-timestamp"), Header("webhook-timestamp")),
        id=First(Header("svix-id"), Header("webhook-id")),
        layout="v1,{signature} ...",
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        key="whsec",
    ),
    event_type=First(Pointer("/type"), Pointer("/event_type"), Pointer("/eventType")),
    event_id=First(Header("svix-id"), Header("webhook-id")),
    delivery_id=First(Header("svix-id"), Header("webhook-id")),
    timeout=15,
    retries="8: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h",
    signed_ids=True,
)
