"""Dropbox Sign (HelloSign).

Sources: dropbox-sign 2.0.0 (PyPI): event_callback_helper.py.
"""

from hookkit.formats import Multipart
from hookkit.messages import Response
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

_FORM = Multipart(json_field="json")

dropbox_sign = Provider(
    name="dropbox_sign",
    display="Dropbox Sign (HelloSign)",
    scheme=HMAC(
        signature=Pointer("/event/event_hash"),
        signs="{timestamp}{field:/event/event_type}",
        timestamp=Pointer("/event/event_time"),
        # The event's own time, which a retry hours later still has.
        tolerance=None,
        reads=_FORM,
    ),
    accepts=(_FORM,),
    event_type=Pointer("/event/event_type"),
    event_time=Pointer("/event/event_time"),
    separator="_",
    # Anything else counts as a failure.
    acknowledgement=Response(200, "Hello API Event Received"),
    further_gaps=("the age: the signed time is when the event happened, not when it was sent",),
)
