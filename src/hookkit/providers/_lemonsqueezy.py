"""Lemon Squeezy.

Sources: https://docs.lemonsqueezy.com/help/webhooks/signing-requests;
https://docs.lemonsqueezy.com/help/webhooks/webhook-requests.
"""

from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

lemonsqueezy = Provider(
    name="lemonsqueezy",
    display="Lemon Squeezy",
    docs="https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
    scheme=HMAC(signature=Header("X-Signature")),
    event_type=First(Pointer("/meta/event_name"), Header("X-Event-Name")),
    separator="_",
    retries="1 + 3 retries: 5 s, 25 s, 125 s",
    unique_bodies=True,  # it says the object and when it changed
)
