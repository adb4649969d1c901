"""The question of CloudEvents' web hooks, which is their abuse protection: may this origin send here.

The answer is given in the reply. The other way, a call of ``WebHook-Request-Callback``, would have a stranger
choose what is called.

Source: cloudevents/spec: cloudevents/http-webhook.md.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header

__all__ = ["granted"]

ORIGIN = Header("WebHook-Request-Origin")
RATE = Header("WebHook-Request-Rate")


def granted(origin: str | None, *, signed: bool) -> Handshake:
    """What grants this origin, or any, to send; at the rate that it asks for."""
    return Handshake(
        signed=signed,
        asks=((ORIGIN, origin),),
        echo=ORIGIN,
        header="WebHook-Allowed-Origin",
        headers=(("WebHook-Allowed-Rate", RATE), ("Allow", "POST")),
        method="OPTIONS",
    )
