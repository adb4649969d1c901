"""Webflow.

Sources: https://developers.webflow.com/data/docs/working-with-webhooks; npm webflow-api:
wrapper/WebhooksClient.js; hookdeck/webhook-skills:providers.yaml;
https://developers.webflow.com/data/changelog/webhook-retries (3 tries).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

webflow = Provider(
    name="webflow",
    display="Webflow",
    docs="https://developers.webflow.com/data/docs/working-with-webhooks",
    scheme=HMAC(
        signature=Header("x-webflow-signature"),
        signs="{timestamp}:{body}",
        timestamp=Header("x-webflow-timestamp"),
        unit="ms",
    ),
    event_type=Pointer("/triggerType"),
    separator="_",
    retries="3 tries in all",
)
