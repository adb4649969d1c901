"""QuickNode Streams / webhooks.

Sources: https://www.quicknode.com/sample-app-library/streams-webhook-validate-signature;
https://www.quicknode.com/guides/quicknode-products/streams/validating-incoming-streams-webhook-messages.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

quicknode = Provider(
    name="quicknode",
    display="QuickNode Streams / webhooks",
    docs="https://www.quicknode.com/sample-app-library/streams-webhook-validate-signature",
    scheme=HMAC(
        signature=Header("X-QN-Signature"),
        signs="{header:X-QN-Nonce}{timestamp}{body}",
        timestamp=Header("X-QN-Timestamp"),
    ),
    signed_ids=True,
    unconfirmed=frozenset({"tolerance"}),
)
