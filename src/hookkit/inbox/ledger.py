"""`Ledger`: counts requests in memory, and adds the counts to the store's `Book` now and then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from hookkit.errors import InboxError
from hookkit.inbox.book import SLOT, Book, SecretUse, Tally

__all__ = ["Ledger"]

logger = logging.getLogger("hookkit.inbox")

EVERY = 10.0
"""Seconds after which what was counted is written. It is lost when the process is killed before."""


class Ledger:
    """Counts without a disk: no request waits for one.

    Args:
        book: of the store.
        labels: gives the names of a source's secrets, the newest first.
        clock: unix seconds.
        every: seconds.
    """

    def __init__(
        self,
        book: Book,
        labels: Callable[[str], tuple[str, ...]],
        clock: Callable[[], float],
        every: float = EVERY,
    ) -> None:
        self._book = book
        self._labels = labels
        self._clock = clock
        self._every = every
        self.start_afresh()

    def start_afresh(self) -> None:
        """Begin at nothing: in a fork, what was counted is the parent's."""
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._is_closed = False
        self._tallies: dict[tuple[str, str, int], tuple[int, float]] = {}
        self._uses: dict[tuple[str, int], tuple[int, float, float]] = {}

    def count(self, source: str, outcome: str, secret: int | None = None) -> None:
        """Count one request with this outcome, and the source's secret at this position if one verified it.

        The set of outcomes is ours and finite.
        """
        now = self._clock()
        key = (source, outcome, int(now // SLOT))
        with self._lock:
            self._tallies[key] = (self._tallies.get(key, (0, now))[0] + 1, now)
            if secret is not None:
                times, first, _ = self._uses.get((source, secret), (0, now, now))
                self._uses[source, secret] = (times + 1, first, now)
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None or self._is_closed:
            return
        timer = threading.Timer(self._every, self._flush_in_time)
        timer.name = "hookkit-ledger"
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # no more threads, for which no request should fail
            return
        self._timer = timer

    def _flush_in_time(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self.flush()
        except InboxError as error:
            logger.warning("what came is counted, and not written yet: %s", error)
        except Exception:  # in a timer's thread, where no caller hears of it
            logger.exception("what came could not be counted")

    def close(self) -> None:
        """Write what was counted, if that can be, and nothing more from now on."""
        with self._lock:
            self._is_closed = True
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._flush_in_time()

    def flush(self) -> None:
        """Write what was counted. Raises InboxError; then it is kept, to be written with the next."""
        with self._lock:
            tallies, self._tallies = self._tallies, {}
            uses, self._uses = self._uses, {}
        if not tallies and not uses:
            return
        try:
            self._book.record(
                [Tally(*key, *counted) for key, counted in tallies.items()],
                [
                    SecretUse(source, self._labels(source)[place], *counted)
                    for (source, place), counted in uses.items()
                    if place < len(self._labels(source))  # tenants' secrets have none
                ],
            )
        except InboxError:
            self._put_back(tallies, uses)
            raise

    def _put_back(
        self,
        tallies: dict[tuple[str, str, int], tuple[int, float]],
        uses: dict[tuple[str, int], tuple[int, float, float]],
    ) -> None:
        with self._lock:
            for key, (times, last) in tallies.items():
                more, later = self._tallies.get(key, (0, last))
                self._tallies[key] = (times + more, later)
            for place, (times, first, last) in uses.items():
                more, _, later = self._uses.get(place, (0, first, last))
                self._uses[place] = (times + more, first, later)
            self._set_timer()
