"""`Batches`: several deliveries at a time, where handlers are quick: leased, expanded, finished together.

A delivery takes three steps in the store, each of which waits for a transaction. Taken for several deliveries
at once, these steps share their transactions, and so the waits for the disk.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace

from hookkit.errors import InboxError, RequestError
from hookkit.inbox.attempts import Attempts
from hookkit.inbox.heartbeat import Heartbeat
from hookkit.inbox.records import Ended, Finished, NewEvent, Unexpanded, Work
from hookkit.inbox.sources import Source
from hookkit.inbox.store import Handlers, Store
from hookkit.router import Outcome

__all__ = ["Batches", "new_lease"]

logger = logging.getLogger("hookkit.inbox")

UNEXPECTED = "unexpected-error"
"""Reason of what was rejected as a function of the user's raised: one that finds its order, or a decoder."""

MOST_UNWRITTEN = 256
"""Ends that are kept to be written later; each keeps its delivery in memory."""

Written = Callable[[Work, Ended, Finished], None]


class Batches:
    """The works that this process has leased: any of its threads runs the next.

    Args:
        store: where they come from.
        sources: by name.
        handlers: gives those that are known here.
        heart: holds their leases.
        attempts: runs them.
        seconds: that a lease lasts.
        written: is told how each ended, when that is in the store.
    """

    def __init__(
        self,
        store: Store,
        sources: Mapping[str, Source],
        handlers: Callable[[], Handlers],
        heart: Heartbeat,
        attempts: Attempts,
        seconds: float,
        written: Written,
    ) -> None:
        self._store = store
        self._sources = sources
        self._handlers = handlers
        self._heart = heart
        self._attempts = attempts
        self._seconds = seconds
        self._written = written
        self.start_afresh()

    def start_afresh(self) -> None:
        """Hold nothing: in a fork, what was leased is the parent's."""
        self._ready: deque[Work] = deque()
        # Their leases are held: what has ended is not to run again as the store was away for a moment.
        self._unwritten: deque[tuple[Work, Ended]] = deque()

    def work(self, most: int, going: Callable[[], bool]) -> int:
        """Run what is ready, or else a work that is due, or else up to `most` deliveries that have come.

        `going` is asked before each run. Gives how many things there were. Raises InboxError.
        """
        self._write_late()
        found = len(self._ready) or self._fetch(most)
        endings: list[tuple[Work, Ended, Future[Finished]]] = []
        try:
            while going() and (work := self._next()) is not None:
                ended = self._attempts.run(work, Outcome())
                endings.append((work, ended, self._begin_to_finish(work, ended)))
        finally:
            self._note(endings)
        return found

    def give_back(self) -> None:
        """Leave to others what is ready and was not run, and write what ended, if that can be written now."""
        self._write_late()
        unwritten = [self._unwritten.popleft() for _ in range(len(self._unwritten))]
        self._drop([work.lease for work, _ in unwritten])
        left = [self._ready.popleft() for _ in range(len(self._ready))]
        leases = [work.lease for work in left]
        try:
            if leases:
                self._store.release(leases)
        finally:
            self._drop(leases)  # or they would be renewed for as long as this process lives

    def _begin_to_finish(self, work: Work, ended: Ended) -> Future[Finished]:
        try:
            return self._store.finishing(work, ended)
        except Exception as error:  # noqa: BLE001  # told with what comes of the others
            failed: Future[Finished] = Future()
            failed.set_exception(error)
            return failed

    def _next(self) -> Work | None:
        try:
            return self._ready.popleft()
        except IndexError:  # another thread took it
            return None

    def _fetch(self, most: int) -> int:
        """Lease more; how many things."""
        leases = [new_lease() for _ in range(most)]
        tasks = self._store.claim_some(self._handlers(), leases, self._seconds)
        for task in tasks:
            self._heart.hold(task.lease)
        held: set[str] = set()
        try:
            works = [task for task in tasks if isinstance(task, Work)]
            works += self._expand([task for task in tasks if isinstance(task, Unexpanded)])
            held = {work.lease for work in works}
            self._ready.extend(works)
        finally:
            self._drop([task.lease for task in tasks if task.lease not in held])
        return len(tasks)

    def _expand(self, tasks: Sequence[Unexpanded]) -> list[Work]:
        """The works of these deliveries that are to be run now."""
        futures: list[Future[list[Work]]] = []
        for task in tasks:
            source = self._sources[task.delivery.arrival.source]
            try:
                events = source.expand_delivery(task.delivery)
            except Exception as error:  # noqa: BLE001  # what finds its order is a user's function
                reject(self._store, task, error)
                continue
            if len(tasks) > 1:
                events = [self._among_others(source.name, event) for event in events]
            futures.append(self._store.expanding(task, events, self._seconds))
        return [work for future in futures for work in future.result()]

    def _among_others(self, source: str, event: NewEvent) -> NewEvent:
        """The event as it is expanded beside others, whose handlers may end the process.

        That counts as an attempt of all works that are leased together. A work whose handler has but one
        attempt could be dead without having run: so it is not leased here, but left to be claimed alone.
        """
        works = [
            replace(work, held=work.held and self._attempts.most(source, work.handler) > 1)
            for work in event.works
        ]
        return replace(event, works=tuple(works))

    def _note(self, endings: Sequence[tuple[Work, Ended, Future[Finished]]]) -> None:
        """Report each ending that could be written; then raise what kept the others from being written."""
        failure: BaseException | None = None
        for work, ended, future in endings:
            try:
                self._written(work, ended, future.result())
            except Exception as error:  # noqa: BLE001  # go on with the others
                failure = failure or error
                if isinstance(error, InboxError) and len(self._unwritten) < MOST_UNWRITTEN:
                    self._unwritten.append((work, ended))
                    continue
            self._drop([work.lease])
        if failure is not None:
            raise failure

    def _write_late(self) -> None:
        """Write the ends for which the store was away. Where it still is, they wait on."""
        while self._unwritten:
            try:
                work, ended = self._unwritten.popleft()
            except IndexError:  # another thread took it
                return
            try:
                self._written(work, ended, self._store.finish(work, ended))
            except InboxError:
                self._unwritten.append((work, ended))  # the last now: another may be written
                return
            except BaseException:
                self._drop([work.lease])
                raise
            self._drop([work.lease])

    def _drop(self, leases: Sequence[str]) -> None:
        for lease in leases:
            self._heart.drop(lease)


def reject(store: Store, task: Unexpanded, error: Exception) -> None:
    """Keep what a worker cannot make into events: to be seen, and replayed after the fix."""
    source, receipt = task.delivery.arrival.source, task.delivery.receipt
    if isinstance(error, RequestError):
        logger.warning("%s: rejected %d: %s", source, receipt, error.reason)
        store.unparseable(task, error.reason)
        return
    logger.error("%s: rejected %d: %s", source, receipt, UNEXPECTED, exc_info=error)
    store.unparseable(task, UNEXPECTED)


def new_lease() -> str:
    """A new random text, to hold works by."""
    return os.urandom(12).hex()
