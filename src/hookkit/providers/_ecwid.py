"""Ecwid by Lightspeed.

Sources: public receivers found by the header's name (5, agreeing; PHP, Python, Node).
"""

from hookkit.formats import JSON
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

ecwid = Provider(
    name="ecwid",
    display="Ecwid by Lightspeed",
    scheme=HMAC(
        signature=Header("X-Ecwid-Webhook-Signature"),
        signs="{field:/eventCreated}.{field:/eventId}",
        encoding="base64",
        reads=JSON(),
    ),
    event_type=Pointer("/eventType"),
    event_id=Pointer("/eventId"),
    event_time=Pointer("/eventCreated"),
    signed_ids=True,
    sure="third party",
    further_gaps=(
        "what happened and to what: only the event's id and time are; ask the API for it",
    ),
)
