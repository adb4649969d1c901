"""Buildkite.

Sources: https://buildkite.com/docs/apis/webhooks/pipelines.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

buildkite = Provider(
    name="buildkite",
    display="Buildkite",
    docs="https://buildkite.com/docs/apis/webhooks/pipelines",
    scheme=HMAC(
        signature=Header("X-Buildkite-Signature"),
        layout="timestamp={timestamp},signature={signature}",
        signs="{timestamp}.{body}",
    ),
    event_type=First(Pointer("/event"), Header("X-Buildkite-Event")),
    delivery_id=Header("X-Buildkite-Request"),
    timeout=20,
    retries="3 tries",
)
