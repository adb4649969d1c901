"""Adyen Balance Platform / Management / Terminal.

Sources: Adyen/adyen-python-api-library:Adyen/util.py (is_valid_hmac_payload).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

adyen_platform = Provider(
    name="adyen_platform",
    display="Adyen Balance Platform / Management / Terminal",
    scheme=HMAC(signature=Header("HmacSignature"), encoding="base64", key="hex"),
    event_type=Pointer("/type"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    retries="as the standard ones",
)
