"""Xero.

Sources: https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/;
hookdeck/webhook-skills:providers.yaml;
https://developer.xero.com/documentation/webhooks/configuring-your-server.
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

xero = Provider(
    name="xero",
    display="Xero",
    docs="https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
    scheme=HMAC(signature=Header("x-xero-signature"), encoding="base64"),
    event_type=Joined(Pointer("/eventCategory"), Pointer("/eventType")),
    event_time=Pointer("/eventDateUtc"),
    time_unit="rfc3339",
    batch=Pointer("/events"),
    refusal=b"",
    timeout=5,
    retries="growing waits up to 24 h, then disabled",
)
