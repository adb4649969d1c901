"""Clerk (Svix).

Sources: https://docs.svix.com/receiving/verifying-payloads/how; PyPI svix: webhooks.py; PyPI
standardwebhooks; https://clerk.com/docs/guides/development/webhooks/overview.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import SVIX

clerk = Provider(
    name="clerk",
    display="Clerk (Svix)",
    docs="https://clerk.com/docs/guides/development/webhooks/overview",
    scheme=SVIX,
    event_type=Pointer("/type"),
    event_id=First(Header("svix-id"), Header("webhook-id")),
    delivery_id=First(Header("svix-id"), Header("webhook-id")),
    timeout=15,
    retries="Svix: immediately, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h",
    signed_ids=True,
)
