"""Auth0 custom log stream.

Sources: https://auth0.com/docs/customize/log-streams/custom-log-streams;
hookdeck/webhook-skills:providers.yaml; auth0/docs-v2:main/docs/customize/log-streams.mdx.
"""

from hookkit.formats import JSON
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

auth0_log_stream = Provider(
    name="auth0_log_stream",
    display="Auth0 custom log stream",
    docs="https://auth0.com/docs/customize/log-streams/custom-log-streams",
    scheme=Token(Header("Authorization")),
    accepts=(JSON(batch=True),),
    event_type=Pointer("/data/type"),
    event_id=Pointer("/log_id"),
    event_time=Pointer("/data/date"),
    time_unit="rfc3339",
    batch=Pointer(""),
    retries=(
        "up to 3 tries, then logged as an error and the process starts again until it is "
        "solved (not dropped); the stream is disabled after 7 days in a row without success, "
        "then resumed by hand; at least once"
    ),
)
