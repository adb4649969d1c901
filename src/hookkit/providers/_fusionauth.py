"""FusionAuth. The secret is the public key in PEM; or none, with ``using(url=…)``, to fetch its keys.

Sources: FusionAuth's example app with tests (verify-webhook-signature); hookdeck/webhook-skills.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, HashOf, PublishedJWT
from hookkit.values import replace

_TOKEN = Header("X-FusionAuth-Signature-JWT")
_CLAIMS = (HashOf("request_body_sha256", encoding="base64"),)


def _configured(provider: Provider, *, url: str = "", algorithm: str = "RS256") -> Provider:
    if not url:
        return provider.replace(scheme=replace(provider.scheme, algorithms=(algorithm,)))
    keys_at = f"{url.rstrip('/')}/.well-known/jwks.json"
    fetching = PublishedJWT(token=_TOKEN, algorithms=(algorithm,), claims=_CLAIMS, keys_at=keys_at)
    return provider.replace(scheme=fetching)


fusionauth = Provider(
    name="fusionauth",
    display="FusionAuth",
    scheme=JWT(token=_TOKEN, algorithms=("RS256",), claims=_CLAIMS),
    event_type=Pointer("/event/type"),
    event_id=Pointer("/event/id"),
    event_time=Pointer("/event/createInstant"),
    time_unit="ms",
    takes={
        "url": "of the instance, to fetch its public keys where no secret is given",
        "algorithm": "of the key that is set for signing, such as ES256 or HS256; RS256 otherwise",
    },
    configure=_configured,
    signed_ids=True,
)
