"""Jira Cloud and Data Center / Bitbucket webhook (secret).

Sources: https://developer.atlassian.com/cloud/jira/platform/webhooks/;
hookdeck/webhook-skills:providers.yaml;
https://confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

jira_webhook = Provider(
    name="jira_webhook",
    display="Jira Cloud and Data Center / Bitbucket webhook (secret)",
    docs="https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    scheme=HMAC(signature=Header("X-Hub-Signature"), layout="sha256={signature}"),
    event_type=First(Pointer("/webhookEvent"), Header("X-Event-Key")),
    delivery_id=First(Header("X-Atlassian-Webhook-Identifier"), Header("X-Request-UUID")),
    separator=":",
    timeout=30,
    retries="up to 5 tries with random 5-15 min waits for 408, 409, 425, 429, 5xx, timeouts",
    sure="third party",
    unconfirmed=frozenset({"retries", "timeout"}),
)
