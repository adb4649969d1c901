"""Circle v2 notifications (Wallets, Contracts, CPN payments, Gateway, StableFX).

Sources: https://developers.circle.com/cpn/guides/webhooks/verify-webhook-signatures;
hookdeck/webhook-skills:providers.yaml;
https://developers.circle.com/api-reference/verify-webhook-signatures.md.
"""

from hookkit.errors import ConfigError
from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import ECDSA
from hookkit.schemes.accounts import ApiKey
from hookkit.schemes.published import KeyPage
from hookkit.values import replace

KEY_ID = Header("X-Circle-Key-Id")

PAGES = {
    "wallets": "https://api.circle.com/v2/notifications/publicKey/{id}",
    "cpn": "https://api.circle.com/v2/cpn/notifications/publicKey/{id}",
    "stablefx": "https://api.circle.com/v2/stablefx/notifications/publicKey/{id}",
}
"""By product: where its keys are. Wallets' serve Contracts as well."""


def _configured(provider: Provider, *, api_key: str, product: str = "wallets") -> Provider:
    if product not in PAGES:
        raise ConfigError(f"circle: product= is one of {', '.join(PAGES)}")
    page = KeyPage(PAGES[product], Pointer("/data/publicKey"), KEY_ID, ApiKey(api_key))
    return provider.replace(scheme=replace(provider.scheme, published=page))


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
    key_id=KEY_ID,
    takes={
        "api_key": "of your account, to get Circle's keys; without it, give them as secret=",
        "product": "whose keys: wallets (unless you say otherwise), cpn or stablefx",
    },
    configure=_configured,
    retries=(
        "CPN production 11 retries: 1, 10, 30 s, 1, 15 min, 1, 3, 5, 6, 10, 11 h; test 6 "
        "retries (others not published)"
    ),
    signed_ids=True,
)
