"""Stream (getstream.io).

Sources: PyPI getstream: webhook.py and tests/test_webhook.py; PyPI stream-chat: webhook.py.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.inflated import Inflated

stream = Provider(
    name="stream",
    display="Stream (getstream.io)",
    scheme=HMAC(signature=Header("X-Signature"), signs=Inflated()),
    event_type=Pointer("/type"),
    codings=frozenset({"gzip"}),
)
