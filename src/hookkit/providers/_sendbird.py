"""Sendbird.

Sources: vendor-style samples found by header name (HMAC with the API token).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sendbird = Provider(
    name="sendbird",
    display="Sendbird",
    scheme=HMAC(signature=Header("x-sendbird-signature")),
    event_type=Pointer("/category"),
    separator=":",
    sure="third party",
)
