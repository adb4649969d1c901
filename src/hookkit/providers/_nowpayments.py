"""NOWPayments (instant payment notifications).

Sources: public receivers found by the header's name (6, agreeing).
"""

import json
from typing import Any

from hookkit.errors import MalformedCredential
from hookkit.formats import JSON
from hookkit.messages import Request
from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.values import value


class _Numeral(str):
    """A number as it was written: 1e-8 and 0.00000001 are one number and two texts."""

    __slots__ = ()


@value
class _Sorted:
    """The body's JSON written again: keys sorted on every level, no blanks, numbers as they were sent."""

    def covers(self, part: str) -> bool:
        return part == "body"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        try:
            # Strictly read before, as reads= says; this is for the numbers.
            value = json.loads(request.body, parse_float=_Numeral, parse_int=_Numeral)
            return [_written(value).encode()]
        except (ValueError, RecursionError):
            raise MalformedCredential from None


def _written(value: Any) -> str:
    if isinstance(value, _Numeral):
        return value
    if isinstance(value, dict):
        pairs = (f"{_written(name)}:{_written(value[name])}" for name in sorted(value))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


nowpayments = Provider(
    name="nowpayments",
    display="NOWPayments IPN",
    scheme=HMAC(
        signature=Header("x-nowpayments-sig"), algorithm="sha512", signs=_Sorted(), reads=JSON()
    ),
    event_type=Pointer("/payment_status"),
    # Of the payment: each of its states comes with the same.
    event_id=Number(Pointer("/payment_id")),
    separator="_",
    signed_ids=True,
    shared_ids=True,
    sure="third party",
    further_gaps=("the order of the body's keys and its blanks, which mean nothing",),
)
