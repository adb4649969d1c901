"""Mailjet.

Sources: https://dev.mailjet.com/email/guides/webhooks/;
mailjet/api-documentation:guides/_event-api.md.
"""

from hookkit.formats import JSON
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import Basic

mailjet = Provider(
    name="mailjet",
    display="Mailjet",
    docs="https://dev.mailjet.com/email/guides/webhooks/",
    scheme=Basic(),
    accepts=(JSON(batch=True),),
    event_type=Pointer("/event"),
    retries=(
        "every 30 s, until 24 h after the first failure; a backup URL takes over when the "
        "main one is suspended; a suspended URL must be replaced by a new one"
    ),
)
