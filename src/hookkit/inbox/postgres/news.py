"""News over Postgres: that a process has accepted something."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from hookkit.errors import InboxError
from hookkit.inbox.forks import after_fork
from hookkit.inbox.postgres.pool import Database
from hookkit.inbox.postgres.text import CHANNEL

__all__ = ["Listener", "Teller", "notify"]

logger = logging.getLogger("hookkit.inbox")

LOOK = 1.0
"""Seconds between looks at whether to stop."""

AFTER_ERROR = 5.0

REST = 0.02
"""Seconds between two notifications of a process: one tells of all that is committed."""


class Listener:
    """A thread with a connection of its own, that calls `tell` with each notification."""

    def __init__(self, database: Database, tell: Callable[[], None]) -> None:
        self._database = database
        self._tell = tell
        self._ending = threading.Event()
        threading.Thread(target=self._listen_on, name="hookkit-listener", daemon=True).start()

    def stop(self) -> None:
        """No more, from the next look on."""
        self._ending.set()

    def _listen_on(self) -> None:
        while not self._ending.is_set():
            try:
                with self._database.connect() as connection:
                    self._listen(connection)
            except InboxError as error:
                logger.warning(
                    "nothing is told of new deliveries, workers look for them: %s", error
                )
                self._ending.wait(AFTER_ERROR)
            except Exception as error:  # noqa: BLE001  # the library's own; workers look all the same
                logger.warning("listening again: %s", type(error).__name__)
                self._ending.wait(AFTER_ERROR)

    def _listen(self, connection: Any) -> None:
        (quoted,) = connection.execute(f"SELECT quote_ident({CHANNEL})").fetchone()
        connection.execute(f"LISTEN {quoted}")
        self._tell()  # of what came while nobody listened
        while not self._ending.is_set():
            for _ in connection.notifies(timeout=LOOK, stop_after=1):
                self._tell()


class Teller:
    """A thread that lets other processes know, soon after something was committed.

    Not in the transaction: those with a notification commit one after the other, and so wait for the disk
    one after the other. Where one is lost, workers look for what is due all the same.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._start_afresh()
        after_fork(self._start_afresh)

    def _start_afresh(self) -> None:
        self._changed = threading.Condition()
        self._untold = False
        self._thread: threading.Thread | None = None
        self._ending = False

    def tell(self) -> None:
        """Something was committed."""
        with self._changed:
            self._untold = True
            if self._thread is None:
                self._thread = self._started()
            self._changed.notify()

    def _started(self) -> threading.Thread | None:
        thread = threading.Thread(target=self._tell_on, name="hookkit-teller", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter is about to end
            return None
        return thread

    def close(self) -> None:
        """Tell what was not told yet."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        self._start_afresh()

    def _tell_on(self) -> None:
        while self._has_news():
            try:
                self._database.ask(notify)
            except Exception as error:  # noqa: BLE001  # it would be the last news of this process
                logger.warning("not told of new deliveries: %s", type(error).__name__)
            time.sleep(REST)

    def _has_news(self) -> bool:
        """Wait for some; false where none is to come."""
        with self._changed:
            self._changed.wait_for(lambda: self._untold or self._ending)
            untold, self._untold = self._untold, False
            return untold


def notify(connection: Any) -> None:
    """Let those who listen know that something is due."""
    connection.execute(f"SELECT pg_notify({CHANNEL}, '')")
