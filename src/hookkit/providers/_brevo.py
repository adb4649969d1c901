"""Brevo.

Sources: https://developers.brevo.com/docs/username-and-password-authentication;
https://developers.brevo.com/docs/retry-mechanism.
"""

from hookkit.formats import JSON
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import Bearer

brevo = Provider(
    name="brevo",
    display="Brevo",
    docs="https://developers.brevo.com/docs/username-and-password-authentication",
    scheme=Bearer(),
    accepts=(JSON(batch=True),),
    event_type=Pointer("/event"),
    retries=(
        "1 + 4: after 10 min, 1, 2, 8 h, for unresponsive servers and 429; other 4xx and (as "
        "the page is worded) any 5xx end it and drop the event; an unresponsive server pauses "
        "sending for 10 min"
    ),
)
