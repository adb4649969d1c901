"""Stream (getstream.io).

Sources: PyPI getstream: webhook.py and tests/test_webhook.py; PyPI stream-chat: webhook.py;
https://getstream.io/chat/docs/react/push_webhook; https://getstream.io/chat/docs/php/push_webhook/
(6 s, tries).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.inflated import Inflated

stream = Provider(
    name="stream",
    display="Stream (getstream.io)",
    docs="https://getstream.io/chat/docs/react/push_webhook",
    scheme=HMAC(signature=Header("X-Signature"), signs=Inflated()),
    event_type=Pointer("/type"),
    codings=frozenset({"gzip"}),
    timeout=6,
    retries="3 tries in all after 408, 429, 5xx or a time-out, 2 after a network error, within 15 s",
    retry_horizon=15,
)
