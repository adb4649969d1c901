"""Kinde: the whole body is a token, and its claims are the event.

Sources: npm @kinde/webhooks: README, dist/main.d.ts, dist/webhooks.cjs.
"""

from hookkit.formats import JWS
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import PublishedJWT
from hookkit.values import replace


def _configured(provider: Provider, *, domain: str) -> Provider:
    # Never from the token's own issuer, which is whoever made it.
    keys_at = f"https://{domain}/.well-known/jwks.json"
    return provider.replace(scheme=replace(provider.scheme, keys_at=keys_at))


kinde = Provider(
    name="kinde",
    display="Kinde",
    scheme=PublishedJWT(
        token=Pointer(""),
        algorithms=("RS256",),
        required=("event_timestamp",),
        time="event_timestamp",
        unit="rfc3339",
        keys_at="https://DOMAIN/.well-known/jwks.json",
    ),
    accepts=(JWS(),),
    event_type=Pointer("/type"),
    event_id=Pointer("/event_id"),
    event_time=Pointer("/event_timestamp"),
    time_unit="rfc3339",
    needs={"domain": "of the account, such as example.kinde.com: whose keys are fetched"},
    configure=_configured,
    signed_ids=True,
    unique_bodies=True,
    further_gaps=(
        "the age: the time of the event is signed, and any is taken unless you give tolerance=",
    ),
)
