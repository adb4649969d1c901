"""Runs examples/shop_payments as its command does, to be killed at a point of a delivery's life, or slow.

Nothing of this is in the application: the points are put round the methods of the library and of Django.
"""

import functools
import importlib
import os
import random
import runpy
import signal
import sys
import time
from pathlib import Path

from hookkit import Inbox

COMMIT = "django.db.backends.base.base:BaseDatabaseWrapper._commit"
POINTS = {
    "before it is accepted": ("hookkit.inbox.inbox:Inbox.submit", "before"),
    "accepted and not answered": ("hookkit.inbox.inbox:Inbox.note_accepted", "before"),
    "before the handler": ("hookkit.inbox.attempts:Attempts.run", "before"),
    "marked": ("hookkit.marks:_Django.insert", "after"),
    "fulfilled and not committed": (COMMIT, "before"),
    "committed and not recorded": (COMMIT, "after"),
    "recorded": ("hookkit.inbox.inbox:Inbox._note_written", "after"),
}

HESITATING = "hesitating"
"""In place of a point: each commit of Django's takes a while, and nobody is killed."""

LEASE = 1.0
"""Seconds after which the work of a dead process is taken over, so that tests need not wait for a minute."""


class Armed:
    """Whether a delivery has come; before that, an application starts, and commits migrations."""

    yes = False


def strike(place, when):
    """Kill this process there."""

    def struck(method, *arguments, **named):
        if Armed.yes and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*arguments, **named)
        if Armed.yes and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    _wrap(place, struck)


def arm(method, *arguments, **named):
    Armed.yes = True
    return method(*arguments, **named)


def hesitate(method, *arguments, **named):
    """What reads before another's commit, and writes after it, has much time for it."""
    time.sleep(random.uniform(0, 0.1))
    return method(*arguments, **named)


def _wrap(place, around):
    module, _, name = place.partition(":")
    owner, _, attribute = name.partition(".")
    kind = getattr(importlib.import_module(module), owner)
    method = getattr(kind, attribute)

    @functools.wraps(method)
    def wrapped(*arguments, **named):
        return around(method, *arguments, **named)

    setattr(kind, attribute, wrapped)


if __name__ == "__main__":
    Inbox.__init__.__kwdefaults__["lease"] = LEASE
    if sys.argv[2:] == [HESITATING]:
        _wrap(COMMIT, hesitate)
    elif len(sys.argv) > 2:
        place, when = POINTS[sys.argv[2]]
        strike(place, when)
        _wrap("hookkit.inbox.inbox:Inbox.submit", arm)
    runpy.run_path(str(Path(sys.argv[1])), run_name="__main__")
