"""Mailchimp Marketing.

Sources: https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/;
hookdeck/webhook-skills:providers.yaml;
https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks.
"""

from hookkit.formats import Form
from hookkit.handshake import Handshake
from hookkit.places import Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes import Token

mailchimp = Provider(
    name="mailchimp",
    display="Mailchimp Marketing",
    docs="https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
    scheme=Token(Query("token")),
    accepts=(Form(),),
    event_type=Pointer("/type"),
    handshakes=(Handshake(signed=True, asks=(), method="GET"),),
    timeout=10,
    retries=(
        "growing waits over 75 minutes (number of tries not given); excessive or unresponsive "
        "hooks may be dropped or disabled"
    ),
)
