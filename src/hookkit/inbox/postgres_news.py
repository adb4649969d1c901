"""News from Postgres: that another process has accepted something."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from hookkit.errors import InboxError
from hookkit.inbox.postgres_pool import Database

__all__ = ["Listener"]

logger = logging.getLogger("hookkit.inbox")

LOOK = 1.0
"""Seconds between looks at whether to stop."""

AFTER_ERROR = 5.0


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
        (quoted,) = connection.execute(
            "SELECT quote_ident('hookkit:' || current_schema())"
        ).fetchone()
        connection.execute(f"LISTEN {quoted}")
        self._tell()  # of what came while nobody listened
        while not self._ending.is_set():
            for _ in connection.notifies(timeout=LOOK, stop_after=1):
                self._tell()
