"""GitLab (signing token, Standard Webhooks v1).

Sources: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944;
https://gitlab.com/gitlab-org/gitlab/-/work_items/19367;
https://docs.gitlab.com/user/project/integrations/webhooks/#signing-tokens.
"""

from hookkit.places import First, Header, Joined, Pointer
from hookkit.provider import MIB, Provider
from hookkit.schemes.standard import STANDARD_WEBHOOKS

gitlab = Provider(
    name="gitlab",
    display="GitLab (signing token, Standard Webhooks v1)",
    docs="https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944",
    scheme=STANDARD_WEBHOOKS,
    event_type=First(
        Joined(Pointer("/object_kind"), Pointer("/object_attributes/action")),
        Pointer("/event_name"),
    ),
    # Of what began it: webhooks that a webhook causes have the same, and nothing signs it.
    event_id=Header("X-Gitlab-Event-UUID"),
    delivery_id=Header("webhook-id"),
    max_body=25 * MIB,
    retries=("1: HTTP errors and time-outs are caught in the service, so the job is not run again"),
    signed_ids=True,
    shared_ids=True,
)
