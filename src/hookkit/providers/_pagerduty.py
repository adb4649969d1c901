"""PagerDuty v3.

Sources: PagerDuty/go-pagerduty:webhookv3/webhookv3.go;
PagerDuty/go-pagerduty:webhookv3/webhookv3_test.go;
https://developer.pagerduty.com/docs/webhooks/v3-overview/.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

pagerduty = Provider(
    name="pagerduty",
    display="PagerDuty v3",
    docs="https://developer.pagerduty.com/docs/webhooks/v3-overview/",
    scheme=HMAC(signature=Header("X-PagerDuty-Signature"), layout="v1={signature},..."),
    event_type=Pointer("/event/event_type"),
    event_id=Pointer("/event/id"),
    event_time=Pointer("/event/occurred_at"),
    time_unit="rfc3339",
    timeout=5,
    retries=(
        "retried with back-off up to 10 times; 5xx or timeout; the subscription is turned off "
        "after repeated failure"
    ),
    signed_ids=True,
    unconfirmed=frozenset({"retries", "timeout"}),
)
