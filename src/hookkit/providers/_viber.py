"""Viber bots.

Sources: PyPI viberbot: api/api.py; npm viber-bot: lib/message/message-validator.js.
"""

from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

viber = Provider(
    name="viber",
    display="Viber bots",
    scheme=HMAC(signature=Header("X-Viber-Content-Signature")),
    event_type=Pointer("/event"),
    event_id=Number(Pointer("/message_token")),
)
