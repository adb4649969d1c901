"""Ghost.

Sources: TryGhost/Ghost:ghost/core/core/server/services/webhooks/webhook-trigger.js;
https://ghost.org/docs/webhooks/.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

ghost = Provider(
    name="ghost",
    display="Ghost",
    docs="https://ghost.org/docs/webhooks/",
    scheme=HMAC(
        signature=Header("X-Ghost-Signature"),
        layout="sha256={signature}, t={timestamp}",
        signs="{body}{timestamp}",
        unit="ms",
    ),
    timeout=2,
    retries="5 retries; status 410 deletes the webhook; timeout 2 s",
    unconfirmed=frozenset({"tolerance"}),
)
