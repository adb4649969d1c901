"""Docker Registry / Distribution notifications.

Sources: distribution/distribution:docs/content/about/notifications.md;
distribution/distribution:notifications/http.go; distribution/distribution:notifications/event.go;
https://distribution.github.io/distribution/about/notifications.
"""

from hookkit.formats import JSON
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

docker_registry = Provider(
    name="docker_registry",
    display="Docker Registry / Distribution notifications",
    docs="https://distribution.github.io/distribution/about/notifications",
    scheme=Token(Header("Authorization")),
    accepts=(
        JSON(
            (
                "application/json",
                "application/vnd.docker.distribution.events.v2+json",
                "application/vnd.docker.distribution.events.v1+json",
            )
        ),
    ),
    event_type=Pointer("/action"),
    event_id=Pointer("/id"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    batch=Pointer("/events"),
    retries=(
        "for ever, in memory, with a back-off after <threshold> failures (example config: "
        "threshold 5, backoff 1s, timeout 500ms)"
    ),
)
