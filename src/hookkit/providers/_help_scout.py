"""Help Scout.

Sources: helpscout/helpscout-api-php:src/Webhooks/IncomingWebhook.php;
helpscout/helpscout-api-php:tests/Webhooks/IncomingWebhookTest.php;
https://developer.helpscout.com/webhooks.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

help_scout = Provider(
    name="help_scout",
    display="Help Scout",
    docs="https://developer.helpscout.com/webhooks",
    scheme=HMAC(signature=Header("X-HelpScout-Signature"), algorithm="sha1", encoding="base64"),
    event_type=Header("X-HelpScout-Event"),
)
