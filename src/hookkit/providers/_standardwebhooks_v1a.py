"""Standard Webhooks v1a (asymmetric).

Sources: standard-webhooks/standard-webhooks:spec/standard-webhooks.md;
https://www.standardwebhooks.com/.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Ed25519

standardwebhooks_v1a = Provider(
    name="standardwebhooks_v1a",
    display="Standard Webhooks v1a (asymmetric)",
    docs="https://www.standardwebhooks.com/",
    scheme=Ed25519(
        signature=Header("webhook-signature"),
        layout="v1a,{signature} ...",
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        prefix="whpk_",
        timestamp=Header("webhook-timestamp"),
        id=Header("webhook-id"),
    ),
    event_type=Pointer("/type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    retries="up to the sender; the specification's example tries 10 times over some 3 days",
    retry_horizon=4 * 24 * 3600.0,
    signed_ids=True,
    unconfirmed=frozenset({"retry_horizon"}),
)
