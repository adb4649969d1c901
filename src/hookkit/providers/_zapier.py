"""Zapier and IFTTT, as senders.

What they send is as one builds it there; a header with a token can be part of it:
``providers.zapier.using(scheme=Token(Header("X-Token")))``.

Sources: https://docs.zapier.com/platform/build/hook-trigger.
"""

from hookkit.formats import JSON, Form
from hookkit.provider import Provider
from hookkit.providers._with_scheme import NEEDS, with_scheme
from hookkit.schemes.nothing import Nothing

zapier = Provider(
    name="zapier",
    display="Zapier, IFTTT",
    docs="https://docs.zapier.com/platform/build/hook-trigger",
    scheme=Nothing(),
    accepts=(JSON(batch=True), Form()),
    needs=NEEDS,
    configure=with_scheme,
    sure="third party",
)
