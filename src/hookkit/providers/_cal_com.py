"""Cal.com.

Sources: calcom/cal.com:packages/features/webhooks/lib/sendPayload.ts;
https://trigger.dev/docs/webhooks/providers/cal-com;
https://cal.com/docs/developing/guides/automation/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

cal_com = Provider(
    name="cal_com",
    display="Cal.com",
    docs="https://cal.com/docs/developing/guides/automation/webhooks",
    scheme=HMAC(signature=Header("X-Cal-Signature-256")),
    event_type=Pointer("/triggerEvent"),
    separator="_",
)
