"""Close CRM.

Sources: public connectors found by header name (agreeing on hex key, no separator);
https://developer.close.com/api/resources/webhooks.md (payload).
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

close = Provider(
    name="close",
    display="Close CRM",
    docs="https://developer.close.com/api/resources/webhooks.md",
    scheme=HMAC(
        signature=Header("close-sig-hash"),
        signs="{timestamp}{body}",
        key="hex",
        timestamp=Header("close-sig-timestamp"),
    ),
    event_type=Joined(Pointer("/event/object_type"), Pointer("/event/action")),
    event_id=Pointer("/event/id"),
    signed_ids=True,
    sure="third party",
    unconfirmed=frozenset({"tolerance"}),
)
