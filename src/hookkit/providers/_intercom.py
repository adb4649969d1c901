"""Intercom.

Sources: https://developers.intercom.com/docs/webhooks/webhook-notifications;
https://developers.intercom.com/docs/webhooks/setting-up-webhooks.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

intercom = Provider(
    name="intercom",
    display="Intercom",
    docs="https://developers.intercom.com/docs/webhooks/webhook-notifications",
    scheme=HMAC(signature=Header("X-Hub-Signature"), layout="sha1={signature}", algorithm="sha1"),
    event_type=Pointer("/topic"),
    event_id=Pointer("/id"),
    event_time=Pointer("/first_sent_at"),
    handshakes=(Handshake(signed=False, asks=(), method="HEAD"),),
    timeout=5,
    retries="2 (one retry after 1 minute; /delivery_attempts counts)",
    signed_ids=True,
    unconfirmed=frozenset({"retries", "timeout"}),
)
