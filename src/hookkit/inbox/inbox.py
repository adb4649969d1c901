"""`Inbox`: deliveries are committed before they are acknowledged, and handled by workers, with retries."""

from __future__ import annotations

import atexit
import logging
import random
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from hookkit.backoff import Backoff
from hookkit.errors import ConfigError, InboxError, RequestError
from hookkit.event import Event
from hookkit.inbox.alarms import Alarms, Watch
from hookkit.inbox.attempts import Attempts
from hookkit.inbox.batches import Batches, new_lease, reject
from hookkit.inbox.book import SLOT, Alarm
from hookkit.inbox.deliveries import Deliveries
from hookkit.inbox.feed import Feed
from hookkit.inbox.forks import after_fork
from hookkit.inbox.heartbeat import Heartbeat
from hookkit.inbox.ledger import Ledger
from hookkit.inbox.records import Accepted, Counts, Ended, Fate, Finished, Unexpanded, Work
from hookkit.inbox.rotation import SecretReport, report
from hookkit.inbox.sources import Source
from hookkit.inbox.store import Held, Store
from hookkit.inbox.workers import AFTER_ERROR, Workers
from hookkit.messages import Request
from hookkit.router import Outcome, as_around
from hookkit.schemes.base import Verdict

if TYPE_CHECKING:
    from hookkit.inbox.sealed import SealedStore
    from hookkit.inbox.sealing import Sealing
    from hookkit.keys import Secret

__all__ = ["Inbox"]

logger = logging.getLogger("hookkit.inbox")

DEFAULT_BACKOFF = Backoff()
DEFAULT_ALARMS = Alarms()

PATIENCE = 60.0
"""Seconds for which an engine's task tries to write how a handler ended."""

HOUR = 3600.0
MONTH = 30 * 86400.0

Send = Callable[[str, int, float], None]
"""Hands work to another engine: the source, the delivery's receipt, and after how many seconds."""

Write = Callable[[Work, Ended], None]
"""Writes how a run ended. Raises InboxError."""


