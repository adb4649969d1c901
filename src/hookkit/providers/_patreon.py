"""Patreon.

Sources: public receivers found by header name (7, agreeing): HMAC-MD5 of the raw body.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

patreon = Provider(
    name="patreon",
    display="Patreon",
    scheme=HMAC(signature=Header("X-Patreon-Signature"), algorithm="md5"),
    event_type=Header("X-Patreon-Event"),
    separator=":",
    sure="third party",
)
