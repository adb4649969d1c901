"""What tells that an event came before: keys made of signed material wherever there is some."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from hookkit.event import Event
from hookkit.hashing import feed
from hookkit.inbox.sent_keys import sent_beginning, sent_key
from hookkit.messages import Request
from hookkit.places import Place, outside_body
from hookkit.provider import Provider
from hookkit.schemes.base import Verdict

__all__ = ["Dedupe", "known_by"]


class Dedupe:
    """Makes the keys of one provider's deliveries."""

    def __init__(self, provider: Provider) -> None:
        self._has_signed_ids = _is_signed(provider, provider.event_id)
        self._has_unique_bodies = provider.unique_bodies

    def keys_of_events(self, events: Sequence[Event]) -> tuple[tuple[str, ...], ...]:
        """For each event of a delivery the keys under which it is known; one known makes it a repeat.

        An event's own id where the signature covers it. Else whoever has captured a delivery could send it
        again under another id: so the ids count together with the body's digest; and where no two bodies
        are alike, the digest by itself. Never the signature's text, which may be written in several ways.
        """
        if not self._has_signed_ids:
            return tuple([self._digested(event, place) for place, event in enumerate(events)])
        return tuple(
            [
                self._digested(event, place) if event.id is None else (f"id:{event.id}",)
                for place, event in enumerate(events)
            ]
        )

    def keys_of_delivery(
        self, request: Request, verdict: Verdict, delivery_id: str | None
    ) -> tuple[str, ...]:
        """The keys of a delivery that is not parsed yet."""
        return self._keys(request, verdict, delivery_id, "all")

    def noted(
        self, told: str | None, count: int, origin: str
    ) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
        """What each of so many events of a delivery asks for, and what it holds, beside its own keys.

        What was fetched by a repair has another digest than what was sent, so that an id must tell them to
        be the same. Only the repair believes the id of a request, which may not be signed; and a request
        believes what a repair has noted, who had it from the provider itself.
        """
        if told is None or self._has_signed_ids:
            return (), ()
        repaired = f"repaired:{told}"
        if origin == "request":
            return ((repaired,),) * count, ()
        return ((repaired, sent_beginning(told)),) * count, ((repaired,), *((),) * (count - 1))

    def _digested(self, event: Event, place: int) -> tuple[str, ...]:
        told = event.delivery_id if event.delivery_id is not None else event.id
        return self._keys(event.request, event.verdict, told, str(place))

    def _keys(
        self, request: Request, verdict: Verdict, told: str | None, which: str
    ) -> tuple[str, ...]:
        hashed = sha256()
        feed(hashed, request.body)
        digest = hashed.hexdigest()
        keys: list[str] = []
        if told is not None:
            keys.append(sent_key(told, digest, which))
        if self._has_unique_bodies:
            keys.append(f"body:{digest}:{which}")
        if not keys and verdict.timestamp is not None:
            # A captured delivery, at least, does not run again.
            keys.append(f"at:{verdict.timestamp!r}:{digest}:{which}")
        return tuple(keys)


def known_by(told: str) -> tuple[str, ...]:
    """The keys under which something with this id, of a delivery or an event, is known if it ever came."""
    return (f"id:{told}", sent_beginning(told), f"repaired:{told}")


def _is_signed(provider: Provider, place: Place | None) -> bool:
    """Whether nobody but the provider can have written what stands there."""
    if place is None:
        return False
    if outside_body(place):
        return provider.signed_ids
    return provider.scheme.covers("body")
