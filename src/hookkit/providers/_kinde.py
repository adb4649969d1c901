"""Kinde: the whole body is a token, and its claims are the event.

Sources: npm @kinde/webhooks: README, dist/main.d.ts, dist/webhooks.cjs.
"""

from hookkit.formats import JWS
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, PublishedJWT
from hookkit.values import fields

_TOKEN = JWT(
    token=Pointer(""),
    algorithms=("RS256",),
    required=("event_timestamp",),
    time="event_timestamp",
    unit="rfc3339",
)


def _configured(provider: Provider, *, domain: str) -> Provider:
    # Never from the token's own issuer, which is whoever made it.
    declared = {each.name: getattr(_TOKEN, each.name) for each in fields(_TOKEN) if each.init}
    keys_at = f"https://{domain}/.well-known/jwks.json"
    return provider.replace(scheme=PublishedJWT(**declared, keys_at=keys_at))


kinde = Provider(
    name="kinde",
    display="Kinde",
    scheme=_TOKEN,
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
