"""Mailgun.

Sources: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks;
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks;
https://help.mailgun.com/hc/en-us/articles/202236504-Webhooks;
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-retries.
"""

from hookkit.formats import JSON, Form, Multipart
from hookkit.places import First, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

# Today's JSON; and the flat form of routes and of older webhooks.
_TOKEN = First(Pointer("/signature/token"), Pointer("/token"))

mailgun = Provider(
    name="mailgun",
    display="Mailgun",
    docs="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    scheme=HMAC(
        # A subaccount's event is signed by its parent's key as well; ours is one of the two.
        signature=First(
            Joined(Pointer("/signature/signature"), Pointer("/signature/parent-signature"), by=","),
            Pointer("/signature"),
        ),
        layout="{signature},...",
        signs="{timestamp}{id}",
        timestamp=First(Pointer("/signature/timestamp"), Pointer("/timestamp")),
        id=_TOKEN,
        reads=(JSON(), Form(), Multipart()),
    ),
    accepts=(JSON(), Form(), Multipart()),
    event_type=First(Pointer("/event-data/event"), Pointer("/event")),
    event_id=Pointer("/event-data/id"),
    delivery_id=_TOKEN,
    event_time=Pointer("/event-data/timestamp"),
    retries="after 5, 10, 15 min, 1, 2 and 4 h; not for the delivered notification",
    retry_horizon=8 * 3600.0,
    further_gaps=(
        "the event itself: only a time and a token are signed, and whoever has seen them can send any "
        "event with them until the time is too old",
    ),
)
