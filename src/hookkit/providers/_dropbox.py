"""Dropbox.

Sources: https://www.dropbox.com/developers/reference/webhooks.
"""

from hookkit.handshake import Handshake
from hookkit.places import Header, Query
from hookkit.provider import Provider
from hookkit.schemes import HMAC

dropbox = Provider(
    name="dropbox",
    display="Dropbox",
    docs="https://www.dropbox.com/developers/reference/webhooks",
    scheme=HMAC(signature=Header("X-Dropbox-Signature")),
    handshakes=(
        Handshake(
            signed=False,
            asks=((Query("challenge"), None),),
            echo=Query("challenge"),
            method="GET",
        ),
    ),
    timeout=10,
    retries="exponential back-off for about 10 minutes",
)
