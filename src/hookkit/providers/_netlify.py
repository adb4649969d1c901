"""Netlify.

Sources: https://docs.netlify.com/site-deploys/notifications/#payload-signature.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, Equals, HashOf

netlify = Provider(
    name="netlify",
    display="Netlify",
    docs="https://docs.netlify.com/site-deploys/notifications/#payload-signature",
    scheme=JWT(
        token=Header("X-Webhook-Signature"),
        claims=(Equals("iss", "netlify"), HashOf("sha256")),
    ),
    event_type=Header("X-Netlify-Event"),
    # Of the deploy: each of its states comes with the same.
    event_id=Pointer("/id"),
    timeout=10,
    retries="6 tries, then the notification is disabled",
    signed_ids=True,
    shared_ids=True,
)
