"""For tests of your own handlers: signed requests of any provider, and a client that needs no server.

::

    from hookkit.testing import Client

    def test_greeting():
        sent = Client(github).send("pull_request.opened", {"number": 7})
        assert (sent.status, sent.ran) == (200, ["shop.hooks:greet"])

`hookkit.testing.strategies` has Hypothesis strategies; with pytest there are the fixtures `webhook_client`,
`webhook_inbox` and `webhook_clock`.
"""

from hookkit.testing.client import Client, Sent
from hookkit.testing.clock import Clock
from hookkit.testing.composing import compose
from hookkit.testing.runs import Ran
from hookkit.testing.secrets import new_secret
from hookkit.testing.sender import Sender

__all__ = ["Client", "Clock", "Ran", "Sender", "Sent", "compose", "new_secret"]
