"""Braintree.

Sources: braintree 4.48.0 (PyPI): webhook_notification_gateway.py and util/crypto.py.
"""

import hmac
import re
from hashlib import sha1

from hookkit.errors import BadChallenge, WrongCredential
from hookkit.formats import FORM_MEDIA, XML, Form
from hookkit.handshake import Handshake
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import HMAC, Verdict
from hookkit.schemes.mac import Keyed
from hookkit.values import replace, value

_challenge = re.compile(r"[a-f0-9]{20,32}").fullmatch


def _key(private_key: bytes) -> bytes:
    return sha1(private_key, usedforsecurity=False).digest()


@value(kw_only=True)
class _Braintree(HMAC):
    """Its HMAC, over the payload's text as it came or with a newline after it, as its library has it."""

    def verify(
        self, request: Request, keys: tuple[Keyed, ...], now: float, limits: Limits
    ) -> Verdict:
        try:
            return super().verify(request, keys, now, limits)
        except WrongCredential:
            longer = replace(self, signs=f"{self.signs}\n")
            return HMAC.verify(longer, request, keys, now, limits)


_SCHEME = _Braintree(
    signature=Pointer("/bt_signature"),
    algorithm="sha1",
    signs="{field:/bt_payload}",
    key=_key,
    reads=Form(),
)


def _configured(provider: Provider, *, public_key_id: str) -> Provider:
    def confirmed(challenge: str, private_key: bytes) -> str:
        # Of this form alone, so that nobody can have a payload signed here.
        if _challenge(challenge) is None:
            raise BadChallenge
        made = hmac.new(_key(private_key), challenge.encode(), "sha1").hexdigest()
        return f"{public_key_id}|{made}"

    question = Handshake(
        signed=False, asks=(), echo=Query("bt_challenge"), computed=confirmed, method="GET"
    )
    scheme = replace(_SCHEME, layout=f"{public_key_id}|{{signature}}&...")
    return provider.replace(scheme=scheme, handshakes=(question,))


braintree = Provider(
    name="braintree",
    display="Braintree",
    scheme=_SCHEME,
    accepts=(XML(media=FORM_MEDIA, base64_field="bt_payload"),),
    event_type=Pointer("/kind"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    separator="_",
    needs={"public_key_id": "your public key, which names the signature that is for you"},
    configure=_configured,
    timeout=30,
    retries="hourly for 24 h, in the sandbox for 3 h",
    retry_horizon=24 * 3600.0,
    signed_ids=True,
    unique_bodies=True,  # it says what happened, to what and when
)
