"""Meta (Graph API, WhatsApp, Messenger, Instagram).

Sources: https://developers.facebook.com/docs/graph-api/webhooks/getting-started;
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint;
https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Joined, Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import HMAC


def _configured(provider: Provider, *, verify_token: str) -> Provider:
    mode = Query("hub.mode")
    confirmed = Handshake(
        signed=False,
        asks=((mode, "subscribe"),),
        token=(Query("hub.verify_token"), verify_token),
        echo=Query("hub.challenge"),
        method="GET",
    )
    refused = Handshake(signed=False, asks=((mode, None),), method="GET", status=403)
    return provider.replace(handshakes=(confirmed, refused))


meta = Provider(
    name="meta",
    display="Meta (Graph API, WhatsApp, Messenger, Instagram)",
    docs="https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    scheme=HMAC(signature=Header("X-Hub-Signature-256"), layout="sha256={signature}"),
    event_type=Joined(Pointer("/object"), Pointer("/entry/0/changes/0/field")),
    # Of the first message in it; what comes with that is told by the body.
    event_id=Pointer("/entry/0/changes/0/value/messages/0/id"),
    takes={"verify_token": "the token set beside the URL; without it the URL cannot be confirmed"},
    configure=_configured,
    retries="at once, then a few more with growing waits over 36 h; WhatsApp: up to 7 days",
    signed_ids=True,
    shared_ids=True,
)
