"""BigCommerce.

Standard Webhooks, but for the key: that is the bytes of the app's client secret as it stands. The page
encodes it in base64 only because the libraries decode it again.

Sources: https://docs.bigcommerce.com/developer/docs/integrations/webhooks/https;
bigcommerce/docs: docs/integrations/webhooks/https-webhook-overview.mdx.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import STANDARD_WEBHOOKS
from hookkit.values import replace

bigcommerce = Provider(
    name="bigcommerce",
    display="BigCommerce",
    docs="https://docs.bigcommerce.com/developer/docs/integrations/webhooks/https",
    scheme=replace(STANDARD_WEBHOOKS, key="text"),
    event_type=Pointer("/scope"),
    # Of what the body says: the next change of the same thing may say no more.
    event_id=Pointer("/hash"),
    delivery_id=Header("webhook-id"),
    event_time=Pointer("/created_at"),
    separator="/",
    retries="after 1, 3, 5, 10, 15 and 30 minutes, 1, 2, 6, 14 and 24 h; then deactivated",
    retry_horizon=48 * 3600.0,
    signed_ids=True,
    shared_ids=True,
)
