"""Box (webhooks v2).

Box signs with two keys at once, so that either can be replaced: ``secret=[primary, secondary]``, or the
primary alone. Each is right in its own header only.

Where the signature does not fit the body as it came, Box's own library tries the body with its non-ASCII
characters escaped, as Box may have signed that. So does this, but not for a body with backslashes: of two
bodies that differ in more than the writing, such a signature could fit both.

Sources: box-sdk-gen 1.17.0 (PyPI): internal/utils.py, managers/webhooks.py;
https://developer.box.com/guides/webhooks/v2/signatures-v2/; https://developer.box.com/guides/webhooks/v2/.
"""

import json
from collections.abc import Iterator
from typing import ClassVar

from hookkit.errors import MalformedCredential, MissingCredential, Unauthorized, WrongCredential
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC, Step, Verdict
from hookkit.schemes.mac import Keyed
from hookkit.schemes.timestamps import Tolerance
from hookkit.values import field, value

DECLARED = (("BOX-SIGNATURE-VERSION", "1"), ("BOX-SIGNATURE-ALGORITHM", "HmacSHA256"))
"""Headers that are compared, and choose nothing."""


def _hmac(which: str, tolerance: Tolerance) -> HMAC:
    return HMAC(
        signature=Header(f"BOX-SIGNATURE-{which}"),
        signs="{body}{timestamp}",
        encoding="base64",
        timestamp=Header("BOX-DELIVERY-TIMESTAMP"),
        unit="rfc3339",
        tolerance=tolerance,
    )


@value
class _TwoHeaders:
    """Two signatures in two headers, the first secret's and the second's; one that fits is enough."""

    family: ClassVar[str] = "hmac"
    by_position: ClassVar[bool] = True
    """The first secret is for the one header, the second for the other."""

    tolerance: Tolerance = (600, 0)
    _each: tuple[HMAC, HMAC] = field(init=False, repr=False, compare=False)

    signs_url = False

    def __post_init__(self) -> None:
        pair = (_hmac("PRIMARY", self.tolerance), _hmac("SECONDARY", self.tolerance))
        object.__setattr__(self, "_each", pair)

    @property
    def header(self) -> str | None:
        return self._each[0].header

    def covers(self, part: str) -> bool:
        return self._each[0].covers(part)

    def prepare(self, secret: bytes) -> Keyed:
        return self._each[0].prepare(secret)

    def verify(
        self, request: Request, keys: tuple[Keyed, ...], now: float, limits: Limits
    ) -> Verdict:
        if any(request.header(name) != said for name, said in DECLARED):
            raise MalformedCredential
        refusal: Unauthorized = MissingCredential()
        for position, (scheme, key) in enumerate(zip(self._each, keys, strict=False)):
            for writing in _writings(request):
                try:
                    verdict = scheme.verify(writing, (key,), now, limits)
                except MissingCredential:
                    continue
                except WrongCredential as error:
                    refusal = error
                    continue
                return Verdict(position, verdict.timestamp, verdict.age)
        raise refusal

    def sign(self, request: Request, key: Keyed, now: float, message_id: str) -> Request:
        for name, said in DECLARED:
            request = request.with_header(name, said)
        return self._each[0].sign(request, key, now, message_id)

    def in_words(self) -> str:
        return "HMAC-SHA256 over {body}{timestamp}, base64, by each of two keys"

    def steps(self, request: Request, keys: tuple[Keyed, ...], limits: Limits) -> list[Step]:
        steps: list[Step] = []
        for name, said in DECLARED:
            right = request.header(name) == said
            steps.append(Step(name, "as declared" if right else f"not {said}"))
        for scheme, key in zip(self._each, keys, strict=False):
            steps += scheme.steps(request, (key,), limits)
        return steps


def _writings(request: Request) -> Iterator[Request]:
    """The request as it came; and with its body escaped, where that says the same."""
    yield request
    if request.body.isascii() or b"\\" in request.body:
        return
    try:
        escaped = _escaped(request.body.decode())
    except UnicodeDecodeError:
        return
    yield request.replace(body=escaped)


def _escaped(text: str) -> bytes:
    """The text with an escape for each character beyond ASCII; quotes, and so the JSON, stay."""
    return '"'.join(json.dumps(part)[1:-1] for part in text.split('"')).encode()


box = Provider(
    name="box",
    display="Box",
    docs="https://developer.box.com/guides/webhooks/v2/signatures-v2/",
    scheme=_TwoHeaders(),
    event_type=Pointer("/trigger"),
    event_id=Pointer("/id"),
    delivery_id=Header("BOX-DELIVERY-ID"),
    timeout=30,
    retries="up to 10 times",
)
