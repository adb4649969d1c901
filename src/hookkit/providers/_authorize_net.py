"""Authorize.Net.

Sources: a public reproduction of a 2017 forum vector (literal key text matches, decoded key does
not); docs.rs authorizenet: webhook module;
https://dev.to/slothy/authorize-net-validate-webhook-signature-3ale;
https://developer.authorize.net/api/reference/features/webhooks.html.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

authorize_net = Provider(
    name="authorize_net",
    display="Authorize.Net",
    docs="https://developer.authorize.net/api/reference/features/webhooks.html",
    scheme=HMAC(
        signature=Header("X-ANET-Signature"),
        algorithm="sha512",
        layout="sha512={signature}",
        encoding="HEX",
    ),
    event_type=Pointer("/eventType"),
    event_id=Pointer("/notificationId"),
    signed_ids=True,
    sure="third party",
)
