"""Customer.io reporting webhooks.

Sources: public receivers found by header name citing customer.io/docs
webhooks-action#securely-verify-requests; https://docs.customer.io/api/webhooks (timeouts).
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

customerio = Provider(
    name="customerio",
    display="Customer.io reporting webhooks",
    docs="https://docs.customer.io/api/webhooks",
    scheme=HMAC(
        signature=Header("X-CIO-Signature"),
        signs="v0:{timestamp}:{body}",
        timestamp=Header("X-CIO-Timestamp"),
    ),
    event_type=Joined(Pointer("/object_type"), Pointer("/metric"), by=":"),
    event_id=Pointer("/event_id"),
    separator=":",
    timeout=4,
    signed_ids=True,
    sure="third party",
    unconfirmed=frozenset({"tolerance"}),
)
