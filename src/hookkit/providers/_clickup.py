"""ClickUp.

Sources: https://developer.clickup.com/docs/webhooksignature.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

clickup = Provider(
    name="clickup",
    display="ClickUp",
    docs="https://developer.clickup.com/docs/webhooksignature",
    scheme=HMAC(signature=Header("X-Signature")),
    event_type=Pointer("/event"),
    # Of the change: each of the events that it makes comes with the same.
    event_id=Pointer("/history_items/0/id"),
    timeout=7,
    retries="5 tries, then failing; suspended after 100 failures",
    shared_ids=True,
)
