"""Front (application webhooks).

Sources: webhookdb: v1 Front install spec; public receivers;
https://dev.frontapp.com/docs/application-webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

front = Provider(
    name="front",
    display="Front (application webhooks)",
    docs="https://dev.frontapp.com/docs/application-webhooks",
    scheme=HMAC(
        signature=Header("X-Front-Signature"),
        signs="{timestamp}:{body}",
        encoding="base64",
        timestamp=Header("X-Front-Request-Timestamp"),
        unit="s-or-ms",  # milliseconds by its page, seconds by public receivers
    ),
    event_type=Pointer("/type"),
    sure="third party",
    unconfirmed=frozenset({"tolerance"}),
)
