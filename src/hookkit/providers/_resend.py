"""Resend (Svix).

Sources: https://docs.svix.com/receiving/verifying-payloads/how; PyPI svix: webhooks.py; PyPI
standardwebhooks; https://resend.com/docs/webhooks/retries-and-replays.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import SVIX

resend = Provider(
    name="resend",
    display="Resend (Svix)",
    docs="https://resend.com/docs/webhooks/retries-and-replays",
    scheme=SVIX,
    event_type=Pointer("/type"),
    event_id=First(Header("svix-id"), Header("webhook-id")),
    delivery_id=First(Header("svix-id"), Header("webhook-id")),
    timeout=15,
    retries="at once, then 5 s, 5 min, 30 min, 2, 5, 10 and 10 h after the one before",
    signed_ids=True,
    unconfirmed=frozenset({"timeout"}),
)
