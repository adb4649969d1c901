"""Notion.

Sources: https://developers.notion.com/reference/webhooks; hookdeck/webhook-skills:providers.yaml;
@notionhq/client (npm) 5.26.0: build/src/webhooks.js.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

notion = Provider(
    name="notion",
    display="Notion",
    docs="https://developers.notion.com/reference/webhooks",
    scheme=HMAC(signature=Header("X-Notion-Signature"), layout="sha256={signature}"),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    retries="up to 8 tries in about 24 h",
    signed_ids=True,
    unconfirmed=frozenset({"retries"}),
)
