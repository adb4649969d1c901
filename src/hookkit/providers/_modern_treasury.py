"""Modern Treasury.

Sources: PyPI modern-treasury: resources/webhooks.py.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

modern_treasury = Provider(
    name="modern_treasury",
    display="Modern Treasury",
    scheme=HMAC(signature=Header("X-Signature")),
)
