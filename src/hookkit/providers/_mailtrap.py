"""Mailtrap.

Sources: PyPI django-anymail: webhooks/mailtrap.py.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

mailtrap = Provider(
    name="mailtrap",
    display="Mailtrap",
    scheme=HMAC(signature=Header("Mailtrap-Signature")),
    event_type=Pointer("/event"),
    event_id=Pointer("/event_id"),
    batch=Pointer("/events"),
    sure="third party",
)
