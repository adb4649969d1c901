"""Circle v2 notifications (Wallets, Contracts, CPN payments, Gateway, StableFX).

Sources: https://developers.circle.com/cpn/guides/webhooks/verify-webhook-signatures;
hookdeck/webhook-skills:providers.yaml;
https://developers.circle.com/api-reference/verify-webhook-signatures.md.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import ECDSA

circle = Provider(
    name="circle",
    display="Circle v2 notifications (Wallets, Contracts, CPN payments, Gateway, StableFX)",
    docs="https://developers.circle.com/cpn/guides/webhooks/verify-webhook-signatures",
    scheme=ECDSA(signature=Header("X-Circle-Signature"), encoding="base64"),
    event_type=Pointer("/notificationType"),
    event_id=Pointer("/notificationId"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    handshakes=(Handshake(signed=False, asks=(), method="HEAD"),),
    key_id=Header("X-Circle-Key-Id"),
    retries=(
        "CPN production 11 retries: 1, 10, 30 s, 1, 15 min, 1, 3, 5, 6, 10, 11 h; test 6 "
        "retries (others not published)"
    ),
    signed_ids=True,
)
