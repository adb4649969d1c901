"""Fixtures for pytest, registered by an entry point.

It stands outside the package, so that pytest loads nothing of hookkit before the tests do, and coverage
sees all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

# Where hookkit is installed as a link to its source, pytest would not know.
pytest.register_assert_rewrite("hookkit.testing.contracts")

if TYPE_CHECKING:
    from hookkit import Inbox
    from hookkit.testing import Client, Clock


@pytest.fixture
def webhook_clock() -> Clock:
    """A clock that stands still: ``Receiver(…, clock=webhook_clock)``, ``webhook_clock.advance(60)``."""
    from hookkit.testing import Clock

    return Clock()


@pytest.fixture
def webhook_inbox() -> Iterator[Inbox]:
    """A new inbox in memory: ``Receiver(…, inbox=webhook_inbox)``; the client handles what it accepts."""
    from hookkit import Inbox

    inbox = Inbox("sqlite://")
    yield inbox
    inbox.close()


@pytest.fixture
def webhook_client() -> Iterator[Callable[..., Client]]:
    """Makes clients: ``webhook_client(github).send("push")``; see `hookkit.testing.Client`.

    To the end of the test, the inbox of the receiver is a new one in memory.
    """
    from contextlib import ExitStack

    from hookkit.testing import Client

    seen: list[Inbox] = []

    def made(*arguments: Any, **settings: Any) -> Client:
        client = Client(*arguments, **settings)
        inbox = None if client.receiver is None else client.receiver.inbox
        if inbox is not None and not any(inbox is each for each in seen):
            seen.append(inbox)
            stack.enter_context(inbox.in_memory())
        return client

    with ExitStack() as stack:
        yield made
