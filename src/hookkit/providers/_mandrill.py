"""Mailchimp Transactional (Mandrill).

Sources:
https://mandrill.zendesk.com/hc/en-us/articles/205583257-How-to-Authenticate-Webhook-Requests.
"""

from hookkit.formats import Form, Pairs
from hookkit.handshake import Handshake
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.forms import SortedForm

mandrill = Provider(
    name="mandrill",
    display="Mailchimp Transactional (Mandrill)",
    docs="https://mandrill.zendesk.com/hc/en-us/articles/205583257-How-to-Authenticate-Webhook-Requests",
    scheme=HMAC(
        signature=Header("X-Mandrill-Signature"),
        algorithm="sha1",
        signs=SortedForm("{url}"),
        encoding="base64",
        reads=Pairs(),
    ),
    accepts=(Form(json_field="mandrill_events", batch=True),),
    event_type=Pointer("/event"),
    # Of the message: what happens to it later comes with the same.
    event_id=Pointer("/_id"),
    event_time=Pointer("/ts"),
    batch=Pointer(""),
    separator="_",
    handshakes=(Handshake(signed=False, asks=(), method="HEAD"),),
    retries="about 20 tries over 75 min",
    retry_horizon=75 * 60.0,
    signed_ids=True,
    shared_ids=True,
)
