"""Pusher Channels.

Sources: PyPI pusher: authentication_client.py validate_webhook; npm pusher: lib/webhook.js.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

pusher = Provider(
    name="pusher",
    display="Pusher Channels",
    scheme=HMAC(signature=Header("X-Pusher-Signature"), timestamp=Pointer("/time_ms"), unit="ms"),
    event_type=Pointer("/name"),
    batch=Pointer("/events"),
    separator="_",
    key_id=Header("X-Pusher-Key"),
)
