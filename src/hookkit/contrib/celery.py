"""Handing the work of an inbox to a Celery application, extra ``celery``.

The inbox stays the truth: a message holds a delivery's source and receipt and nothing else, and a worker that
gets one does what is due of that delivery. A message that comes twice finds nothing to do; one that a broker
has lost is sent again by a sweeper that runs in each worker.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hookkit.errors import ConfigError, InboxError
from hookkit.extras import needed
from hookkit.inbox.forks import after_fork
from hookkit.inbox.inbox import Inbox
from hookkit.logs import EscapedTracebacks, printable

if TYPE_CHECKING:
    from celery import Celery

__all__ = ["hand_over"]

logger = logging.getLogger("hookkit.celery")
logger.addFilter(EscapedTracebacks())

NAME = "hookkit.work"

LONGEST_WAIT = 300.0
"""Seconds. What is to wait for longer is left to the sweeper: a worker keeps such messages in memory, and
some brokers deliver those again that wait for long."""

MOST = 10_000
"""Messages that wait to be sent from one process; more are left to the sweeper."""

LAST_WORDS = 5.0
"""Seconds that a worker's process, which ends, waits for what is to be sent."""

MOST_SWEPT = 10_000
"""Messages of one source that a sweeper sends at once. A broker that was away for an hour has lost many."""

_names: weakref.WeakKeyDictionary[Celery, set[str]] = weakref.WeakKeyDictionary()
"""Of the tasks that do an inbox's work. Celery itself runs the first of a name, whoever sends to it."""


def hand_over(inbox: Inbox, app: Celery, *, name: str = NAME, sweep: float = 30.0) -> Any:
    """Have this Celery application do the inbox's work, in place of hookkit's own workers. Gives the task.

    Call it where the application and the inbox are made, so that web processes and Celery's workers both
    come by. Queues, priorities and concurrency are Celery's own settings, such as ``task_routes`` for the
    task's name; its arguments are the source and the receipt.

    Args:
        inbox: of a store that all of these processes reach.
        app: a ``celery.Celery``.
        name: of the task.
        sweep: seconds between looks, in each worker, for what is due for that long and was not done.

    Raises:
        ConfigError: Celery is not installed, `sweep` makes no sense, or another inbox of this application
            has the name.
    """
    signals = needed("celery.signals", "celery", "hookkit.contrib.celery")
    if sweep <= 0:
        raise ConfigError("sweep= is a number of seconds, more than 0")
    _claim(name, app)

    def work(source: str, receipt: int) -> None:
        try:
            inbox.work_on(receipt)
        except InboxError as error:
            # Nothing is lost: the sweeper finds it when the store is there again.
            logger.warning("%s: receipt %d: %s", printable(source), receipt, error)

    # Late: a message is gone only when its work is done. What a dead worker held is free when its lease ends.
    task = app.task(
        work,
        name=name,
        acks_late=True,
        reject_on_worker_lost=True,
        ignore_result=True,
        shared=False,
    )
    sender = _Sender(task)
    inbox.hand_to(sender.send)
    sweeper = _Sweeper(inbox, sender.send_now, sweep)

    def start(sender: Any = None, **_: object) -> None:
        if getattr(sender, "app", None) is app:
            sweeper.start()

    # Not weak: nothing else refers to these functions.
    signals.worker_ready.connect(start, weak=False)
    signals.worker_shutting_down.connect(lambda **_: sweeper.stop(), weak=False)
    # As after each task with `--max-tasks-per-child 1`: what it sends on would be left to the sweeper.
    signals.worker_process_shutdown.connect(lambda **_: sender.finish(LAST_WORDS), weak=False)
    return task


def _claim(name: str, app: Celery) -> None:
    names = _names.setdefault(app, set())
    if name in names:
        raise ConfigError(
            f"this Celery application has a task {name!r} for an inbox already: give this one another name=…"
        )
    names.add(name)


class _Sender:
    """Sends from a thread of its own: no request waits for a broker."""

    def __init__(self, task: Any) -> None:
        self._task = task
        self._start_afresh()
        after_fork(self._start_afresh)

    def _start_afresh(self) -> None:
        self._lock = threading.Lock()
        self._waiting: queue.Queue[tuple[str, int, float]] = queue.Queue(MOST)
        self._thread: threading.Thread | None = None

    def send(self, source: str, receipt: int, after: float) -> None:
        """Send this message soon, to be worked on after so many seconds."""
        if after > LONGEST_WAIT:
            return
        try:
            self._waiting.put_nowait((source, receipt, after))
        except queue.Full:
            return  # the sweeper sends it
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._send_on, name="hookkit-celery", daemon=True
                )
                self._thread.start()

    def _send_on(self) -> None:
        while True:
            self.send_now(*self._waiting.get())
            self._waiting.task_done()

    def finish(self, seconds: float) -> None:
        """Wait until all is sent, and no longer than that."""
        is_over = self._waiting.all_tasks_done
        with is_over:
            is_over.wait_for(lambda: not self._waiting.unfinished_tasks, seconds)

    def send_now(self, source: str, receipt: int, after: float) -> bool:
        """Send this message, to be worked on after so many seconds. Whether the broker has it."""
        try:
            self._task.apply_async((source, receipt), countdown=after or None, retry=False)
        except Exception as error:  # noqa: BLE001  # whatever a broker's library raises
            logger.warning(
                "receipt %d is sent later, as the broker cannot be had: %s",
                receipt,
                printable(type(error).__name__),
            )
            return False
        return True


class _Sweeper:
    """Sends again what is overdue, in a thread of its own."""

    AGAIN = 5
    """Intervals after which what is still not done is sent once more: it may wait in a long queue."""

    def __init__(
        self, inbox: Inbox, send: Callable[[str, int, float], bool], seconds: float
    ) -> None:
        self._inbox = inbox
        self._send = send
        self._seconds = seconds
        self._ending = threading.Event()
        self._sent: dict[int, float] = {}

    def start(self) -> None:
        """From now on."""
        self._ending.clear()
        threading.Thread(target=self._sweep_on, name="hookkit-sweeper", daemon=True).start()

    def stop(self) -> None:
        """No more."""
        self._ending.set()

    def _sweep_on(self) -> None:
        while not self._ending.wait(self._seconds):
            try:
                self._sweep(time.monotonic())
            except InboxError as error:
                logger.warning("nothing is swept: %s", error)
            except Exception:  # without this thread what a broker loses is lost
                logger.exception("nothing is swept")

    def _sweep(self, now: float) -> None:
        self._inbox.keep_house()
        self._sent = {
            receipt: at
            for receipt, at in self._sent.items()
            if now - at < self.AGAIN * self._seconds
        }
        for source, receipt in self._inbox.overdue(self._seconds, MOST_SWEPT):
            if receipt in self._sent:
                continue
            if not self._send(source, receipt, 0.0):
                return  # nor would it have the next: each would wait for the broker's time-out
            self._sent[receipt] = now
