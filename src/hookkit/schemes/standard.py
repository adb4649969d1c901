"""Standard Webhooks' v1, which many senders share, and Svix's older names for the same headers."""

from hookkit.places import First, Header
from hookkit.schemes.mac import HMAC

__all__ = ["STANDARD_WEBHOOKS", "SVIX"]

STANDARD_WEBHOOKS = HMAC(
    signature=Header("webhook-signature"),
    layout="v1,{signature} ...",
    signs="{id}.{timestamp}.{body}",
    encoding="base64",
    key="whsec",
    timestamp=Header("webhook-timestamp"),
    id=Header("webhook-id"),
)

SVIX = HMAC(
    signature=First(Header("svix-signature"), Header("webhook-signature")),
    layout="v1,{signature} ...",
    signs="{id}.{timestamp}.{body}",
    encoding="base64",
    key="whsec",
    timestamp=First(Header("svix-timestamp"), Header("webhook-timestamp")),
    id=First(Header("svix-id"), Header("webhook-id")),
)
