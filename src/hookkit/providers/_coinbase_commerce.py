"""Coinbase Commerce.

Sources: npm coinbase-commerce-node: lib/Webhook.js;
https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview and webhooks-fields.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

coinbase_commerce = Provider(
    name="coinbase_commerce",
    display="Coinbase Commerce",
    docs="https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview",
    scheme=HMAC(signature=Header("X-CC-Webhook-Signature")),
    event_type=Pointer("/event/type"),
    event_id=Pointer("/event/id"),
    # /id is a number by the older pages and a text by the newer, and nothing needs it.
    event_time=Pointer("/event/created_at"),
    time_unit="rfc3339",
    separator=":",
    retries="ever more slowly for up to 3 days, at least once an hour",
    retry_horizon=3 * 24 * 3600.0,
    signed_ids=True,
)
