"""Fireblocks.

Sources: https://developers.fireblocks.com/reference/validating-webhooks.md;
skills.sh hookdeck/webhook-skills fireblocks-webhooks (RS512).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, MalformedCredential
from hookkit.messages import Request
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA
from hookkit.schemes.asymmetric import KeyPair
from hookkit.schemes.published import JWKS
from hookkit.schemes.template import Found
from hookkit.values import replace, value

SIGNATURE = Header("Fireblocks-Webhook-Signature")

KEYS = {
    name: f"https://{name}keys.fireblocks.io/.well-known/jwks.json"
    for name in ("", "eu-", "eu2-", "sandbox-")
}
ENVIRONMENTS = {"us": KEYS[""], "eu": KEYS["eu-"], "eu2": KEYS["eu2-"], "sandbox": KEYS["sandbox-"]}


def _unpadded(text: bytes) -> bytes:
    return urlsafe_b64encode(text).rstrip(b"=")


OWN = _unpadded(b'{"alg":"RS512","kid":"hookkit"}').decode()
"""Head of the tokens that are signed here."""


def _parts(token: str) -> tuple[str, str]:
    """Head and signature of a token whose payload is elsewhere (RFC 7515 appendix F)."""
    parts = token.split(".")
    if len(parts) != 3 or parts[1]:
        raise MalformedCredential
    return parts[0], parts[2]


def _head(token: str) -> dict[str, object]:
    text = _parts(token)[0]
    try:
        head = decode_json(urlsafe_b64decode(text + "=" * (-len(text) % 4)), standard_decoder)
    except (ValueError, BadBody):
        raise MalformedCredential from None
    # An extension that must be understood (section 4.1.11) is none that is understood here.
    if not isinstance(head, dict) or head.get("alg") != "RS512" or "crit" in head:
        raise MalformedCredential
    return head


@value
class _KeyId:
    """The key's id, in the token's head."""

    def find(self, request: Request, payload: object) -> object:
        try:
            return _head(SIGNATURE.find(request) or "").get("kid")
        except MalformedCredential:
            return None  # as a place does that finds nothing


@value
class _Token:
    """The token's layout: its last part is the signature."""

    def read(self, text: bytes) -> Found:
        return {b"": [_parts(text.decode("latin-1"))[1].encode("latin-1")]}

    def write(self, signature: str, timestamp: str) -> str:
        return f"{OWN}..{signature}"


@value
class _SignedText:
    """The token's head as it was sent, and the body in the place of its payload."""

    def covers(self, part: str) -> bool:
        return part == "body"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        token = SIGNATURE.find(request) or ""
        _head(token)
        return [_parts(token)[0].encode("latin-1"), b".", _unpadded(request.body)]


@value(kw_only=True)
class _Detached(RSA):
    """A token (JWS) beside its payload."""

    def sign(self, request: Request, key: KeyPair, now: float, message_id: str) -> Request:
        return super().sign(request.with_header(SIGNATURE.name, f"{OWN}.."), key, now, message_id)


def _configured(provider: Provider, *, environment: str) -> Provider:
    if environment not in ENVIRONMENTS:
        raise ConfigError(f"fireblocks: environment= is one of {', '.join(ENVIRONMENTS)}")
    published = JWKS(ENVIRONMENTS[environment], _KeyId())
    return provider.replace(scheme=replace(provider.scheme, published=published))


fireblocks = Provider(
    name="fireblocks",
    display="Fireblocks",
    docs="https://developers.fireblocks.com/reference/validating-webhooks.md",
    scheme=_Detached(
        signature=SIGNATURE,
        layout=_Token(),
        signs=_SignedText(),
        algorithm="sha512",
        encoding="base64url-unpadded",
        published=JWKS(ENVIRONMENTS["us"], _KeyId()),
    ),
    event_type=Pointer("/eventType"),
    event_id=Pointer("/id"),
    event_time=Pointer("/createdAt"),
    time_unit="ms",
    key_id=_KeyId(),
    takes={"environment": "of the workspace: us (unless you say otherwise), eu, eu2 or sandbox"},
    configure=_configured,
    signed_ids=True,
)
