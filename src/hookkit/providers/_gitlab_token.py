"""GitLab with a secret token. Read 2026-11: docs.gitlab.com/user/project/integrations/webhooks."""

from hookkit.places import First, Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

gitlab_token = Provider(
    name="gitlab_token",
    display="GitLab (secret token)",
    docs="https://docs.gitlab.com/user/project/integrations/webhooks/",
    scheme=Token(Header("X-Gitlab-Token")),
    event_type=First(
        Joined(Pointer("/object_kind"), Pointer("/object_attributes/action")),
        Pointer("/event_name"),  # system hooks
    ),
    event_id=Header("X-Gitlab-Event-UUID"),
    delivery_id=First(Header("Idempotency-Key"), Header("X-Gitlab-Webhook-UUID")),
    max_body=25 * 1024 * 1024,
    retries="none: errors and time-outs are counted, and disable the webhook from the 4th in a row",
)
