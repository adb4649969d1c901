"""WorkOS.

Sources: PyPI workos: webhooks/_verification.py;
https://workos.com/docs/events/data-syncing/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

workos = Provider(
    name="workos",
    display="WorkOS",
    docs="https://workos.com/docs/events/data-syncing/webhooks",
    scheme=HMAC(
        signature=Header("WorkOS-Signature"),
        layout="t={timestamp}, v1={signature}",
        signs="{timestamp}.{body}",
        unit="ms",
        tolerance=180,
    ),
    event_type=Pointer("/event"),
    event_id=Pointer("/id"),
    signed_ids=True,
)
