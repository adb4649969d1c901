"""Viber bots.

Sources: PyPI viberbot: api/api.py; npm viber-bot: lib/message/message-validator.js;
https://developers.viber.com/rest/; https://developers.viber.com/docs/faq/ (an hour).
"""

from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

viber = Provider(
    name="viber",
    display="Viber bots",
    docs="https://developers.viber.com/rest/",
    scheme=HMAC(signature=Header("X-Viber-Content-Signature")),
    event_type=Pointer("/event"),
    # Of the message: that it was delivered and seen comes with the same.
    event_id=Number(Pointer("/message_token")),
    retries="several times for an hour, until it hears 200",
    retry_horizon=3600.0,
    shared_ids=True,
)
