"""Standard Webhooks, version v1 (symmetric).

Read 2026-11: the specification at github.com/standard-webhooks/standard-webhooks,
spec/standard-webhooks.md.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import STANDARD_WEBHOOKS

standardwebhooks = Provider(
    name="standardwebhooks",
    display="Standard Webhooks",
    docs="https://www.standardwebhooks.com/",
    scheme=STANDARD_WEBHOOKS,
    event_type=Pointer("/type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    retries="up to the sender; the specification's example tries 10 times over some 3 days",
    retry_horizon=4 * 24 * 3600.0,
    signed_ids=True,
    unconfirmed=frozenset({"retry_horizon"}),
)
