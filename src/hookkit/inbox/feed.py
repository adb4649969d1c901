"""`Inbox.feed`: accepted events in their order, for pages and programs that show them as they come."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any, Unpack

from hookkit.errors import RequestError
from hookkit.event import Event
from hookkit.inbox.deliveries import Wanted, filter_of
from hookkit.inbox.desk import Desk, Filter
from hookkit.inbox.records import Arrival, Delivery
from hookkit.inbox.sources import Source

__all__ = ["Feed"]

logger = logging.getLogger("hookkit.inbox")


class Feed:
    """The accepted events of an inbox, in the order of their receipts, which is that of acceptance.

    They are shown whether a handler has run for them or not. To go on after an event, ask for what is after
    its `receipt`, in any process: nothing is missed or shown twice, as what has a higher receipt was accepted
    later. All events of one delivery have its receipt. A delivery that came
    again is not shown again; what is rejected, erased or pruned is not shown.

    Args:
        desk: of the store.
        sources: by name; deliveries of others are passed over.
    """

    def __init__(self, desk: Desk, sources: Mapping[str, Source]) -> None:
        self._desk = desk
        self._sources = sources

    def last(self) -> int:
        """The newest receipt; 0 where there is none. To follow what comes from now on, begin after it."""
        return self._desk.last()

    def latest(self, most: int = 50) -> list[Event[Any]]:
        """The events of so many of the newest deliveries, the oldest first."""
        lines = self._desk.look(Filter(), None, most)
        return self.after(min(line.receipt for line in lines) - 1, most) if lines else []

    def after(self, receipt: int = 0, most: int = 100) -> list[Event[Any]]:
        """The events of the next deliveries above this receipt, of so many at the most; raises InboxError."""
        while True:
            events, seen = self._look(receipt, most)
            if events or seen == receipt:
                return events
            receipt = seen  # whoever asks has no receipt of what is passed over to go on after

    def find(self, most: int = 50, **wanted: Unpack[Wanted]) -> list[Event[Any]]:
        """The events of the deliveries that `Deliveries.find` gives for these filters, the newest first.

        For looking something up, such as ``find(source="github", type="push")``: what is rejected or erased
        among them is left out. To follow from here on, begin with `latest`.

        Raises:
            ConfigError: there is no such filter, or state.
            InboxError: the store cannot be had.
        """
        lines = self._desk.look(filter_of(wanted), None, most)
        shown = [line.receipt for line in lines if line.state not in ("rejected", "erased")]
        found = self._desk.arrivals(shown)
        return [event for each in reversed(found) for event in self._events(*each)]

    async def follow(self, after: int = 0, *, every: float = 0.25) -> AsyncIterator[Event[Any]]:
        """Each event above this receipt, and then each new one as it comes, without end.

        As `batches`, one by one.
        """
        async for events in self.batches(after, every=every):
            for event in events:
                yield event

    async def batches(
        self, after: int = 0, *, every: float = 0.25, idle: float | None = None
    ) -> AsyncIterator[list[Event[Any]]]:
        """What is above this receipt, and then what comes, without end, as lists.

        The store is asked in a thread, every so many seconds, for each follower by itself.

        Args:
            after: the last receipt that is known.
            every: seconds between two looks while nothing comes.
            idle: seconds after which an empty list is given where nothing came, such as for a connection
                that must be kept alive.

        Raises:
            InboxError: the store cannot be had. Begin again after the last event that came.
        """
        from asyncio import sleep, to_thread  # costly to import, and the caller has it

        quiet = 0.0
        while True:
            events, seen = await to_thread(self._look, after, PAGE)
            if events or (idle is not None and quiet >= idle):
                yield events
                quiet = 0.0
            if seen == after:
                await sleep(every)
                quiet += every
            after = seen

    def _look(self, after: int, most: int) -> tuple[list[Event[Any]], int]:
        """Events, and the last receipt that was looked at."""
        found = self._desk.newer(after, most)
        events = [event for receipt, arrival in found for event in self._events(receipt, arrival)]
        return events, found[-1][0] if found else after

    def _events(self, receipt: int, arrival: Arrival) -> list[Event[Any]]:
        source = self._sources.get(arrival.source)
        if source is None:
            return []
        try:
            return source.events_at(Delivery(receipt, arrival))
        except RequestError as error:
            # Accepted unparsed: the worker will find out, too, and reject it.
            logger.debug("%s: receipt %d is not shown: %s", arrival.source, receipt, error.reason)
            return []


PAGE = 100
"""Deliveries that are read at once."""
