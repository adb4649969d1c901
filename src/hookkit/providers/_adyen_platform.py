"""Adyen Balance Platform / Management / Terminal.

Sources: Adyen/adyen-python-api-library:Adyen/util.py (is_valid_hmac_payload);
https://docs.adyen.com/platforms/set-up-webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

adyen_platform = Provider(
    name="adyen_platform",
    display="Adyen Balance Platform / Management / Terminal",
    docs="https://docs.adyen.com/platforms/set-up-webhooks",
    scheme=HMAC(signature=Header("HmacSignature"), encoding="base64", key="hex"),
    event_type=Pointer("/type"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    retries=(
        "queued for each endpoint: at once, then after 2, 5, 10, 15, 30 min, 1, 2, 4, 8 h and so on, "
        "up to 7 days"
    ),
    unconfirmed=frozenset({"retries"}),
    unique_bodies=True,  # it says the object and when it changed
)
