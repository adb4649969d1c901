"""Slack: Events API, slash commands and interactivity on one URL.

Read 2026-11: docs.slack.dev/authentication/verifying-requests-from-slack and
/reference/events/url_verification.
"""

from hookkit.formats import JSON, Form
from hookkit.handshake import Handshake
from hookkit.places import Choice, First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

slack = Provider(
    name="slack",
    display="Slack",
    docs="https://docs.slack.dev/authentication/verifying-requests-from-slack/",
    scheme=HMAC(
        signature=Header("X-Slack-Signature"),
        layout="v0={signature}",
        signs="v0:{timestamp}:{body}",
        timestamp=Header("X-Slack-Request-Timestamp"),
    ),
    accepts=(JSON(), Form(json_field="payload", optional=True)),
    # An event inside its envelope; a command's form; else what the envelope itself says.
    event_type=Choice(
        on=Pointer("/type"),
        cases={"event_callback": Pointer("/event/type")},
        otherwise=First(Pointer("/type"), Pointer("/command")),
    ),
    event_id=Pointer("/event_id"),
    event_time=Pointer("/event_time"),
    handshakes=(
        Handshake(
            signed=True,
            asks=((Pointer("/type"), "url_verification"),),
            echo=Pointer("/challenge"),
        ),
        Handshake(signed=True, asks=((Pointer("/ssl_check"), "1"),)),
    ),
    timeout=3,
    retries="events: 3 more times, about at once, after 1 and after 5 minutes; commands: none",
    retry_horizon=3600.0,
    signed_ids=True,
    unconfirmed=frozenset({"retries", "retry_horizon"}),
)
