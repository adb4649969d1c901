"""LiveKit.

Sources: PyPI livekit-api: webhook.py, access_token.py; npm livekit-server-sdk.
"""

from hookkit.formats import JSON
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, Equals, HashOf, with_claims


def _configured(provider: Provider, *, issuer: str) -> Provider:
    return provider.replace(scheme=with_claims(provider.scheme, Equals("iss", issuer)))


livekit = Provider(
    name="livekit",
    display="LiveKit",
    scheme=JWT(
        token=Header("Authorization"),
        claims=(HashOf("sha256", encoding="base64"),),
        required=("exp",),
        time="nbf",
        leeway=60,
    ),
    accepts=(JSON(media=("application/webhook+json", "application/json")),),
    event_type=Pointer("/event"),
    event_id=Pointer("/id"),
    event_time=Pointer("/createdAt"),
    separator="_",
    needs={"issuer": "the API key that belongs to the secret"},
    configure=_configured,
    signed_ids=True,
)
