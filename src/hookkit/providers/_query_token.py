"""Generic query token (Zapier, IFTTT, Docker Hub, Mailchimp)."""

from hookkit.formats import JSON, Form, Raw, Text
from hookkit.places import Query
from hookkit.provider import Provider
from hookkit.schemes import Token

query_token = Provider(
    name="query_token",
    display="Generic query token (Zapier, IFTTT, Docker Hub, Mailchimp)",
    scheme=Token(Query("token")),
    accepts=(JSON(batch=True), Form(), Text(), Raw()),
)
