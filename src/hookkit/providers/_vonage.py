"""Vonage (Messages, Voice, Verify).

Sources: PyPI vonage-jwt: verify_jwt.py; https://developer.vonage.com/en/getting-started/concepts/webhooks.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, Claim, Equals, HashOf, with_claims

_TOKEN = Header("Authorization")


def _configured(provider: Provider, *, api_key: str) -> Provider:
    return provider.replace(scheme=with_claims(provider.scheme, Equals("api_key", api_key)))


vonage = Provider(
    name="vonage",
    display="Vonage (Messages, Voice, Verify)",
    docs="https://developer.vonage.com/en/getting-started/concepts/webhooks",
    # Vonage's own helpers look at the signature alone; the hash and the time are what it is worth.
    scheme=JWT(
        token=_TOKEN,
        word="Bearer",
        claims=(HashOf("payload_hash", only_with_body=True),),
        tolerance=300,
        id="jti",
    ),
    # Of a message's or call's progress; what comes in from outside says what kind it is.
    event_type=First(Pointer("/status"), Pointer("/event"), Pointer("/message_type")),
    event_id=Claim(_TOKEN, "/jti"),
    takes={"api_key": "of the account, which the token must then name"},
    configure=_configured,
    key_id=Claim(_TOKEN, "/api_key"),
    retries="Messages: for 24 h",
    signed_ids=True,
)
