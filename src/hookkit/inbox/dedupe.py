"""`Dedupe`: the keys by which an event is known again, made of signed parts wherever there are any."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from hookkit.event import Event
from hookkit.hashing import feed
from hookkit.inbox.redact import redacted, steps_of
from hookkit.inbox.sent_keys import sent_beginning, sent_key
from hookkit.messages import Request
from hookkit.places import Place, outside_body
from hookkit.provider import Provider
from hookkit.schemes.base import Verdict

__all__ = ["Dedupe", "known_by", "sent_id_of"]


class Dedupe:
    """Makes the keys of one provider's deliveries."""

    def __init__(self, provider: Provider) -> None:
        self._ids_suffice = not provider.shared_ids and _is_signed(provider, provider.event_id)
        self._has_unique_bodies = provider.unique_bodies
        self._changing = [steps_of(each) for each in provider.changes_each_try]

    def keys_of_events(self, events: Sequence[Event]) -> tuple[tuple[str, ...], ...]:
        """For each event of a delivery the keys under which it is known; one known makes it a repeat.

        An event's own id where the signature covers it, and no other event has it. Else whoever has
        captured a delivery could send it again under another id: so the ids count together with the body's
        digest; and where no two bodies are alike, the digest by itself. Never the signature's text, which
        may be written in several ways.
        """
        if not self._ids_suffice:
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

    def further_keys(
        self, sent_id: str | None, count: int, origin: str
    ) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
        """For each of a delivery's `count` events the `Arrival.asks` and `Arrival.holds`.

        What a repair fetches has another digest than what was sent, so that only the id can tell that they
        are the same. A repair believes the id of a request, although that may be unsigned, and asks for it.
        A request believes only what a repair holds, which had the id from the provider itself.
        """
        if sent_id is None or self._ids_suffice:
            return (), ()
        repaired = f"repaired:{sent_id}"
        if origin == "request":
            return ((repaired,),) * count, ()
        return ((repaired, sent_beginning(sent_id)),) * count, ((repaired,), *((),) * (count - 1))

    def _digested(self, event: Event, place: int) -> tuple[str, ...]:
        return self._keys(event.request, event.verdict, sent_id_of(event), str(place))

    def _keys(
        self, request: Request, verdict: Verdict, sent_id: str | None, which: str
    ) -> tuple[str, ...]:
        hashed = sha256()
        feed(hashed, self._same_each_try(request))
        digest = hashed.hexdigest()
        keys: list[str] = []
        if sent_id is not None:
            keys.append(sent_key(sent_id, digest, which))
        if self._has_unique_bodies:
            keys.append(f"body:{digest}:{which}")
        if not keys and verdict.timestamp is not None:
            # A captured delivery, at least, does not run again.
            keys.append(f"at:{verdict.timestamp!r}:{digest}:{which}")
        return tuple(keys)

    def _same_each_try(self, request: Request) -> bytes:
        # A GET says in its query what others say in the body.
        body = request.body or _query_of_get(request)
        if not self._changing:
            return body
        try:
            return redacted(body.decode(), self._changing).encode()
        except (ValueError, IndexError, RecursionError):
            return body  # what is no JSON is rejected, once for each time that it comes


def sent_id_of(event: Event) -> str | None:
    """The id by which the provider's own list of deliveries, or of events, knows this."""
    return event.delivery_id if event.delivery_id is not None else event.id


def known_by(sent_id: str) -> tuple[str, ...]:
    """The keys under which something with this id, of a delivery or an event, is known if it ever came."""
    return (f"id:{sent_id}", sent_beginning(sent_id), f"repaired:{sent_id}")


def _query_of_get(request: Request) -> bytes:
    return request.query.encode("utf-8", "surrogatepass") if request.method == "GET" else b""


def _is_signed(provider: Provider, place: Place | None) -> bool:
    """Whether what stands there is signed, and so the provider's own."""
    if place is None:
        return False
    if outside_body(place):
        return provider.signed_ids
    return provider.scheme.covers("body") or provider.scheme.covers("fields")
