"""MailerSend.

Sources: PyPI django-anymail: webhooks/mailersend.py; hookdeck/webhook-skills: mailersend-webhooks
test; https://developers.mailersend.com/api/v1/webhooks.html.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

mailersend = Provider(
    name="mailersend",
    display="MailerSend",
    docs="https://developers.mailersend.com/api/v1/webhooks.html",
    scheme=HMAC(signature=Header("Signature")),
    event_type=Pointer("/type"),
    sure="third party",
)
