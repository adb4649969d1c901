"""`Alarms`: when to tell people. Each alarm starts and ends once, however many processes look."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hookkit.errors import ConfigError
from hookkit.inbox.book import SLOT, Alarm
from hookkit.inbox.desk import Desk
from hookkit.inbox.sources import Source
from hookkit.logs import EscapedTracebacks

__all__ = ["Alarms", "Watch"]

logger = logging.getLogger("hookkit.alarms")
logger.addFilter(EscapedTracebacks())

PATIENCE = 60.0
"""Seconds after which another process tells people, where the first has not noted that it did."""

AUTHENTIC = frozenset({"accepted", "duplicate"})

STRANGERS = frozenset({"method-not-allowed"})
"""Refusals of what no provider sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Thresholds; ``None`` switches one off. Silence is `Receiver`'s ``expect_every=``.

    Args:
        refusals: so many of a source were refused within `within`, and nothing of it was accepted.
        within: seconds, counted in steps of five minutes.
        dead: dead letters of a source.
        backlog: undone works and unparsed deliveries of the inbox.
        oldest: seconds for which one of them is due.
        every: seconds between looks, in each process that works.
        tell: called with the `Alarm` when one starts and when it ends, by one process of all; where it
            raises, it is called again a minute later. The log has it in any case.

    Raises:
        ConfigError: a threshold makes no sense.
    """

    refusals: int | None = 10
    within: float = 900.0
    dead: int | None = 1
    backlog: int | None = 1000
    oldest: float | None = 900.0
    every: float = 30.0
    tell: Callable[[Alarm], object] | None = None

    def __post_init__(self) -> None:
        counts = (self.refusals, self.dead, self.backlog)
        seconds = (self.within, self.oldest, self.every)
        # Of a NaN neither is so.
        if not all(each is None or each >= 1 for each in (*counts, *seconds)):
            raise ConfigError("Alarms(…): thresholds and seconds are at least 1, or None for never")


class Judged(NamedTuple):
    """Whether an alarm should be on, and why."""

    source: str
    kind: str
    raised: bool
    text: str


class Watch:
    """Looks at a store, raises and ends alarms, and tells of it.

    Args:
        desk: of the store.
        sources: by name.
        alarms: the thresholds.
        clock: unix seconds.
    """

    def __init__(
        self,
        desk: Desk,
        sources: Mapping[str, Source],
        alarms: Alarms,
        clock: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._sources = sources
        self._alarms = alarms
        self._clock = clock

    def check(self) -> list[Alarm]:
        """Raise and end alarms, and tell people. Gives those that are on. Raises InboxError."""
        now = self._clock()
        known = {(each.source, each.kind): each for each in self._desk.book.alarms()}
        judged = list(self._judge_all(now, known))
        for each in judged:
            self._turn(each, known.get((each.source, each.kind)), now)
        self._end_unwatched(judged, known.values(), now)
        for alarm in self._desk.book.untold(now, PATIENCE):
            self._tell(alarm)
        texts = {each[:2]: each.text for each in judged}  # as it is now, and not as it began
        return [
            alarm._replace(text=texts.get(alarm[:2], alarm.text))
            for alarm in self._desk.book.alarms()
            if alarm.raised
        ]

    def _turn(self, judged: Judged, known: Alarm | None, now: float) -> None:
        if known is None:
            self._desk.book.watch(judged.source, judged.kind, now)
        if judged.raised != (known is not None and known.raised):
            self._desk.book.turn(Alarm(judged.source, judged.kind, judged.raised, now, judged.text))

    def _end_unwatched(self, judged: Iterable[Judged], known: Iterable[Alarm], now: float) -> None:
        """End alarms whose threshold is no longer set."""
        watched = {(each.source, each.kind) for each in judged}
        for alarm in known:
            ours = alarm.source in self._sources or not alarm.source
            if alarm.raised and ours and alarm[:2] not in watched:
                self._desk.book.turn(
                    alarm._replace(raised=False, since=now, text="is no longer watched")
                )

    def _tell(self, alarm: Alarm) -> None:
        name = alarm.source or "inbox"
        if alarm.raised:
            logger.error("%s: %s: %s", name, alarm.kind, alarm.text)
        else:
            logger.warning("%s: %s is over: %s", name, alarm.kind, alarm.text)
        if self._alarms.tell is not None:
            try:
                self._alarms.tell(alarm)
            except Exception:  # whatever the user's function raises
                logger.exception("telling of an alarm failed, and is tried again")
                return
        self._desk.book.told(alarm)

    # What should be on.

    def _judge_all(self, now: float, known: Mapping[tuple[str, str], Alarm]) -> Iterator[Judged]:
        yield from self._silences(now, known)
        if self._alarms.refusals is not None:
            yield from self._refusals(now, self._alarms.refusals)
        if self._alarms.dead is not None:
            yield from self._dead(self._alarms.dead)
        if self._alarms.backlog is not None or self._alarms.oldest is not None:
            yield self._backlog()

    def _silences(self, now: float, known: Mapping[tuple[str, str], Alarm]) -> Iterator[Judged]:
        expected = [each for each in self._sources.values() if each.expect_every is not None]
        last = self._desk.book.last_came() if expected else {}
        for source in expected:
            every = source.expect_every or 0.0
            came = last.get(source.name)
            raised = _is_silent(now, every, came, known.get((source.name, "silence")))
            since = (
                "nothing has come yet" if came is None else f"nothing came for {_span(now - came)}"
            )
            silent = f"{since}; expected every {_span(every)}. Is the endpoint still set at the provider?"
            yield Judged(source.name, "silence", raised, silent if raised else "it comes again")

    def _refusals(self, now: float, most: int) -> Iterator[Judged]:
        refused: dict[str, int] = defaultdict(int)
        reasons: dict[str, set[str]] = defaultdict(set)
        accepted: set[str] = set()
        for each in self._desk.book.traffic(int((now - self._alarms.within) // SLOT)):
            if each.outcome in AUTHENTIC:
                accepted.add(each.source)
            elif each.outcome not in STRANGERS:
                refused[each.source] += each.times
                reasons[each.source].add(each.outcome)
        for name in self._sources:
            raised = refused[name] >= most and name not in accepted
            why = ", ".join(sorted(reasons[name]))
            text = (
                f"{refused[name]} were refused within {_span(self._alarms.within)} and none was accepted "
                f"({why}). Is the secret the one that is set at the provider?"
                if raised
                else "some are accepted, or none is refused"
            )
            yield Judged(name, "refusals", raised, text)

    def _dead(self, most: int) -> Iterator[Judged]:
        dead = self._desk.book.dead(1000)
        for name in self._sources:
            count = dead.get(name, 0)
            text = f"{count} dead letters: see inbox list --state dead" if count else "none is dead"
            yield Judged(name, "dead", count >= most, text)

    def _backlog(self) -> Judged:
        limit, longest = self._alarms.backlog, self._alarms.oldest
        count, oldest = self._desk.backlog(1 + (limit or 0))
        much = limit is not None and count > limit
        late = longest is not None and oldest > longest
        raised = much or late
        more = "more than " if much else ""
        text = f"{more}{count - much} undone, the oldest of it due for {_span(oldest)}" + (
            ". Do the workers run?" if raised else ""
        )
        return Judged("", "backlog", raised, text)


def _is_silent(now: float, every: float, came: float | None, alarm: Alarm | None) -> bool:
    if came is not None:
        return now - came >= every
    if alarm is None:
        return False  # where nothing ever came, silence counts from the first look
    return alarm.raised or now - alarm.since >= every


def _span(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
