"""`Attempts`: one run of one handler for one event, how it ends, and when it is tried again."""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Any

from hookkit.backoff import Backoff, Unset
from hookkit.errors import ConfigError, Discard, RequestError, RetryLater
from hookkit.event import Event
from hookkit.inbox.records import Ended, Fate, Work
from hookkit.inbox.sources import InboxEvent, Source
from hookkit.logs import EscapedTracebacks, printable, raised
from hookkit.router import Around, Handler, Outcome

__all__ = ["Attempts"]

logger = logging.getLogger("hookkit.inbox")
logger.addFilter(EscapedTracebacks())

LONGEST = 16 * 1024
"""Characters of a traceback that are kept: its end, where the exception is."""

ONCE = Backoff(attempts=1)

STALE = Ended(Fate.SKIPPED, error="older than the last event that was handled of its order")
SUPERSEDED = Ended(Fate.SKIPPED, error="a later event of its order is waiting")


class Attempts:
    """Runs works, in the caller's thread or on its loop.

    Args:
        sources: by name; looked up when a work is run.
        backoff: of handlers that name none.
        around: entered round each run, outside the receiver's own.
        chance: gives numbers from 0 to 1.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        backoff: Backoff | None,
        around: Around | None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._sources = sources
        self._backoff = backoff
        self._around = around
        self._chance = chance

    def run(self, work: Work, outcome: Outcome) -> Ended:
        """Run it, and say how it ended. Raises nothing that a handler raises."""
        try:
            handler, event, around = self._prepare(work)
            passed_over = self._passed_over(work, handler)
            if passed_over is not None:
                return passed_over
            self._sources[event.source].router.run_one(handler, event, around, outcome)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # an exit, or gevent's Timeout, must not end a worker
            return self._end_of_failure(work, error, outcome)
        return Ended(Fate.DONE)

    async def run_async(self, work: Work, outcome: Outcome) -> Ended:
        """As `run`, on the caller's loop."""
        try:
            handler, event, around = self._prepare(work)
            passed_over = self._passed_over(work, handler)
            if passed_over is not None:
                return passed_over
            router = self._sources[event.source].router
            await router.run_one_async(handler, event, around, outcome)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # but a task may be cancelled
            return self._end_of_failure(work, error, outcome)
        return Ended(Fate.DONE)

    def _passed_over(self, work: Work, handler: Handler) -> Ended | None:
        """How it ends without being run, where its handler wants that."""
        if not (work.late or work.superseded):
            return None
        stale = self._sources[work.delivery.arrival.source].stale(handler)
        if work.late and stale != "run":
            return STALE
        return SUPERSEDED if work.superseded and stale == "latest" else None

    def _prepare(self, work: Work) -> tuple[Handler, InboxEvent, Around | None]:
        source = self._sources[work.delivery.arrival.source]
        handler = source.handler(work.handler)
        if handler is None:
            raise ConfigError(f"there is no handler {work.handler}")
        backoff = self._backoff_of(handler)
        if work.attempt > backoff.attempts:
            raise _Died(work.attempt - 1)
        return handler, source.event_of(work), _both(self._around, source.around)

    def most(self, source: str, handler: str) -> int:
        """How often this handler is run for one event, at the most."""
        found = self._sources[source].handler(handler)
        return 1 if found is None else self._backoff_of(found).attempts

    def _backoff_of(self, handler: Handler) -> Backoff:
        own = handler.runs.backoff
        return (self._backoff if isinstance(own, Unset) else own) or ONCE

    def _end_of_failure(self, work: Work, error: BaseException, outcome: Outcome) -> Ended:
        if isinstance(error, Discard):
            return Ended(Fate.DISCARDED, error=printable(str(error.reason), 200))
        source = self._sources[work.delivery.arrival.source]
        handler = source.handler(work.handler)
        if handler is not None:
            outcome.failed += ((handler, error),)
        logger.error(
            "handler %s failed on %s, receipt %d, attempt %d",
            printable(work.handler),
            work.delivery.arrival.source,
            work.delivery.receipt,
            work.attempt,
            exc_info=None if isinstance(error, RetryLater) else error,
        )
        wait = self._wait(work, handler, error)
        fate = Fate.DEAD if wait is None else Fate.RETRY
        return Ended(fate, wait or 0.0, printable(raised(error), 200), _rendered(error))

    def _wait(self, work: Work, handler: Handler | None, error: BaseException) -> float | None:
        """Seconds until the next attempt; ``None``: there is none, as after a body that cannot be parsed."""
        if handler is None or isinstance(error, _Died | RequestError):
            return None
        wait = self._backoff_of(handler).wait(work.attempt, self._chance)
        if wait is not None and isinstance(error, RetryLater) and error.after is not None:
            return error.after
        return wait


class _Died(Exception):  # it says what happened, in the words of a dead letter
    def __init__(self, attempts: int) -> None:
        super().__init__(f"the process ended while the handler ran, {attempts} times")


def _rendered(error: BaseException) -> str:
    """The traceback with each line escaped: a payload may be quoted in it."""
    rendered = traceback.format_exception(type(error), error, _in_handler(error))
    lines = "".join(rendered)[-LONGEST:].splitlines()
    return "\n".join(printable(line, 1000) for line in lines)


def _in_handler(error: BaseException) -> TracebackType | None:
    """The traceback from where the user's own code begins; all of it where there is none."""
    here = error.__traceback__
    while here is not None and here.tb_frame.f_globals.get("__name__", "").startswith("hookkit."):
        here = here.tb_next
    return here or error.__traceback__


def _both(outer: Around | None, inner: Around | None) -> Around | None:
    if outer is None or inner is None:
        return outer or inner

    @contextmanager
    def entered(event: Event[Any]) -> Iterator[None]:
        with ExitStack() as stack:
            for around in (outer, inner):
                manager: AbstractContextManager[object] = around(event)
                stack.enter_context(manager)
            yield

    return entered
