"""RevenueCat.

Sources: https://www.revenuecat.com/docs/webhooks/; skills.sh revenuecat/ai-toolkit rc-webhooks
(X-RevenueCat-Signature exists, scheme not seen).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

revenuecat = Provider(
    name="revenuecat",
    display="RevenueCat",
    docs="https://www.revenuecat.com/docs/webhooks/",
    scheme=Token(Header("Authorization")),
    event_type=Pointer("/event/type"),
    event_id=Pointer("/event/id"),
    separator="_",
)
