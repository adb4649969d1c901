"""SparkPost.

Sources: https://support.sparkpost.com/docs/tech-resources/webhooks;
SparkPost/support-docs:content/docs/tech-resources/webhook-data-streams.md;
SparkPost/support-docs:content/docs/tech-resources/webhook-authentication.md.
"""

from hookkit.formats import JSON
from hookkit.places import Header, Inside, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

sparkpost = Provider(
    name="sparkpost",
    display="SparkPost",
    docs="https://support.sparkpost.com/docs/tech-resources/webhooks",
    scheme=Token(Header("X-MessageSystems-Webhook-Token")),
    accepts=(JSON(batch=True),),
    event_type=Inside(Pointer("/msys"), Pointer("/type")),
    event_id=Inside(Pointer("/msys"), Pointer("/event_id")),
    delivery_id=Header("X-MessageSystems-Batch-ID"),
    batch=Pointer(""),
    timeout=10,
    retries="12 tries in all (1 + 11) with growing waits over 8 h",
)
