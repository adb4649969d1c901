"""SendGrid Event Webhook.

Sources:
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features;
sendgrid 6.12.5 (PyPI): sendgrid/helpers/eventwebhook;
sendgrid/sendgrid-nodejs:packages/eventwebhook/src/eventwebhook.spec.js.
"""

from hookkit.formats import JSON
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import ECDSA

sendgrid = Provider(
    name="sendgrid",
    display="SendGrid Event Webhook",
    docs="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    scheme=ECDSA(
        signature=Header("X-Twilio-Email-Event-Webhook-Signature"),
        signs="{timestamp}{body}",
        encoding="base64",
        timestamp=Header("X-Twilio-Email-Event-Webhook-Timestamp"),
    ),
    accepts=(JSON(batch=True),),
    event_type=Pointer("/event"),
    event_id=Pointer("/sg_event_id"),
    event_time=Pointer("/timestamp"),
    batch=Pointer(""),
    retries="growing waits for up to 24 h after the event (a rolling limit per event)",
    signed_ids=True,
    unconfirmed=frozenset({"tolerance"}),
)
