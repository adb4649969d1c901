"""`Heartbeat`: renews the leases of what this process is working on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from hookkit.errors import InboxError
from hookkit.inbox.forks import after_fork

__all__ = ["Heartbeat"]

logger = logging.getLogger("hookkit.inbox")


class Heartbeat:
    """Renews all leases that are held, three times in the life of one.

    Its thread starts with a lease, anew after a fork, and ends when there is none.

    Args:
        renew: called with leases and seconds.
        seconds: that a lease lasts.
    """

    def __init__(self, renew: Callable[[Collection[str], float], None], seconds: float) -> None:
        self._renew = renew
        self._seconds = seconds
        self._start_afresh()
        after_fork(self._start_afresh)

    def _start_afresh(self) -> None:
        # A fork copies what is held, but not the threads that hold it.
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._beating = False

    @contextmanager
    def holding(self, lease: str) -> Iterator[None]:
        """Inside, the lease is renewed."""
        self.hold(lease)
        try:
            yield
        finally:
            self.drop(lease)

    def hold(self, lease: str) -> None:
        """Renew the lease from now on."""
        with self._lock:
            if not self._beating:
                threading.Thread(target=self._beat, name="hookkit-heartbeat", daemon=True).start()
                self._beating = True
            self._held.add(lease)

    def drop(self, lease: str) -> None:
        """Renew the lease no more."""
        with self._lock:
            self._held.discard(lease)

    @property
    def held(self) -> frozenset[str]:
        """The leases that are held now."""
        with self._lock:
            return frozenset(self._held)

    def _beat(self) -> None:
        while True:
            # A lease that was just taken has its full time still.
            time.sleep(self._seconds / 3)
            with self._lock:
                held = frozenset(self._held)
                self._beating = bool(held)
            if not held:
                return
            self._try_to_renew(held)

    def _try_to_renew(self, held: frozenset[str]) -> None:
        try:
            self._renew(held, self._seconds)
        except InboxError as error:
            logger.warning("%d leases could not be renewed: %s", len(held), error)
        except Exception:  # the next beat may be in time, and without this thread there is none
            logger.exception("%d leases could not be renewed", len(held))
