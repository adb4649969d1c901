"""Sentry integration platform.

Sources: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/;
getsentry/sentry:src/sentry/sentry_apps/api/serializers/app_platform_event.py;
getsentry/sentry:src/sentry/utils/sentry_apps/webhooks.py.
"""

from hookkit.places import First, Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sentry = Provider(
    name="sentry",
    display="Sentry integration platform",
    docs="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    scheme=HMAC(signature=First(Header("Sentry-Hook-Signature"), Header("Sentry-App-Signature"))),
    event_type=Joined(Header("Sentry-Hook-Resource"), Pointer("/action")),
    delivery_id=Header("Request-ID"),
    timeout=1,
    retries=(
        "no automatic retry documented; over 1 s counts as a time-out; 1000 time-outs in 24 h "
        "unsubscribe a webhook (not for published partner integrations)"
    ),
)
