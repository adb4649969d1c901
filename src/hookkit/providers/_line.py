"""LINE Messaging API.

Sources: line/line-bot-sdk-python:linebot/v3/webhook.py;
line/line-bot-sdk-python:tests/test_webhook.py;
https://developers.line.biz/en/docs/messaging-api/receiving-messages.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

line = Provider(
    name="line",
    display="LINE Messaging API",
    docs="https://developers.line.biz/en/docs/messaging-api/receiving-messages",
    scheme=HMAC(signature=Header("x-line-signature"), encoding="base64"),
    event_type=Pointer("/type"),
    event_id=Pointer("/webhookEventId"),
    event_time=Pointer("/timestamp"),
    time_unit="ms",
    batch=Pointer("/events"),
    retries="redelivery only when turned on in the console",
    signed_ids=True,
    unconfirmed=frozenset({"retries"}),
)
