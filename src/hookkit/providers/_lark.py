"""Lark, or Feishu: events, encrypted or plain.

Sources: lark-oapi 1.7.5 (PyPI): event/dispatcher_handler.py and core/utils/decryptor.py;
@larksuiteoapi/node-sdk (npm).
"""

import binascii
import json
from base64 import b64decode, b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import Any, ClassVar

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, MalformedCredential, WrongCredential
from hookkit.extras import needed
from hookkit.handshake import Handshake
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token, Verdict
from hookkit.schemes.digest import Digest
from hookkit.values import field, replace, value

BLOCK = 16
"""Bytes; as many come first, to start from."""

# Events of version 2; events of version 1, and the question at set-up.
_TOKEN = First(Pointer("/header/token"), Pointer("/token"))
_TYPE = First(Pointer("/header/event_type"), Pointer("/event/type"), Pointer("/type"))
_QUESTION = "url_verification"


@value(kw_only=True)
class _Encrypted(Digest):
    """A hash with the encrypt key in it; after it fits, and never before, the body is decrypted with that.

    Args:
        verification_token: what the decrypted body has to show, where it shows one; and a question has to.
    """

    extra: ClassVar[str] = "crypto"

    verification_token: str | None = field(default=None, repr=False)

    def prepare(self, secret: bytes) -> bytes:
        _ciphers()
        return secret

    def verify(
        self, request: Request, keys: tuple[bytes, ...], now: float, limits: Limits
    ) -> Verdict:
        verdict = super().verify(request, keys, now, limits)
        plain = _decrypted(request.body, keys[verdict.key])
        self._check_token(request, plain)
        return Verdict(verdict.key, verdict.timestamp, verdict.age, plain)

    def sign(self, request: Request, key: bytes, now: float, message_id: str) -> Request:
        start = sha256(message_id.encode() + request.body).digest()[:BLOCK]
        request = request.replace(body=_encrypted(request.body, key, start))
        return super().sign(request, key, now, message_id)

    def _check_token(self, request: Request, plain: bytes) -> None:
        """Raises WrongCredential."""
        if self.verification_token is None:
            return
        try:
            payload = decode_json(plain, standard_decoder)
        except BadBody:
            return  # no JSON shows a token; the parser says the rest
        token = _TOKEN.find(request, payload)
        if token is None and _TYPE.find(request, payload) != _QUESTION:
            return
        shown = token.encode() if isinstance(token, str) else b""
        if not compare_digest(shown, self.verification_token.encode()):
            raise WrongCredential


def _ciphers() -> Any:
    return needed("cryptography.hazmat.primitives.ciphers", "crypto", "lark's encryption")


def _cipher(key: bytes, start: bytes) -> Any:
    ciphers = _ciphers()
    return ciphers.Cipher(ciphers.algorithms.AES(sha256(key).digest()), ciphers.modes.CBC(start))


def _padding() -> Any:
    from cryptography.hazmat.primitives.padding import PKCS7

    return PKCS7(8 * BLOCK)


def _decrypted(body: bytes, key: bytes) -> bytes:
    """The body in the clear, as it is where it came so. Raises MalformedCredential."""
    try:
        payload = decode_json(body, standard_decoder)
        text = payload.get("encrypt") if isinstance(payload, dict) else None
        if not isinstance(text, str):
            return body
        sent = b64decode(text, validate=True)
        decryptor = _cipher(key, sent[:BLOCK]).decryptor()
        padded = decryptor.update(sent[BLOCK:]) + decryptor.finalize()
        unpadder = _padding().unpadder()
        plain: bytes = unpadder.update(padded) + unpadder.finalize()
    except (BadBody, ValueError, binascii.Error):
        raise MalformedCredential from None
    return plain


def _encrypted(body: bytes, key: bytes, start: bytes) -> bytes:
    padder = _padding().padder()
    padded = padder.update(body) + padder.finalize()
    encryptor = _cipher(key, start).encryptor()
    sent = start + encryptor.update(padded) + encryptor.finalize()
    return json.dumps({"encrypt": b64encode(sent).decode()}, separators=(",", ":")).encode()


_SCHEME = _Encrypted(
    signature=Header("X-Lark-Signature"),
    signs="{timestamp}{id}{secret}{body}",
    timestamp=Header("X-Lark-Request-Timestamp"),
    id=Header("X-Lark-Request-Nonce"),
)


def _configured(
    provider: Provider, *, mode: str = "encrypted", verification_token: str | None = None
) -> Provider:
    if mode == "encrypted":
        return provider.replace(scheme=replace(_SCHEME, verification_token=verification_token))
    if mode == "plain" and verification_token is None:
        return provider.replace(scheme=Token(_TOKEN))
    raise ConfigError(
        'lark: mode= is "encrypted" or "plain"; in plain mode, secret= is the verification token'
    )


lark = Provider(
    name="lark",
    display="Lark / Feishu events",
    scheme=_SCHEME,
    event_type=_TYPE,
    event_id=First(Pointer("/header/event_id"), Pointer("/uuid")),
    event_time=Pointer("/header/create_time"),
    time_unit="ms",
    handshakes=(
        Handshake(
            signed=True,
            asks=((Pointer("/type"), _QUESTION),),
            echo=Pointer("/challenge"),
            field="challenge",
        ),
    ),
    takes={
        "verification_token": "checked beside the encrypt key, which secret= is",
        "mode": "plain, where no encrypt key is set at Lark: then secret= is the verification token",
    },
    configure=_configured,
    signed_ids=True,
)
