"""Discord (interactions; webhook events).

Sources: https://docs.discord.com/developers/interactions/overview;
https://docs.discord.com/developers/events/webhook-events; discord-interactions 0.4.0 (PyPI).
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Ed25519

discord = Provider(
    name="discord",
    display="Discord (interactions; webhook events)",
    docs="https://docs.discord.com/developers/interactions/overview",
    scheme=Ed25519(
        signature=Header("X-Signature-Ed25519"),
        signs="{timestamp}{body}",
        timestamp=Header("X-Signature-Timestamp"),
    ),
    event_type=Number(Pointer("/type")),
    event_id=Pointer("/id"),
    handshakes=(
        Handshake(signed=True, asks=((Pointer("/type"), 1),), constant='{"type":1}'),
        Handshake(signed=True, asks=((Pointer("/type"), 0),), status=204),
    ),
    timeout=3,
    retries="webhook events: exponential back-off up to 10 minutes",
    signed_ids=True,
    unconfirmed=frozenset({"tolerance"}),
)
