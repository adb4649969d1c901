"""`Inbox.deliveries`: see what arrived, run it again, copy it, and take it out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypedDict, TypeVar, Unpack

from hookkit.errors import ConfigError
from hookkit.inbox.desk import STATES, Desk, Filter, Kept, Line, Mark
from hookkit.inbox.export import from_line, to_line
from hookkit.inbox.records import Arrival
from hookkit.messages import Request
from hookkit.places import Pointer

__all__ = ["Deliveries", "Progress", "Wanted", "filter_of"]

T = TypeVar("T")

Progress = Callable[[int], None]
"""Is told how many more are done."""

Time = float | datetime
"""Unix seconds, or a datetime with a time zone."""

NOTHING = Request("POST", (), b"")
"""For places that look at the payload alone."""

PAGE = 500
"""Deliveries that are changed in one transaction: whatever ends it, those before are done."""


class Wanted(TypedDict, total=False):
    """The filters of `Deliveries.find`."""

    source: str | None
    state: str | None
    type: str | None
    event_id: str | None
    delivery_id: str | None
    since: Time | None
    until: Time | None


class Deliveries:
    """What an inbox has accepted, for whoever is on call.

    Long ones may be interrupted at any time and begun again: what was done is done, and the rest is found.

    Args:
        desk: of the store.
        handlers: gives source and name of the handlers that are known.
        tell: is called when there is something to do.
    """

    def __init__(
        self,
        desk: Desk,
        handlers: Callable[[], list[tuple[str, str]]],
        tell: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._handlers = handlers
        self._tell = tell

    def find(
        self,
        *,
        source: str | None = None,
        state: str | None = None,
        type: str | None = None,  # noqa: A002  # an event's
        event_id: str | None = None,
        delivery_id: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        before: int | None = None,
        most: int = 50,
    ) -> list[Line]:
        """The newest, the newest first.

        Args:
            source: the receiver's.
            state: ``accepted`` (not parsed yet), ``waiting``, ``done``, ``dead``, ``rejected``, ``erased``.
            type: of one of its events. A delivery that no worker has begun with is found neither by this nor
                by `event_id`, unless its receiver orders its events.
            event_id: of one of its events.
            delivery_id: the provider's.
            since: received then or later.
            until: received before.
            before: only receipts below this: the last of the page before.
            most: how many.

        Raises:
            ConfigError: there is no such state.
            InboxError: the store cannot be had.
        """
        wanted = Wanted(
            source=source,
            state=state,
            type=type,
            event_id=event_id,
            delivery_id=delivery_id,
            since=since,
            until=until,
        )
        return self._desk.look(filter_of(wanted), before, most)

    def show(self, receipt: int) -> Kept | None:
        """One with its headers, payload, events, works and failures; never its credentials."""
        return self._desk.show(receipt)

    def stats(self) -> dict[str, dict[str, int]]:
        """For each source: events ``waiting``, ``done`` and ``dead``; deliveries accepted or rejected."""
        found: dict[str, dict[str, int]] = {}
        for source, state, times in self._desk.tally():
            found.setdefault(source, {})[state] = times
        return dict(sorted(found.items()))

    def size(self) -> int:
        """Bytes that the store takes."""
        return self._desk.size()

    # Once more, or no more.

    def replay(
        self,
        *receipts: int,
        handler: str | None = None,
        progress: Progress | None = None,
        **wanted: Unpack[Wanted],
    ) -> int:
        """Have these handled again, or all that `find` would give for these filters. How many works.

        Args:
            receipts: of deliveries.
            handler: name of the only handler that is to run, also one that did not hear them before.
            progress: is told of each page.
            wanted: as in `find`.

        Raises:
            ConfigError: there is no such handler or receipt, or nothing says which deliveries. Nothing is
                changed then.
        """
        handlers = self._named(handler)

        def queue(page: Sequence[int]) -> int:
            queued = sum(self._desk.queue(page, each) for each in handlers)
            self._tell()
            return queued

        return _each_page(queue, self._pages(receipts, wanted), progress)

    def _named(self, handler: str | None) -> Sequence[tuple[str, str] | None]:
        if handler is None:
            return [None]
        found = [each for each in self._handlers() if each[1] == handler]
        if not found:
            known = ", ".join(sorted(name for _, name in self._handlers())) or "none"
            raise ConfigError(f"there is no handler {handler}; known here: {known}")
        return found

    def discard(
        self, *receipts: int, progress: Progress | None = None, **wanted: Unpack[Wanted]
    ) -> int:
        """Give up what is undone of these, which are told as in `replay`. How many works and deliveries."""
        return _each_page(self._desk.discard, self._pages(receipts, wanted), progress)

    def erase(
        self,
        *receipts: int,
        pointer: str | None = None,
        value: str | None = None,
        progress: Progress | None = None,
        **wanted: Unpack[Wanted],
    ) -> int:
        """Take out all that was sent with these; what is undone is given up. That they came stays known.

        Args:
            receipts: of deliveries.
            pointer: only where this place of the payload, such as ``/customer/email``, has the `value`; each
                delivery that is meant is looked at.
            value: a text, or anything else as JSON has it, such as ``42`` or ``true``.
            progress: is told of each page.
            wanted: as in `find`.

        Nothing of it is left on the disk after `shrink`; backups are yours.

        Raises:
            ConfigError: there is a pointer and no value, a value and no pointer, or no such receipt; or
                nothing says which deliveries.
        """
        if (pointer is None) != (value is None):
            raise ConfigError("a pointer and a value go together: a place, and what stands there")
        if pointer is None or value is None:
            return _each_page(self._desk.erase, self._pages(receipts, wanted), progress)
        place = Pointer(pointer)

        def erase_found(page: Sequence[int]) -> int:
            arrivals = self._desk.arrivals(page)
            found = [receipt for receipt, arrival in arrivals if _has(arrival, place, value)]
            return self._desk.erase(found) if found else 0

        pages = self._pages(receipts, wanted, everything=True)
        return _each_page(erase_found, pages, progress)

    def prune(
        self,
        *,
        older_than: float | None = None,
        to_bytes: int | None = None,
        now: Callable[[], float],
        progress: Progress | None = None,
        **wanted: Unpack[Wanted],
    ) -> int:
        """Delete what is finished; what is undone stays, and so does that they came. How many deliveries.

        Args:
            older_than: seconds.
            to_bytes: the oldest, until the store takes no more than that.
            now: unix seconds.
            progress: is told of each page.
            wanted: as in `find`.

        Raises:
            ConfigError: nothing says which deliveries.
        """
        meant = filter_of(wanted)
        if older_than is not None:
            meant = replace(meant, until=now() - older_than)
        if to_bytes is not None:
            return self._prune_to_size(meant, to_bytes, progress)
        if meant == Filter():
            raise ConfigError(
                "prune what? Give an age, a size, or a filter such as a source or state"
            )
        return self._prune(meant, None, progress)

    def _prune_to_size(self, meant: Filter, to_bytes: int, progress: Progress | None) -> int:
        pruned = 0
        while (size := self._desk.size()) > to_bytes:
            count = sum(times for _, _, times in self._desk.tally())
            share = max(1, int(count * (size - to_bytes) / size))  # as if all were of one size
            gone = self._prune(meant, share, progress)
            self._desk.shrink()
            pruned += gone
            if not gone or self._desk.size() >= size:
                break
        return pruned

    def _prune(self, meant: Filter, most: int | None, progress: Progress | None) -> int:
        pruned = 0
        while most is None or pruned < most:
            gone = self._desk.prune(meant, PAGE if most is None else min(PAGE, most - pruned))
            if not gone:
                break
            pruned += gone
            if progress is not None:
                progress(gone)
        return pruned

    def shrink(self) -> None:
        """Give back the space of what is gone, and leave nothing of it on the disk. Others wait meanwhile."""
        self._desk.shrink()

    # Elsewhere.

    def export(self, progress: Progress | None = None) -> Iterator[str]:
        """All, as lines of JSON without their ends; see `load`."""
        for page in self._all():
            for item in page:
                yield to_line(item)
            if progress is not None:
                progress(len(page))

    def load(self, lines: Iterable[str], progress: Progress | None = None) -> int:
        """Store what `export` gave, but what is here already. How many deliveries are new.

        Raises:
            ConfigError: a line is none of an export.
            InboxError: a receipt is another delivery's here.
        """
        new = 0
        items = (from_line(line) for line in lines if line.strip())
        while page := list(islice(items, PAGE)):
            new += self._store(page)
            if progress is not None:
                progress(len(page))
        return new

    def copy_to(self, other: Deliveries, progress: Progress | None = None) -> int:
        """Copy all into another inbox. Begun again, it goes on where it ended. How many are new there.

        Let nobody accept or work here meanwhile: what changes behind it is not copied again.
        """
        new = 0
        for page in self._all(other.last()):
            new += other._store(page)  # its own kind
            if progress is not None:
                progress(len(page))
        return new

    def last(self) -> int:
        """The highest receipt; 0 where there is none."""
        newest = self._desk.look(Filter(), None, 1)
        return newest[0].receipt if newest else 0

    def _all(self, after: int = 0) -> Iterator[list[Kept | Mark]]:
        while page := self._desk.kept(after, PAGE):
            yield list(page)
            after = page[-1].receipt
        last: tuple[str, str] | None = None
        while marks := self._desk.marks(last, PAGE):
            yield list(marks)
            last = (marks[-1].source, marks[-1].key)

    def _store(self, page: Sequence[Kept | Mark]) -> int:
        self._desk.hold([item for item in page if isinstance(item, Mark)])
        return self._desk.keep([item for item in page if isinstance(item, Kept)])

    # Which.

    def _pages(
        self, receipts: Sequence[int], wanted: Wanted, *, everything: bool = False
    ) -> Iterator[Sequence[int]]:
        """The receipts that are meant, the newest first."""
        meant = filter_of(wanted)
        if receipts and meant != Filter():
            raise ConfigError("which deliveries? Give receipts or a filter, and not both")
        if receipts:
            self._refuse_missing(receipts)
            yield receipts
            return
        if meant == Filter() and not everything:
            raise ConfigError(
                "which deliveries? Give receipts, or a filter such as a source or state"
            )
        before: int | None = None
        while lines := self._desk.look(meant, before, PAGE):
            yield [line.receipt for line in lines]
            before = lines[-1].receipt

    def _refuse_missing(self, receipts: Sequence[int]) -> None:
        found = {receipt for receipt, _ in self._desk.arrivals(receipts)}
        missing = [str(each) for each in receipts if each not in found]
        if missing:
            raise ConfigError(f"there is no receipt {', '.join(missing)}")


def _each_page(
    change: Callable[[Sequence[int]], int],
    pages: Iterable[Sequence[int]],
    progress: Progress | None,
) -> int:
    """Change each page in a transaction of its own. Gives the sum of what `change` gives."""
    changed = 0
    for page in pages:
        changed += change(page)
        if progress is not None:
            progress(len(page))
    return changed


def _has(arrival: Arrival, place: Pointer, value: str) -> bool:
    try:
        payload = json.loads(arrival.body)
    except ValueError:
        return False
    items = payload if isinstance(payload, list) else [payload]
    return any(_found(place, item) == value for item in items)


def _found(place: Pointer, item: object) -> str | None:
    found = place.find(NOTHING, item)
    return found if found is None or isinstance(found, str) else json.dumps(found)


def filter_of(wanted: Wanted) -> Filter:
    """Which deliveries these words mean. Raises ConfigError where there is no such word, or state."""
    unknown = set(wanted) - set(Wanted.__annotations__)
    if unknown:
        raise ConfigError(f"there is no filter {', '.join(sorted(unknown))}")
    state = wanted.get("state")
    if state is not None and state not in STATES:
        raise ConfigError(f"state={state!r} is not known: {', '.join(STATES)}")
    return Filter(
        source=wanted.get("source"),
        state=state,
        type=wanted.get("type"),
        event_id=wanted.get("event_id"),
        delivery_id=wanted.get("delivery_id"),
        since=_seconds(wanted.get("since")),
        until=_seconds(wanted.get("until")),
    )


def _seconds(time: Time | None) -> float | None:
    if isinstance(time, datetime):
        if time.tzinfo is None:
            raise ConfigError("a datetime says its time zone: datetime.now(UTC)")
        return time.timestamp()
    return time
