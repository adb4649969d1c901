"""Svix.

Sources: https://docs.svix.com/receiving/verifying-payloads/how-manual;
https://docs.svix.com/retries; svix 2.9.1 (PyPI): svix/webhooks.py.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import SVIX

svix = Provider(
    name="svix",
    display="Svix",
    docs="https://docs.svix.com/receiving/verifying-payloads/how-manual",
    scheme=SVIX,
    event_type=First(Pointer("/type"), Pointer("/event_type"), Pointer("/eventType")),
    event_id=First(Header("svix-id"), Header("webhook-id")),
    delivery_id=First(Header("svix-id"), Header("webhook-id")),
    timeout=15,
    retries="8: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h",
    signed_ids=True,
)
