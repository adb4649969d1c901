"""ElevenLabs.

Sources: PyPI elevenlabs: webhooks_custom.py; npm @elevenlabs/elevenlabs-js: wrapper/webhooks.js;
https://elevenlabs.io/docs/eleven-api/resources/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

elevenlabs = Provider(
    name="elevenlabs",
    display="ElevenLabs",
    docs="https://elevenlabs.io/docs/eleven-api/resources/webhooks",
    scheme=HMAC(
        signature=Header("ElevenLabs-Signature"),
        layout="t={timestamp},v0={signature}",
        signs="{timestamp}.{body}",
        tolerance=1800,
    ),
    event_type=Pointer("/type"),
    retries="none, unless they are turned on for the webhook",
)
