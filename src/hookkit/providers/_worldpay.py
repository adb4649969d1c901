"""Worldpay Access events.

The secret is a mapping from the key's id to the key, as Worldpay counts the keys.

Sources: https://developer.worldpay.com/products/access/events/signature/.
"""

from hookkit.errors import MalformedCredential
from hookkit.messages import Request
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.template import Found
from hookkit.values import value

SIGNATURE = Header("Event-Signature")
ALGORITHM = "SHA256"


def _entries(text: str) -> list[tuple[str, str]]:
    """The key's id and the signature of each entry ``{id}/{algorithm}/{signature}``."""
    entries = [entry.strip(" \t").split("/") for entry in text.split(",")]
    return [(each[0], each[2]) for each in entries if len(each) == 3 and each[1] == ALGORITHM]


@value
class _List:
    """Signatures with the id of their key; those of another algorithm are skipped."""

    def read(self, text: bytes) -> Found:
        signatures = [
            signature.encode("latin-1") for _, signature in _entries(text.decode("latin-1"))
        ]
        if not signatures:
            raise MalformedCredential
        return {b"": signatures}

    def write(self, signature: str, timestamp: str) -> str:
        return f"1/{ALGORITHM}/{signature}"

    def in_words(self) -> str:
        return f"{{key id}}/{ALGORITHM}/{{signature}},..."


@value
class _KeyIds:
    """The ids in that list."""

    def find(self, request: Request, payload: object) -> object:
        return tuple(key_id for key_id, _ in _entries(SIGNATURE.find(request) or ""))

    def in_words(self) -> str:
        return f"header {SIGNATURE.name}"


worldpay = Provider(
    name="worldpay",
    display="Worldpay Access events",
    docs="https://developer.worldpay.com/products/access/events/signature/",
    scheme=HMAC(signature=SIGNATURE, layout=_List()),
    event_type=Pointer("/eventDetails/type"),
    event_id=Pointer("/eventId"),
    event_time=Pointer("/eventTimestamp"),
    time_unit="rfc3339",
    key_id=_KeyIds(),
    signed_ids=True,
)
