"""Pulumi Cloud.

Sources: pulumi/docs: webhooks page (table of headers); pulumi/examples: pulumi-webhook handler;
https://pulumi.com/docs/pulumi-cloud/webhooks/.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

pulumi = Provider(
    name="pulumi",
    display="Pulumi Cloud",
    docs="https://pulumi.com/docs/pulumi-cloud/webhooks/",
    scheme=HMAC(signature=Header("Pulumi-Webhook-Signature")),
    event_type=Header("Pulumi-Webhook-Kind"),
    delivery_id=Header("Pulumi-Webhook-ID"),
)