class Inbox:
    """Where deliveries are kept: accepted once, handled by workers, done or visibly dead.

    ::

        inbox = Inbox("sqlite:///hooks.db")
        github = Receiver(providers.github, secret=os.environ["GITHUB_SECRET"], inbox=inbox)
        inbox.start(threads=4)      # or in a process of its own: python -m hookkit worker app:inbox

    Args:
        store: ``sqlite:///file.db`` (relative), ``sqlite:////srv/file.db``, ``sqlite://`` (in memory, for
            tests); ``postgresql://user@host/database`` (extra ``postgres``); or a `Store`.
        backoff: of handlers that name none; ``None``: a failure is final.
        lease: seconds after which a worker that is not heard of is taken for dead. While it lives it may take
            as long as it likes.
        parse: ``"now"``: what cannot be parsed is a 400; ``"later"``: deliveries are stored as they are, and
            parsed by the worker.
        around: gives a context manager, entered round every run of a handler; see `Receiver`.
        alarms: when people are to be told; ``None``: never.
        encryption_key: of `cryptography.fernet`, or several, the newest first: headers, bodies, URLs and
            tracebacks are stored encrypted (extra ``crypto``). See ``docs/on-call.md``.
        clock: unix seconds.
        chance: gives numbers from 0 to 1, by which waits after a failure are spread.

    Raises:
        ConfigError: an argument makes no sense.
        InboxError: the store cannot be opened, or was made by a newer hookkit.
    """

    def __init__(
        self,
        store: str | Store,
        *,
        backoff: Backoff | None = DEFAULT_BACKOFF,
        lease: float = 60.0,
        parse: str = "now",
        around: Callable[..., AbstractContextManager[object]] | None = None,
        alarms: Alarms | None = DEFAULT_ALARMS,
        encryption_key: Secret | Sequence[Secret] | None = None,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if not 1 <= lease <= MONTH:  # so that it is no NaN, either
            raise ConfigError("lease= is a number of seconds, from 1 to 30 days")
        if store is None:
            raise ConfigError(
                'Inbox(None): give the URL of a store, such as "sqlite:///hooks.db"; '
                "is the environment variable set?"
            )
        if parse not in ("now", "later"):
            raise ConfigError(f'parse={parse!r} is not known: write "now" or "later"')
        self.parse = parse
        self.sources: dict[str, Source] = {}
        self._lease = float(lease)
        self._clock = clock
        self._sealing = None if encryption_key is None else _sealing(encryption_key)
        self._attempts = Attempts(self.sources, backoff, as_around(around), chance)
        self._threads = 0
        self._send: Send | None = None
        self._next_prune = 0.0
        self._next_look = 0.0
        self._alarms = alarms
        self._labels: dict[str, tuple[str, ...]] = {}
        self._use(_store_at(store) if isinstance(store, str) else store)
        self._start_afresh()
        self.store.open()
        after_fork(self._start_afresh)
        atexit.register(_stop, weakref.ref(self))

    def _use(self, store: Store) -> None:
        """Keep deliveries in this store from now on: make anew all that leads to one."""
        self._sealed = None if self._sealing is None else _sealed(store, self._sealing)
        self.store = self._sealed or store
        self._heart = Heartbeat(self.store.renew, self._lease)
        self._batches = Batches(
            self.store,
            self.sources,
            self._handlers,
            self._heart,
            self._attempts,
            self._lease,
            self._note_written,
        )
        self._ledger = Ledger(self.store.desk.book, self._labels_of, self._clock)
        self.deliveries = Deliveries(self.store.desk, self._handlers, self._wake)
        self.feed = Feed(self.store.desk, self.sources)

    @contextmanager
    def in_memory(self) -> Iterator[None]:
        """Inside, all is kept in a new store in memory, and nothing of its own is touched; for tests.

        Workers of this process are stopped, and no other engine is told of anything.
        """
        self.stop()
        own = self.store, self._sealed, self._heart, self._batches, self._ledger
        shown = self.deliveries, self.feed
        send, self._send = self._send, None
        self._use(_store_at("sqlite://"))
        self.store.open()
        try:
            yield
        finally:
            self.stop()
            self._ledger.close()
            self.store.close()
            self.store, self._sealed, self._heart, self._batches, self._ledger = own
            self.deliveries, self.feed = shown
            self._send = send

    def _start_afresh(self) -> None:
        self._lock = threading.Lock()
        self._workers: Workers | None = None  # the fork's threads are the parent's
        self._batches.start_afresh()
        self._ledger.start_afresh()

    def register(self, source: Source) -> None:
        """Take a receiver's deliveries. Raises ConfigError where another has this source."""
        if source.name in self.sources:
            raise ConfigError(
                f"two receivers of this inbox have the source {source.name!r}: give one of them source=…"
            )
        self.sources[source.name] = source

    # Accepting.

    def submit(
        self,
        source: Source,
        request: Request,
        verdict: Verdict,
        events: Sequence[Event[Any]],
        held: frozenset[str] = frozenset(),
    ) -> Future[tuple[Accepted, list[Work]]]:
        """Begin to accept a delivery.

        Args:
            held: names of the handlers that are run before the reply: their works come back under a lease.

        Returns:
            What came of it, once it is durable, and those works.
        """
        arrival = source.arrival(request, verdict, self._clock(), events)
        if not held and not source.orders(events):
            return self.store.submit(arrival)
        try:
            expanded = source.expand(events, arrival.keys, arrival.received_at, held)
        except Exception:
            if held:
                raise
            # `ordered_by` is the user's function. A worker will find the same, and reject it visibly.
            logger.exception("%s: an order cannot be told", source.name)
            return self.store.submit(arrival)
        return self.store.submit(arrival, expanded, new_lease(), self._lease)

    def submit_repaired(
        self, source: Source, request: Request, verdict: Verdict, events: Sequence[Event[Any]]
    ) -> Accepted:
        """As `submit`, of a delivery that was fetched from the provider. Raises InboxError."""
        now = self._clock()
        arrival = source.arrival(request, verdict, now, events, origin="repair")
        expanded = source.expand(events, arrival.keys, now) if source.orders(events) else None
        accepted, _ = self.store.submit(arrival, expanded, new_lease(), self._lease).result()
        self.note_accepted(source.name, accepted, None)
        return accepted

    def submit_unparsed(
        self, source: Source, request: Request, verdict: Verdict
    ) -> Future[tuple[Accepted, list[Work]]]:
        """As `submit`, of a delivery that a worker parses."""
        keys = source.dedupe.keys_of_delivery(request, verdict, source.sent_id(request))
        arrival = source.arrival(request, verdict, self._clock(), None, (keys,))
        return self.store.submit(arrival)

    def reject(
        self,
        source: Source,
        request: Request,
        verdict: Verdict,
        error: RequestError,
        origin: str = "request",
    ) -> None:
        """Keep what is authentic and cannot be parsed."""
        arrival = source.arrival(request, verdict, self._clock(), None, origin=origin)
        self.store.reject(arrival, error.reason)

    def take(
        self, source: Source, events: Sequence[Sequence[str]], handlers: frozenset[str]
    ) -> list[Work]:
        """Lease what these handlers have not done yet of events that came again.

        Args:
            events: the keys of each.

        Raises:
            Held: another is at one of them; then none is leased.
        """
        names = [(source.name, each) for each in handlers]
        lease = new_lease()
        works: list[Work] = []
        try:
            for keys in events:
                works += self.store.take(source.name, keys, names, lease, self._lease)
        except Held:
            if works:
                self.store.release([lease])
            raise
        return works

    def note_accepted(self, source: str, accepted: Accepted, secret: int | None) -> None:
        """Count what this process has accepted, and have it worked on.

        `secret` is the position of the one that verified it.
        """
        self._ledger.count(source, "duplicate" if accepted.duplicate else "accepted", secret)
        if self._send is not None and (accepted.revived or not accepted.duplicate):
            self._send(source, accepted.receipt, 0.0)
        try:
            self._wake()
        except RuntimeError as error:  # it is committed, and the next that comes tries again
            logger.warning("no workers can be started: %s", error)

    def note_refused(self, source: str, reason: str) -> None:
        """Count a request that was refused for this reason, which is one of ours."""
        self._ledger.count(source, reason)

    def _wake(self) -> None:
        workers = self._workers
        if workers is None and self._threads:
            workers = self._start_workers()
        if workers is not None:
            workers.tell()

    def _start_workers(self) -> Workers | None:
        with self._lock:
            if self._workers is None and self._threads:
                self._workers = Workers(
                    self.work_some, self._threads, self.store.poll, self.store.watch
                )
            return self._workers

    # Working.

    def start(self, threads: int = 4) -> None:
        """Work in this process, in that many threads.

        They start with the first delivery that it accepts, and so in the children of a server that forks.
        """
        if type(threads) is not int or threads < 1:
            raise ConfigError("threads= is a whole number of at least 1")
        self._threads = threads

    def work(self, threads: int = 4) -> None:
        """Work in this process from now on, as a process that does nothing else."""
        self.start(threads)
        self._wake()

    def hand_to(self, send: Send) -> None:
        """Have another engine work: `send` is told the source and receipt of what there is to do.

        Its third argument is the number of seconds after which. The engine calls `work_on` with the
        receipt, in any process that has this inbox, and now and then asks `overdue` for what it has
        lost. `send` neither blocks nor raises.
        """
        self._send = send

    def stop(self, seconds: float = 10.0) -> None:
        """Claim nothing more, wait that long for what is running, and give the rest back.

        What still runs then is free for others at once, who run it again as its next attempt.
        """
        with self._lock:
            workers, self._workers, self._threads = self._workers, None, 0
        have_ended = workers is None or workers.stop(seconds)
        try:
            self._batches.give_back()
        finally:
            if not have_ended:
                self._give_up(self._heart.held)

    def _give_up(self, leases: Collection[str]) -> None:
        """Let these end now. Not released: what they hold has been begun, and that was an attempt."""
        try:
            self.store.renew(leases, 0.0)
        finally:
            for lease in leases:
                self._heart.drop(lease)

    def end(self) -> None:
        """Stop, and write the counts that are in memory only."""
        try:
            self.stop()
        finally:
            self._ledger.close()

    def close(self) -> None:
        """As `end`, and let go of the store."""
        self.end()
        self.store.close()

    def living_workers(self) -> tuple[int, int]:
        """How many threads work here, and how many should; none before the first delivery."""
        workers = self._workers
        return (0, 0) if workers is None else (workers.alive(), self._threads)

    def drain(self, most: int = 10_000) -> int:
        """Do all that is due, in this thread; for tests. Gives how many things there were."""
        done = 0
        while done < most and self.work_once():
            done += 1
        return done

    def work_on(self, receipt: int) -> int:
        """Do all that is due of this delivery, in this thread. Gives how many things there were.

        Where the store is away when a handler has ended, this waits for it, for a minute at the most.
        """
        done = 0
        while self._work_once(receipt, self._write_patiently):
            done += 1
        return done

    def overdue(self, since: float, most: int) -> list[tuple[str, int]]:
        """Source and receipt of what was not done within so many seconds after it was due.

        At the most so many of each source, so that one whose work is at a standstill hides no other.
        """
        return [
            found
            for source in list(self.sources.values())
            for found in self.store.due(list(source.names()), since, most)
        ]

    def work_some(self, most: int, going: Callable[[], bool]) -> int:
        """Do what is due: one thing, or up to `most` deliveries that have just come. How many there were.

        `going` is asked before each run of a handler.
        """
        self.keep_house()
        return self._batches.work(most, going)

    def work_once(self, receipt: int | None = None) -> bool:
        """Do one thing that is due, of this delivery or of any. Whether there was one."""
        return self._work_once(receipt, self._write)

    def _work_once(self, receipt: int | None, write: Write) -> bool:
        self.keep_house()
        lease = new_lease()
        task = self.store.claim(self._handlers(), lease, self._lease, receipt)
        if task is None:
            return False
        with self._heart.holding(lease):
            works = self._expand(task) if isinstance(task, Unexpanded) else [task]
            for work in works:
                write(work, self._attempts.run(work, Outcome()))
        return True

    def _expand(self, task: Unexpanded) -> list[Work]:
        """The works of this delivery that are to be run now."""
        source = self.sources[task.delivery.arrival.source]
        try:
            expanded = source.expand_delivery(task.delivery)
        except Exception as error:  # noqa: BLE001  # as for several at a time
            reject(self.store, task, error)
            return []
        return self.store.expand(task, expanded, self._lease)

    def run(self, work: Work, outcome: Outcome) -> None:
        """Run a work that is leased, and write how it ended."""
        with self._heart.holding(work.lease):
            self._write(work, self._attempts.run(work, outcome))

    async def run_async(self, work: Work, outcome: Outcome) -> None:
        """As `run`, on the caller's loop, which it does not block."""
        import asyncio  # the caller has loaded it

        with self._heart.holding(work.lease):
            try:
                ended = await self._attempts.run_async(work, outcome)
            except asyncio.CancelledError:
                # Nobody waits for the thread: who is cancelled is to end now.
                asyncio.get_running_loop().run_in_executor(None, self._let_go, work)
                raise
            # Shielded: a request that is cancelled while all threads are busy has been handled.
            await asyncio.shield(asyncio.to_thread(self._write, work, ended))

    def _let_go(self, work: Work) -> None:
        """Leave a run that was broken off to whoever comes next."""
        try:
            self._give_up([work.lease])
        except InboxError as error:
            logger.warning(
                "receipt %d is free when its lease ends: %s", work.delivery.receipt, error
            )

    def _write(self, work: Work, ended: Ended) -> None:
        self._note_written(work, ended, self.store.finish(work, ended))

    def _write_patiently(self, work: Work, ended: Ended) -> None:
        """As `_write`; what has ended must not run again as the store was away for a moment."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._write(work, ended)
            except InboxError as error:
                if time.monotonic() >= until:
                    raise
                logger.warning("the store cannot be had, trying again: %s", error)
                time.sleep(AFTER_ERROR)
            else:
                return

    def _note_written(self, work: Work, ended: Ended, finished: Finished) -> None:
        self._send_on(work, ended, finished)
        if not finished.written:
            logger.warning(
                "the lease of receipt %d was lost while %s ran: it may run twice",
                work.delivery.receipt,
                work.handler,
            )
        elif ended.fate is Fate.DEAD:
            logger.error("dead letter: %s, receipt %d", work.handler, work.delivery.receipt)

    def _send_on(self, work: Work, ended: Ended, finished: Finished) -> None:
        """What is to be done next, to the engine that does it."""
        if self._send is None or not finished.written:
            return
        source = work.delivery.arrival.source
        if ended.fate is Fate.RETRY:
            self._send(source, work.delivery.receipt, ended.after)
        if finished.freed is not None:
            self._send(source, finished.freed, 0.0)

    def _handlers(self) -> list[tuple[str, str]]:
        return [name for source in list(self.sources.values()) for name in source.names()]

    # Keeping house.

    def counts(self) -> Counts:
        """What is in the store, as its own states have it."""
        return self.store.counts(self._handlers())

    def keep_house(self) -> None:
        """Do what is due now and then: look for alarms, forget what is too old. Workers call it."""
        now = time.monotonic()
        if self._alarms is not None and now >= self._next_look:
            self._next_look = now + self._alarms.every
            self.check_alarms()
        if now >= self._next_prune:
            self._next_prune = now + HOUR
            self._prune()

    def check_alarms(self) -> list[Alarm]:
        """Raise and end alarms, and tell people. Gives those that are on."""
        self._ledger.flush()
        if self._alarms is None:
            return []
        return Watch(self.store.desk, dict(self.sources), self._alarms, self._clock).check()

    def alarms(self) -> list[Alarm]:
        """Those that were on at the last look of any process."""
        return [alarm for alarm in self.store.desk.book.alarms() if alarm.raised]

    def secrets(self) -> list[SecretReport]:
        """Which of the live secrets verify, when each last did, and whether it can be removed."""
        self._ledger.flush()
        live = {name: self._labels_of(name) for name in sorted(self.sources)}
        horizons = {name: each.provider.retry_horizon or 0.0 for name, each in self.sources.items()}
        return report(live, self.store.desk.book.uses(), horizons, self._clock())

    def reseal(self, progress: Callable[[int], None] | None = None) -> int:
        """Encrypt with the newest key what is stored under an older one, or in clear. How many deliveries.

        Others go on meanwhile. Begun again, it does it all again.
        """
        if self._sealed is None:
            raise ConfigError("this inbox encrypts nothing: write Inbox(…, encryption_key=…)")
        return self._sealed.reseal(progress)

    def _labels_of(self, name: str) -> tuple[str, ...]:
        if name not in self._labels:
            self._labels[name] = self.sources[name].labels()
        return self._labels[name]

    def _prune(self) -> None:
        self.store.desk.book.forget(int((self._clock() - MONTH) // SLOT))
        for source in list(self.sources.values()):
            keep = source.remembers
            if keep is not None:
                self.store.prune_marks(source.name, keep)

    def __repr__(self) -> str:
        return f"<Inbox of {', '.join(self.sources) or 'nobody yet'}>"


def _sealing(keys: Secret | Sequence[Secret]) -> Sealing:
    from hookkit.inbox.sealing import Sealing  # cryptography is an extra

    return Sealing(keys)


def _sealed(store: Store, sealing: Sealing) -> SealedStore:
    from hookkit.inbox.sealed import SealedStore  # as above

    return SealedStore(store, sealing)


def _store_at(url: str) -> Store:
    scheme, slashes, path = url.partition("://")
    if scheme == "sqlite" and slashes:
        from hookkit.inbox.sqlite import SQLiteStore  # each store is loaded where it is used

        name = path.removeprefix("/")
        return SQLiteStore(":memory:" if name in ("", ":memory:") else name)
    if scheme in ("postgresql", "postgres") and slashes:
        from hookkit.inbox.postgres import PostgresStore  # as above

        return PostgresStore(url)
    # A URL of another kind may hold a password.
    shown = f"{scheme}://…" if slashes else url
    raise ConfigError(
        f'Inbox({shown!r}): write for example "sqlite:///hooks.db" or "postgresql:///shop"'
    )


def _stop(reference: weakref.ref[Inbox]) -> None:
    inbox = reference()
    if inbox is None:
        return
    try:
        inbox.end()
    except InboxError as error:
        logger.warning("what was running is free when its lease ends: %s", error)
