"""Anthropic (beta webhooks).

Sources: npm @anthropic-ai/sdk: src/resources/beta/webhooks.ts (standardwebhooks);
https://platform.claude.com/docs/en/api/ruby/beta/webhooks/unwrap.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.standard import STANDARD_WEBHOOKS

anthropic = Provider(
    name="anthropic",
    display="Anthropic (beta webhooks)",
    docs="https://platform.claude.com/docs/en/api/ruby/beta/webhooks/unwrap",
    scheme=STANDARD_WEBHOOKS,
    event_type=Pointer("/type"),
    event_id=Header("webhook-id"),
    delivery_id=Header("webhook-id"),
    signed_ids=True,
)
