"""MailerSend.

Sources: PyPI django-anymail: webhooks/mailersend.py; hookdeck/webhook-skills: mailersend-webhooks
test.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

mailersend = Provider(
    name="mailersend",
    display="MailerSend",
    scheme=HMAC(signature=Header("Signature")),
    event_type=Pointer("/type"),
    sure="third party",
)
