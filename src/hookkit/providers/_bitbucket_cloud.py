"""Bitbucket Cloud.

Sources: https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/;
https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/;
https://www.atlassian.com/blog/bitbucket/enhanced-webhook-security.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

bitbucket_cloud = Provider(
    name="bitbucket_cloud",
    display="Bitbucket Cloud",
    docs="https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
    scheme=HMAC(signature=Header("X-Hub-Signature"), layout="sha256={signature}"),
    event_type=Header("X-Event-Key"),
    delivery_id=Header("X-Request-UUID"),
    separator=":",
    timeout=10,
    retries="up to 2 more times, without delay, after a status from 500 to 599; any other ends it",
)
