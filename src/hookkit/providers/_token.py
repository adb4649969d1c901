"""A service that sends a shared token in X-Webhook-Token, as many tutorials and home-made senders do."""

from hookkit.formats import JSON, Form, Raw, Text
from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import Token

token = Provider(
    name="token",
    display="Token header",
    scheme=Token(Header("X-Webhook-Token")),
    accepts=(JSON(batch=True), Form(), Text(), Raw()),
)
