"""Figma webhooks v2.

Sources: https://www.figma.com/developers/api#webhooks_v2;
https://developers.figma.com/docs/rest-api/webhooks-security;
https://developers.figma.com/docs/rest-api/webhooks-types; figma/rest-api-spec:openapi/openapi.yaml.
"""

from hookkit.handshake import Handshake
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token

figma = Provider(
    name="figma",
    display="Figma webhooks v2",
    docs="https://developers.figma.com/docs/rest-api/webhooks-security",
    scheme=Token(Pointer("/passcode")),
    event_type=Pointer("/event_type"),
    event_time=Pointer("/timestamp"),
    time_unit="rfc3339",
    separator="_",
    handshakes=(Handshake(signed=True, asks=((Pointer("/event_type"), "PING"),)),),
    retries="3 more times: after 5 min, 30 min and 3 h",
    further_gaps=(
        "the passcode itself: it stands in the body, so keep that out of logs and stores",
    ),
)
