"""Modern Treasury.

Sources: PyPI modern-treasury: resources/webhooks.py;
https://docs.moderntreasury.com/reference/webhooks.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

modern_treasury = Provider(
    name="modern_treasury",
    display="Modern Treasury",
    docs="https://docs.moderntreasury.com/reference/webhooks",
    scheme=HMAC(signature=Header("X-Signature")),
    timeout=5,
    retries="ever more slowly; how often is not said",
    unique_bodies=True,  # it says the object and when it changed
)
