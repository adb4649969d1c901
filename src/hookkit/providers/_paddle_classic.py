"""Paddle Classic. Closed to new accounts.

Source: https://classic.paddle.com/webhooks/verifying-webhooks/.
"""

from hookkit.errors import MalformedCredential
from hookkit.formats import Form
from hookkit.messages import Request
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA
from hookkit.values import value


def _text(text: str) -> bytes:
    raw = text.encode()
    return b's:%d:"%b";' % (len(raw), raw)


@value
class _Serialised:
    """The form's fields by name, as PHP's serialize() writes them."""

    def covers(self, part: str) -> bool:
        return part == "fields"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        fields = dict(payload) if isinstance(payload, dict) else {}
        fields.pop("p_signature", None)
        # PHP would make numbers and arrays of such names. Paddle has none.
        if any(name.lstrip("-").isdigit() or "[" in name for name in fields):
            raise MalformedCredential
        pairs = [_text(name) + _text(fields[name]) for name in sorted(fields)]
        return [b"a:%d:{" % len(pairs), *pairs, b"}"]


paddle_classic = Provider(
    name="paddle_classic",
    display="Paddle Classic",
    docs="https://classic.paddle.com/webhooks/verifying-webhooks/",
    scheme=RSA(
        signature=Pointer("/p_signature"),
        signs=_Serialised(),
        algorithm="sha1",
        encoding="base64",
        reads=Form(),
    ),
    accepts=(Form(),),
    event_type=Pointer("/alert_name"),
    event_id=Pointer("/alert_id"),
    separator="_",
    further_gaps=("SHA-1, as Paddle Classic has no other",),
    signed_ids=True,
)
