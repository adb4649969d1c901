"""Retell AI.

Sources: PyPI retell-sdk: lib/webhook_auth.py; npm retell-sdk: src/lib/webhook_auth.ts;
https://docs.retellai.com/features/secure-webhook.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

retell = Provider(
    name="retell",
    display="Retell AI",
    docs="https://docs.retellai.com/features/secure-webhook",
    scheme=HMAC(
        signature=Header("X-Retell-Signature"),
        layout="v={timestamp},d={signature}",
        signs="{body}{timestamp}",
        unit="ms",
    ),
    event_type=Pointer("/event"),
    separator="_",
)
