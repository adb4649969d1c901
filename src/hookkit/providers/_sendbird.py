"""Sendbird.

Sources: vendor-style samples found by header name (HMAC with the API token);
https://docs.sendbird.com/docs/business-messaging/guide/v1/settings/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sendbird = Provider(
    name="sendbird",
    display="Sendbird",
    docs="https://docs.sendbird.com/docs/business-messaging/guide/v1/settings/webhooks",
    scheme=HMAC(signature=Header("x-sendbird-signature")),
    event_type=Pointer("/category"),
    separator=":",
    sure="third party",
)
