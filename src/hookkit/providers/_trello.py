"""Trello.

Sources:
https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures;
hookdeck/webhook-skills:providers.yaml;
https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

trello = Provider(
    name="trello",
    display="Trello",
    docs="https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures",
    scheme=HMAC(
        signature=Header("x-trello-webhook"),
        algorithm="sha1",
        signs="{body}{url}",
        encoding="base64",
    ),
    event_type=Pointer("/action/type"),
    event_id=Pointer("/action/id"),
    event_time=Pointer("/action/date"),
    time_unit="rfc3339",
    handshakes=(Handshake(signed=False, asks=(), method="HEAD"),),
    retries="30, 60, 120 s",
    signed_ids=True,
    sure="third party",
    unconfirmed=frozenset({"retries"}),
)
