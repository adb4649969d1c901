"""From a verified delivery to the inbox: accepted, run at once where that is wished, or rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hookkit.errors import ConfigError, InboxError, RequestError
from hookkit.event import Event
from hookkit.inbox.dedupe import known_by
from hookkit.inbox.inbox import Inbox
from hookkit.inbox.records import Accepted, Work
from hookkit.inbox.sources import HANDLED_LATER, Source
from hookkit.inbox.store import Held
from hookkit.messages import Request
from hookkit.router import Outcome
from hookkit.schemes.base import Verdict

__all__ = ["Intake"]


class Intake:
    """One receiver's way into its inbox.

    Args:
        inbox: takes the source's deliveries from now on.
        source: the receiver's name, parser and handlers.

    Raises:
        ConfigError: the inbox has that source already, or cannot parse later what this provider sends.
    """

    def __init__(self, inbox: Inbox, source: Source) -> None:
        self.later = inbox.parse == "later"
        if self.later and any(each.signed for each in source.provider.handshakes):
            raise ConfigError(
                f'{source.provider.name} asks its set-up questions in signed bodies: use Inbox(parse="now")'
            )
        if self.later and source.runs.ack == "handled":
            raise ConfigError(HANDLED_LATER)
        inbox.register(source)
        self._inbox = inbox
        self._source = source

    def take(self, events: Sequence[Event[Any]]) -> list[Outcome]:
        """Accept a delivery's events; those that are run before the reply come back as what came of them.

        Raises:
            InboxError: nothing was accepted, or another is at it.
        """
        if not events:
            return []
        held = self._held(events)
        request, verdict = events[0].request, events[0].verdict
        future = self._inbox.submit(self._source, request, verdict, events, held)
        accepted, works = future.result()
        self._inbox.note_accepted(self._source.name, accepted, verdict.key)
        outcomes: dict[int, Outcome] = {}
        for work in self._to_run(events, held, accepted, works):
            self._inbox.run(work, outcomes.setdefault(work.position, Outcome()))
        return list(outcomes.values())

    async def take_async(self, events: Sequence[Event[Any]]) -> list[Outcome]:
        """As `take`, on the caller's loop, which it does not block."""
        from asyncio import to_thread, wrap_future  # the caller has loaded it

        if not events:
            return []
        held = self._held(events)
        request, verdict = events[0].request, events[0].verdict
        future = self._inbox.submit(self._source, request, verdict, events, held)
        accepted, works = await wrap_future(future)
        self._inbox.note_accepted(self._source.name, accepted, verdict.key)
        if held:
            works = await to_thread(self._to_run, events, held, accepted, works)
        outcomes: dict[int, Outcome] = {}
        for work in works:
            await self._inbox.run_async(work, outcomes.setdefault(work.position, Outcome()))
        return list(outcomes.values())

    def take_unparsed(self, request: Request, verdict: Verdict) -> None:
        """Accept a delivery that a worker parses. Raises InboxError."""
        future = self._inbox.submit_unparsed(self._source, request, verdict)
        accepted, _ = future.result()
        self._inbox.note_accepted(self._source.name, accepted, verdict.key)

    async def take_unparsed_async(self, request: Request, verdict: Verdict) -> None:
        """As `take_unparsed`, on the caller's loop, which it does not block."""
        from asyncio import wrap_future  # the caller has loaded it

        future = self._inbox.submit_unparsed(self._source, request, verdict)
        accepted, _ = await wrap_future(future)
        self._inbox.note_accepted(self._source.name, accepted, verdict.key)

    def reject(self, request: Request, verdict: Verdict, error: RequestError) -> None:
        """Keep what is authentic and cannot be parsed. Raises InboxError."""
        self._inbox.reject(self._source, request, verdict, error)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids, of deliveries or events, have come. Raises InboxError."""
        keys = {key: sent_id for sent_id in ids for key in known_by(sent_id)}
        found = self._inbox.store.desk.book.known(self._source.name, list(keys))
        return {keys[key] for key in found}

    def take_repaired(self, request: Request) -> str:
        """Accept a delivery that was fetched from the provider: ``stored``, ``known`` or ``rejected``.

        Raises:
            InboxError: nothing was accepted.
        """
        verdict = Verdict(0)  # authentic by the connection to the provider's API
        try:
            events = self._source.parser.parse(request, verdict, self._source.name)
        except RequestError as error:
            self._inbox.reject(self._source, request, verdict, error, "repair")
            return "rejected"
        if not events:
            return "known"
        accepted = self._inbox.submit_repaired(self._source, request, verdict, events)
        return "known" if accepted.duplicate else "stored"

    def note_refused(self, reason: str) -> None:
        """A request was refused for this reason."""
        self._inbox.note_refused(self._source.name, reason)

    def _held(self, events: Sequence[Event[Any]]) -> frozenset[str]:
        """Names of the handlers that run before the reply."""
        return frozenset(
            handler.name
            for event in events
            for handler in self._source.router.hearing(event.type)
            if self._source.is_handled(handler)
        )

    def _to_run(
        self,
        events: Sequence[Event[Any]],
        held: frozenset[str],
        accepted: Accepted,
        works: list[Work],
    ) -> list[Work]:
        """The works to run before the reply: of a repeat, what is still undone."""
        if not held or not accepted.duplicate:
            return works
        try:
            return self._inbox.take(self._source, self._source.dedupe.keys_of_events(events), held)
        except Held:
            raise InboxError("the delivery came again while it is being handled") from None
