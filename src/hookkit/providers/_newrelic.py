"""New Relic.

Sources: https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/;
https://www.pulumi.com/registry/packages/newrelic/api-docs/notificationdestination (third party);
https://docs.robusta.dev/master/configuration/exporting/send-events/newrelic.html (third party).
"""

from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import Bearer

newrelic = Provider(
    name="newrelic",
    display="New Relic",
    docs="https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/",
    scheme=Bearer(),
    event_type=Pointer("/state"),
    sure="third party",
)
