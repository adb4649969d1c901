"""Postmark.

Sources: https://postmarkapp.com/developer/webhooks/webhooks-overview;
hookdeck/webhook-skills:providers.yaml;
https://postmarkapp.com/support/article/understanding-inbound-webhook-retries-in-postmark.
"""

from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import Basic

postmark = Provider(
    name="postmark",
    display="Postmark",
    docs="https://postmarkapp.com/developer/webhooks/webhooks-overview",
    scheme=Basic(),
    event_type=Pointer("/RecordType"),
    event_id=Pointer("/MessageID"),
    retries=(
        "inbound: 1, 5, 10, 10, 10, 15, 30 min, 1, 2, 6 h (10 retries, about 10.5 h); 403 "
        "stops at once; other kinds: not confirmed"
    ),
)
