"""`Source`: what an inbox has to know of a receiver, to parse and run what it has accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from hookkit.backoff import Unset
from hookkit.errors import ConfigError
from hookkit.event import Event
from hookkit.inbox.credential_filter import CredentialFilter
from hookkit.inbox.dedupe import Dedupe, sent_id_of
from hookkit.inbox.records import Arrival, Delivery, Head, NewEvent, NewWork, Work
from hookkit.inbox.redact import Redaction
from hookkit.messages import Request
from hookkit.parser import Parser
from hookkit.places import outside_body
from hookkit.provider import Provider
from hookkit.router import Around, Handler, Router
from hookkit.runs import OrderedBy, Runs, lane_of
from hookkit.schemes.base import Verdict

__all__ = ["InboxEvent", "Source"]


LONGEST_ID = 255

HANDLED_LATER = 'ack="handled" needs the events before the reply: use Inbox(parse="now")'

WEEK = 7 * 86400.0


class InboxEvent(Event[Any]):
    """An event out of an inbox, as one handler gets it."""

    __slots__ = ("_attempt", "_handler", "_key", "_receipt", "_received_at")

    def place(self, receipt: int, received_at: float, key: str, handler: str, attempt: int) -> None:
        """Say where in the inbox it stands, and which handler gets it."""
        self._receipt = receipt
        self._received_at = received_at
        self._key = key
        self._handler = handler
        self._attempt = attempt

    @property
    def receipt(self) -> int:
        return self._receipt

    @property
    def received_at(self) -> float | None:
        return self._received_at

    @property
    def attempt(self) -> int:
        return self._attempt

    @property
    def handler(self) -> str:
        return self._handler

    @property
    def key(self) -> str:
        return self._key


@dataclass(frozen=True, slots=True)
class Source:
    """A receiver's name, parser and handlers.

    Attributes:
        around: entered round each run of a handler.
        fresh_for: seconds for which a signed delivery may be sent again; ``None`` where that does not end.
        runs: of handlers that say nothing.
        parse: when its deliveries are parsed: ``now`` or ``later``.
        dedupe: makes the keys by which a repeat is known.
        labels: gives the names of its secrets, the newest first.
        expect_every: seconds within which something should come.
        redaction: what of the body is not stored.
    """

    name: str
    provider: Provider
    parser: Parser
    router: Router
    around: Around | None = None
    fresh_for: float | None = None
    runs: Runs = Runs()  # noqa: RUF009  # frozen
    parse: str = "now"
    labels: Callable[[], tuple[str, ...]] = tuple
    expect_every: float | None = None
    redaction: Redaction | None = None
    dedupe: Dedupe = field(init=False, repr=False, compare=False)
    _credential_filter: CredentialFilter = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dedupe", Dedupe(self.provider))
        object.__setattr__(self, "_credential_filter", CredentialFilter(self.provider))

    def orders(self, events: Iterable[Event[Any]]) -> bool:
        """Whether a handler wants some of these in order: they are then expanded as they are accepted."""
        return any(
            self._ordered_by(handler) is not None
            for event in events
            for handler in self.router.hearing(event.type)
        )

    def is_handled(self, handler: Handler) -> bool:
        """Whether this handler runs before the reply."""
        return (handler.runs.ack or self.runs.ack) == "handled"

    def stale(self, handler: Handler) -> str:
        """Which events this handler passes over: see `Runs.stale`."""
        return handler.runs.stale or self.runs.stale or "run"

    def _ordered_by(self, handler: Handler) -> OrderedBy | None:
        own = handler.runs.ordered_by
        chosen = self.runs.ordered_by if isinstance(own, Unset) else own
        return None if isinstance(chosen, Unset) else chosen

    @property
    def remembers(self) -> float | None:
        """Seconds after which dedupe keys are forgotten; ``None``: never, or an event could run again."""
        if self.fresh_for is None:
            return None
        return max(WEEK, self.fresh_for, self.provider.retry_horizon or 0.0)

    def arrival(
        self,
        request: Request,
        verdict: Verdict,
        now: float,
        events: Sequence[Event[Any]] | None,
        keys: tuple[tuple[str, ...], ...] = (),
        origin: str = "request",
    ) -> Arrival:
        """The delivery as it is stored, of these events; ``None`` where they are parsed later."""
        keys = keys if events is None else self.dedupe.keys_of_events(events)
        sent_id = sent_id_of(events[0]) if events else self.sent_id(request)
        asks, holds = self.dedupe.further_keys(sent_id, len(keys), origin)
        kept = self._credential_filter.without_token(request)
        body = kept.body if verdict.plain is None else verdict.plain
        if self.redaction is not None:
            body = self.redaction.without(body, request.header("Content-Type") or "")
        heads = None if events is None else tuple([Head(e.type, e.id, e.time) for e in events])
        return Arrival(
            source=self.name,
            method=kept.method,
            url=kept.url,
            headers=self._credential_filter.headers(request),
            body=body,
            received_at=now,
            secret=verdict.key,
            signed_at=verdict.timestamp,
            age=verdict.age,
            delivery_id=events[0].delivery_id if events else None,
            heads=heads,
            keys=keys,
            origin=origin,
            asks=asks if keys else (),
            holds=holds if keys else (),
        )

    def events_of(self, delivery: Delivery) -> list[Event[Any]]:
        """The delivery, parsed. Raises RequestError where it cannot be."""
        arrival = delivery.arrival
        request = Request(arrival.method, arrival.headers, arrival.body, url=arrival.url)
        verdict = Verdict(arrival.secret, arrival.signed_at, arrival.age)
        return self.parser.parse(request, verdict, self.name)

    def expand(
        self,
        events: Sequence[Event[Any]],
        keys: Sequence[tuple[str, ...]],
        now: float,
        held: frozenset[str] = frozenset(),
    ) -> list[NewEvent]:
        """Events as they are stored, each with a work for every handler that hears it.

        Args:
            events: of one delivery.
            keys: their dedupe keys.
            now: when they were received, in unix seconds.
            held: names of the handlers that are run at once.
        """
        return [
            NewEvent(
                position=position,
                head=Head(event.type, event.id, event.time),
                keys=keys[position],
                works=tuple(
                    self._new_work(handler, event, now, held)
                    for handler in self.router.hearing(event.type)
                ),
            )
            for position, event in enumerate(events)
        ]

    def _new_work(
        self, handler: Handler, event: Event[Any], now: float, held: frozenset[str]
    ) -> NewWork:
        ordered_by = self._ordered_by(handler)
        digest = None if ordered_by is None else lane_of(ordered_by, event)
        replaces = self.stale(handler) == "latest"
        # An earlier one must not give way to one that the handler will not run for.
        if digest is None or (replaces and handler.when is not None and not handler.when(event)):
            return NewWork(handler.name, handler.name in held)
        # `lane_of` gives a digest already; hashed once more, as lanes in existing stores are named so.
        lane = sha256(digest.encode()).hexdigest()[:32]
        # A handler with an order of its own has a lane of its own; all others share one.
        lane = f"{handler.name} {lane}" if handler.runs.is_ordered else lane
        rank = now if event.time is None else event.time
        return NewWork(
            handler.name,
            lane=lane,
            rank=None if self.provider.event_time is None else rank,
            replaces=replaces,
        )

    def expand_delivery(self, delivery: Delivery) -> list[NewEvent]:
        """Parse a delivery, and as `expand_for_worker`. Raises RequestError where it cannot be parsed."""
        return self.expand_for_worker(self.events_of(delivery), delivery.arrival)

    def expand_for_worker(self, events: Sequence[Event[Any]], arrival: Arrival) -> list[NewEvent]:
        """As `expand`, with the first work held: the worker that expands runs that itself."""
        # What is stored has no credentials and may have another digest: it is known by what it came with.
        known = arrival.heads is not None and len(arrival.keys) == len(events)
        keys = arrival.keys if known else self.dedupe.keys_of_events(events)
        expanded = self.expand(events, keys, arrival.received_at)
        for place, event in enumerate(expanded):
            if event.works and event.works[0].lane is None:
                first = NewWork(event.works[0].handler, held=True)
                expanded[place] = replace(event, works=(first, *event.works[1:]))
                break
        return expanded

    def sent_id(self, request: Request) -> str | None:
        """The id that the delivery was sent with, if it is in a header or the URL; the body is not read."""
        for place in (self.provider.delivery_id, self.provider.event_id):
            if place is not None and outside_body(place):
                found = place.find(request, None)
                if isinstance(found, str) and 0 < len(found) <= LONGEST_ID:
                    return found
        return None

    def event_of(self, work: Work) -> InboxEvent:
        """The event of a work, as its handler gets it. Raises RequestError where it is no longer parsed."""
        events = self.events_of(work.delivery)
        if work.position >= len(events):
            raise ConfigError(
                f"{self.name}: the delivery has {len(events)} events now and had more when it was accepted"
            )
        found = events[work.position]
        return _placed(found, work.delivery, work.key, work.handler, work.attempt)

    def events_at(self, delivery: Delivery) -> list[Event[Any]]:
        """The delivery's events with its receipt, for no handler. Raises RequestError as `events_of` does."""
        return [_placed(event, delivery) for event in self.events_of(delivery)]

    def handler(self, name: str) -> Handler | None:
        """The handler of this name."""
        return next((each for each in self.router.handlers if each.name == name), None)

    def names(self) -> Iterator[tuple[str, str]]:
        """This source's name with each handler's."""
        return ((self.name, handler.name) for handler in self.router.handlers)

    def check(self) -> None:
        """Raises ConfigError where a handler could not be found by its name, or not be run in time."""
        seen: set[str] = set()
        for handler in self.router.handlers:
            if "<" in handler.name:
                raise ConfigError(
                    f"{handler.name} is a lambda or a local function, and an inbox finds handlers by name: "
                    'define it in a module, or name it: @receiver.on("…", name="greet")'
                )
            if handler.name in seen:
                raise ConfigError(
                    f"two handlers of {self.name} have the name {handler.name}, and an inbox tells "
                    'them by it: name one of them: @receiver.on("…", name="greet")'
                )
            seen.add(handler.name)
            if self.parse == "later" and self.is_handled(handler):
                raise ConfigError(HANDLED_LATER)
            if self._ordered_by(handler) is not None:
                self._check_order(handler)

    def _check_order(self, handler: Handler) -> None:
        if self.parse == "later":
            raise ConfigError(
                'ordered_by= looks at events when they are accepted: use Inbox(parse="now")'
            )
        if self.is_handled(handler):
            raise ConfigError(
                f"{handler.name} cannot both wait for its turn (ordered_by=) and run before the reply "
                '(ack="handled"): say ordered_by=None or ack="accepted" for it'
            )


def _placed(
    found: Event[Any], delivery: Delivery, key: str = "", handler: str = "", attempt: int = 1
) -> InboxEvent:
    """The event as it comes out of the inbox."""
    event = InboxEvent(
        found.type,
        found.payload,
        found.request,
        found.verdict,
        found.source,
        found.id,
        found.delivery_id,
        found.time,
    )
    event.place(delivery.receipt, delivery.arrival.received_at, key, handler, attempt)
    return event
