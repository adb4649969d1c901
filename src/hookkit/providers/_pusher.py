"""Pusher Channels.

Sources: PyPI pusher: authentication_client.py validate_webhook; npm pusher: lib/webhook.js;
https://www.pusher.com/docs/webhooks/;
https://docs.bird.com/pusher/channels/channels/webhooks/channels-webhook-timeouts-and-retries (4 s;
5 minutes).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

pusher = Provider(
    name="pusher",
    display="Pusher Channels",
    docs="https://www.pusher.com/docs/webhooks/",
    scheme=HMAC(signature=Header("X-Pusher-Signature"), timestamp=Pointer("/time_ms"), unit="ms"),
    event_type=Pointer("/name"),
    batch=Pointer("/events"),
    separator="_",
    key_id=Header("X-Pusher-Key"),
    timeout=4,
    retries="ever more slowly for 5 minutes",
    retry_horizon=300,
)
