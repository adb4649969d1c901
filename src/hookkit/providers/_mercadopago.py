"""Mercado Pago.

Sources: mercadopago 3.6.0 (PyPI): webhook/validator.py; mercadopago (npm):
dist/utils/webhook/index.js; https://www.mercadopago.com.br/developers/pt/docs/checkout-api-orders/notifications
(small letters), as public receivers quote it.
"""

from hookkit.errors import MalformedCredential
from hookkit.messages import Request
from hookkit.places import Header, Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.base import wire_bytes
from hookkit.schemes.either import EitherText
from hookkit.schemes.mac import Keyed
from hookkit.values import value

_DATA_ID = Query("data.id")
_REQUEST_ID = Header("x-request-id")


@value
class _Manifest:
    """Three values with their names; one that is missing is left out, name and all.

    Two texts: its library takes the id as it came, its pages say in small letters. An order's has capitals.
    """

    def covers(self, part: str) -> bool:
        return part in ("query", "header", "timestamp")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        data_id, request_id = _DATA_ID.find(request), _REQUEST_ID.find(request)
        rest = b"".join([*_named("request-id", request_id), b"ts:", timestamp, b";"])
        ids = (b"".join(_named("id", each)) for each in (data_id, data_id and data_id.lower()))
        return [each + rest for each in ids]


def _named(name: str, value: str | None) -> list[bytes]:
    if not value:
        return []
    if ";" in value:
        # It would pass for the next pair, which then could be left out.
        raise MalformedCredential
    return [name.encode(), b":", wire_bytes(value), b";"]


@value(kw_only=True)
class _EitherID(EitherText[Keyed], HMAC):
    """An HMAC over one of two texts, which name the same id."""


mercadopago = Provider(
    name="mercadopago",
    display="Mercado Pago",
    scheme=_EitherID(
        signature=Header("x-signature"),
        layout="ts={timestamp},v1={signature}",
        signs=_Manifest(),
        unit="s-or-ms",  # seconds by its library, milliseconds by its pages
    ),
    event_type=Pointer("/action"),
    # Of the payment and so on: what happens to it later comes with the same.
    event_id=_DATA_ID,
    timeout=22,
    retries="every 15 min",
    further_gaps=("which notifications are signed: those of QR codes are not, and are refused",),
)
