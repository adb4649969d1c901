"""Plivo, signatures of version 3.

Sources: plivo 4.63.0 (PyPI): utils/signature_v3.py.
"""

from urllib.parse import parse_qsl

from hookkit.errors import MalformedCredential
from hookkit.formats import Form, Pairs, Raw
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import First, Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.forms import sorted_fields
from hookkit.values import value

MOST = Limits().fields
"""Parameters of a query."""


@value
class _Call:
    """The URL with its query sorted, the fields of the form, and the nonce."""

    def covers(self, part: str) -> bool:
        return part in ("url", "body", "id")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        fields = _fields(request, payload)
        query = _sorted_query(request)
        # The marks stay where there are fields and no query, and go where there is neither.
        before = f"?{query}" if query or fields else ""
        between = "." if query and fields else ""
        url = f"{request.url.partition('?')[0]}{before}{between}"
        return [url.encode("utf-8", "surrogatepass"), sorted_fields(fields), b".", message_id]


def _fields(request: Request, payload: object) -> list[tuple[str, str]]:
    """Those of the form. Raises MalformedCredential where there is a body of another kind."""
    if isinstance(payload, list) and request.method != "GET":
        return payload
    if request.body:
        raise MalformedCredential
    return []


def _sorted_query(request: Request) -> str:
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        raise MalformedCredential from None
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


_STATUS = (Pointer("/Event"), Pointer("/Status"), Pointer("/CallStatus"))

plivo = Provider(
    name="plivo",
    display="Plivo v3",
    scheme=HMAC(
        # The second is made with the main account's token, where the first is a subaccount's.
        signature=Joined(Header("X-Plivo-Signature-V3"), Header("X-Plivo-Signature-Ma-V3"), by=","),
        layout="{signature},...",
        signs=_Call(),
        encoding="base64",
        id=Header("X-Plivo-Signature-V3-Nonce"),
        reads=(Pairs(), Raw()),
    ),
    accepts=(Form(),),
    # A message that comes in has nothing but its type.
    event_type=First(*_STATUS, Pointer("/Type")),
    # Of the call: each of its steps asks with the same.
    event_id=Joined(First(Pointer("/MessageUUID"), Pointer("/CallUUID")), First(*_STATUS)),
    delivers_by=("GET", "POST"),
    retries="up to 3 tries",
    signed_ids=True,
    shared_ids=True,
    further_gaps=("where a field's name ends: names and values are signed without a separator",),
)
