"""Notion.

Notion makes the secret, and sends it once, unsigned, when a subscription is created; whoever creates it
pastes it back there. To be sent it, ``providers.notion.using(accept=…)``.

Sources: https://developers.notion.com/reference/webhooks; hookdeck/webhook-skills:providers.yaml;
@notionhq/client (npm) 5.26.0: build/src/webhooks.js.
"""

from hookkit.handshake import Accept, Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

TOKEN = Pointer("/verification_token")


def _configured(provider: Provider, *, accept: Accept) -> Provider:
    offered = Handshake(signed=False, asks=((TOKEN, None),), echo=TOKEN, accept=accept)
    return provider.replace(handshakes=(offered,))


notion = Provider(
    name="notion",
    display="Notion",
    docs="https://developers.notion.com/reference/webhooks",
    scheme=HMAC(signature=Header("X-Notion-Signature"), layout="sha256={signature}"),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    takes={
        "accept": "called with the verification token, which is the secret, and the request: keeps it "
        "and gives true while you create a subscription, else false; without it the token is a 401"
    },
    configure=_configured,
    retries="up to 8 tries in about 24 h",
    signed_ids=True,
    unconfirmed=frozenset({"retries"}),
)
