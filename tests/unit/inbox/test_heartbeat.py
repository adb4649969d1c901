"""Leases are renewed for as long as they are held, and no longer."""

import contextlib
import logging
import queue
import threading

import pytest

from hookkit.errors import InboxError
from hookkit.inbox.heartbeat import Heartbeat

PATIENCE = 90.0
SECONDS = 0.03


class Renewals:
    """Stands for a store; what is renewed comes out of `next`."""

    def __init__(self, *errors):
        self._errors = list(errors)
        self._seen = queue.SimpleQueue()

    def __call__(self, leases, seconds):
        self._seen.put((frozenset(leases), seconds))
        if self._errors:
            raise self._errors.pop(0)

    def next(self):
        return self._seen.get(timeout=PATIENCE)

    def until(self, leases):
        """Wait until these, and no others, are renewed."""
        while self.next()[0] != leases:
            pass


def _beating():
    return {
        thread for thread in threading.enumerate() if thread.name.startswith("hookkit-heartbeat")
    }


def test_a_lease_is_renewed_while_it_is_held():
    """Again and again, for its full time."""
    renewals = Renewals()
    heart = Heartbeat(renewals, SECONDS)
    with heart.holding("a"):
        assert [renewals.next() for _ in range(3)] == [({"a"}, SECONDS)] * 3


def test_what_is_no_longer_held_is_not_renewed():
    """However it ended; what else is held is, and all in one go."""
    renewals = Renewals()
    heart = Heartbeat(renewals, SECONDS)
    with heart.holding("a"):
        with contextlib.suppress(LookupError), heart.holding("b"):
            renewals.until({"a", "b"})
            assert heart.held == {"a", "b"}
            raise LookupError
        assert heart.held == {"a"}
        renewals.until({"a"})
        assert renewals.next()[0] == {"a"}
    assert heart.held == frozenset()


def test_one_thread_beats_for_all_and_ends_with_the_last():
    """It starts with a lease, and again with the next."""
    others = _beating()
    renewals = Renewals()
    heart = Heartbeat(renewals, SECONDS)
    for _ in range(2):
        assert _beating() <= others
        with heart.holding("a"), heart.holding("b"):
            (thread,) = _beating() - others
            renewals.next()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [
        (InboxError("locked"), logging.WARNING, "1 leases could not be renewed: locked"),
        (LookupError("unforeseen"), logging.ERROR, "1 leases could not be renewed"),
    ],
)
def test_a_beat_that_fails_is_logged_and_the_next_one_comes(caplog, error, level, said):
    """It may be in time still, whatever the error was."""
    renewals = Renewals(error)
    heart = Heartbeat(renewals, SECONDS)
    with heart.holding("a"):
        assert [renewals.next()[0] for _ in range(2)] == [{"a"}] * 2
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (level, said)
