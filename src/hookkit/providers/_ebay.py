"""eBay notifications.

Sources: event-notification-nodejs-sdk (npm): lib/validator.js, lib/client.js, lib/constants.js;
https://developer.ebay.com/api-docs/buy/notification/resources/public_key/methods/getPublicKey.
"""

import json
from base64 import b64decode, b64encode
from hashlib import sha256

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, MalformedCredential
from hookkit.handshake import Handshake
from hookkit.messages import Request
from hookkit.places import Header, Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import ECDSA
from hookkit.schemes.accounts import ClientCredentials
from hookkit.schemes.published import KeyPage
from hookkit.schemes.template import Found
from hookkit.values import replace, value

SIGNATURE = Header("X-EBAY-SIGNATURE")
HOSTS = {"production": "api.ebay.com", "sandbox": "api.sandbox.ebay.com"}


def _member(text: bytes, name: str) -> object:
    """What this header says under a name: it is JSON in base64."""
    try:
        said = decode_json(b64decode(text, validate=True), standard_decoder)
    except (ValueError, BadBody):
        raise MalformedCredential from None
    return said.get(name) if isinstance(said, dict) else None


@value
class _KeyId:
    """The key's id, in the signature's header."""

    def find(self, request: Request, payload: object) -> object:
        try:
            return _member((SIGNATURE.find(request) or "").encode("latin-1"), "kid")
        except (MalformedCredential, UnicodeEncodeError):
            return None  # as a place does that finds nothing


@value
class _Envelope:
    """The header's layout. The algorithm in it is not read: a request does not choose that."""

    def read(self, text: bytes) -> Found:
        signature = _member(text, "signature")
        # There are many ways to write the same JSON and base64; one is eBay's.
        if not isinstance(signature, str) or b64encode(b64decode(text)) != text:
            raise MalformedCredential
        return {b"": [signature.encode("utf-8", "surrogatepass")]}

    def write(self, signature: str, timestamp: str) -> str:
        said = {"alg": "ecdsa", "kid": "hookkit", "signature": signature, "digest": "SHA1"}
        return b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()


def _challenge(verification_token: str, endpoint: str) -> Handshake:
    def proof(challenge: str, _secret: bytes) -> dict[str, str]:
        text = f"{challenge}{verification_token}{endpoint}"
        return {"challengeResponse": sha256(text.encode()).hexdigest()}

    code = Query("challenge_code")
    return Handshake(signed=False, asks=((code, None),), echo=code, computed=proof, method="GET")


def _configured(
    provider: Provider,
    *,
    verification_token: str | None = None,
    endpoint: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    environment: str = "production",
) -> Provider:
    if environment not in HOSTS:
        raise ConfigError(f"ebay: environment= is one of {', '.join(HOSTS)}")
    if (verification_token is None) is not (endpoint is None):
        raise ConfigError("ebay: verification_token= and endpoint= belong together: give both")
    if (client_id is None) is not (client_secret is None):
        raise ConfigError("ebay: client_id= and client_secret= belong together: give both")
    if verification_token is not None and endpoint is not None:
        provider = provider.replace(handshakes=(_challenge(verification_token, endpoint),))
    if client_id is None or client_secret is None:
        return provider
    host = HOSTS[environment]
    account = ClientCredentials(
        f"https://{host}/identity/v1/oauth2/token",
        client_id,
        client_secret,
        "https://api.ebay.com/oauth/api_scope",
    )
    page = f"https://{host}/commerce/notification/v1/public_key/{{id}}"
    published = KeyPage(page, Pointer("/key"), _KeyId(), account)
    return provider.replace(scheme=replace(provider.scheme, published=published))


ebay = Provider(
    name="ebay",
    display="eBay notification API",
    docs="https://developer.ebay.com/api-docs/buy/notification/resources/public_key/methods/getPublicKey",
    scheme=ECDSA(signature=SIGNATURE, layout=_Envelope(), encoding="base64", algorithm="sha1"),
    event_type=Pointer("/metadata/topic"),
    event_id=Pointer("/notification/notificationId"),
    key_id=_KeyId(),
    takes={
        "verification_token": "the token set beside the URL; without it the URL cannot be confirmed",
        "endpoint": "the URL as it is set at eBay, letter by letter",
        "client_id": "of your application, to get eBay's keys; without it, give them as secret=",
        "client_secret": "the same",
        "environment": "production, unless you say sandbox",
    },
    configure=_configured,
    further_gaps=("SHA-1, as eBay has no other",),
    signed_ids=True,
)
