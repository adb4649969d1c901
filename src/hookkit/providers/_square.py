"""Square.

Sources: https://developer.squareup.com/docs/webhooks/step3validate;
https://developer.squareup.com/docs/webhooks/step4manage; squareup 46.0.0.20260916 (PyPI):
square/utils/webhooks_helper.py.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

square = Provider(
    name="square",
    display="Square",
    docs="https://developer.squareup.com/docs/webhooks/step3validate",
    scheme=HMAC(
        signature=Header("x-square-hmacsha256-signature"), signs="{url}{body}", encoding="base64"
    ),
    event_type=Pointer("/type"),
    event_id=Pointer("/event_id"),
    event_time=Pointer("/created_at"),
    time_unit="rfc3339",
    timeout=10,
    retries="the current docs: 11 retries over 24 h; older pages: 78 retries over 72 h",
    signed_ids=True,
)
