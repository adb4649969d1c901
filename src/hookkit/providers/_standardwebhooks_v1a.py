"""Standard Webhooks v1a (asymmetric).

Sources: standard-webhooks/standard-webhooks:spec/standard-webhooks.md.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Ed25519

standardwebhooks_v1a = Provider(
    name="standardwebhooks_v1a",
    display="Standard Webhooks v1a (asymmetric)",
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
    retries="as v1",
    signed_ids=True,
)
