"""Airtable.

Sources: https://airtable.com/developers/web/api/webhooks-overview;
hookdeck/webhook-skills:providers.yaml; https://airtable.com/developers/web/api/create-a-webhook.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

airtable = Provider(
    name="airtable",
    display="Airtable",
    docs="https://airtable.com/developers/web/api/webhooks-overview",
    scheme=HMAC(
        signature=Header("X-Airtable-Content-MAC"), layout="hmac-sha256={signature}", key="base64"
    ),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    timeout=25,
    retries="13 tries over about a day, then notifications are turned off",
    sure="third party",
    unconfirmed=frozenset({"retries", "timeout"}),
)
