"""Unit (banking).

Sources: PyPI unit-python-sdk: api/webhook_resource.py; https://www.unit.co/docs/api/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

unit = Provider(
    name="unit",
    display="Unit (banking)",
    docs="https://www.unit.co/docs/api/webhooks",
    scheme=HMAC(signature=Header("x-unit-signature"), algorithm="sha1", encoding="base64"),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    batch=Pointer("/data"),
)
