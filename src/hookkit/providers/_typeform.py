"""Typeform.

Sources: https://www.typeform.com/developers/webhooks/secure-your-webhooks/;
https://www.typeform.com/developers/webhooks/.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

typeform = Provider(
    name="typeform",
    display="Typeform",
    docs="https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
    scheme=HMAC(
        signature=Header("Typeform-Signature"), layout="sha256={signature}", encoding="base64"
    ),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/event_id"),
    separator="_",
    timeout=30,
    retries=(
        "404 or 410: none, disabled at once; 408, 423, 429, 503: every 2-3 minutes for 10 h; "
        "any other: back-off after 5, 10, 20, 60, 120 min (newer text adds 3 and 4 h)"
    ),
    signed_ids=True,
)
