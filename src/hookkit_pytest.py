"""Fixtures for pytest, registered by an entry point.

It stands outside the package, so that pytest loads nothing of hookkit before the tests do, and coverage
sees all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
def webhook_client() -> type[Client]:
    """Makes clients: ``webhook_client(github).send("push")``; see `hookkit.testing.Client`."""
    from hookkit.testing import Client

    return Client
