"""A request of any provider, before it is signed: made of what the provider declares."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from hookkit.bodies import write_body
from hookkit.errors import ConfigError
from hookkit.formats import JSON, Form, Format, Multipart
from hookkit.handshake import Handshake
from hookkit.messages import Request
from hookkit.places import Choice, First, Header, Inside, Joined, Number, Place, Pointer, Query
from hookkit.provider import Provider

__all__ = ["compose", "compose_question"]

JSON_TYPE = "application/json"
BOUNDARY = "hookkit-testing-boundary"


def compose(
    provider: Provider,
    type: str | None = None,  # noqa: A002  # an event's
    payload: Mapping[str, Any] | None = None,
    *,
    event_id: str | None = None,
    delivery_id: str | None = None,
    now: float,
    new_number: Callable[[], int],
    headers: Mapping[str, str] | None = None,
    url: str = "",
) -> Request:
    """The request, unsigned. What the payload says of the event stays; what is missing is put in.

    Args:
        provider: the sender.
        type: name of the event; by default what the payload and the headers say.
        payload: of one event.
        event_id: by default made of a new number.
        delivery_id: by default made of a new number.
        now: unix seconds, for the event's time.
        new_number: gives another one each time.
        headers: further ones, which win.
        url: of the endpoint.

    Raises:
        ConfigError: the name or an id stands where nothing can be put; give a payload that has it.
    """
    draft = Draft(provider, copy.deepcopy(dict(payload or {})), dict(headers or {}), url)
    draft.fill(provider.event_type, type, None, "the event's name")
    draft.fill(provider.event_id, event_id, lambda: f"{new_number()}", "the event's id")
    draft.fill_delivery(delivery_id, lambda: f"{new_number()}")
    draft.fill_time(now)
    return draft.request()


def compose_question(
    provider: Provider, handshake: Handshake, challenge: str, *, url: str = ""
) -> tuple[Request, dict[str, Any]]:
    """The question that a provider asks at set-up, unsigned; and its payload.

    Raises:
        ConfigError: it asks in a way that cannot be made up.
    """
    draft = Draft(provider, {}, {}, url)
    draft.fill(handshake.echo, challenge, None, "a question")
    for place, said in handshake.asks:
        draft.fill(place, said, lambda: "1", "a question")
    if handshake.token is not None:
        draft.fill(*handshake.token, None, "a question")
    return draft.question(handshake.method), draft.item


class Draft:
    """A request that is not finished."""

    def __init__(
        self, provider: Provider, item: dict[str, Any], headers: dict[str, str], url: str
    ) -> None:
        self._provider = provider
        self._item = item
        self._envelope: dict[str, Any] = {}
        self._headers = headers
        self._url = url

    def fill(
        self,
        place: Place | None,
        value: str | int | None,
        default: Callable[[], str] | None,
        what: str,
    ) -> None:
        """Put a value where it belongs; the default where nothing is said and nothing stands there."""
        if place is None:
            return
        found = place.find(self._without_body("POST"), self._item)
        if value is None and found is not None:
            return
        if value is None and default is not None:
            value = default()
        if value is None or (type(found) is type(value) and found == value):
            return
        if (
            not self._put(place, value)
            or place.find(self._without_body("POST"), self._item) is None
        ):
            raise ConfigError(
                f"{self._provider.name} has {what} where nothing can be put: give a payload= that has it"
            )

    def fill_delivery(self, value: str | None, default: Callable[[], str]) -> None:
        """Put the delivery's id where it belongs: of a batch that is not in its event."""
        place, batch = self._provider.delivery_id, self._provider.batch
        if batch is None or not isinstance(place, Pointer):
            self.fill(place, value, default, "the delivery's id")
        elif isinstance(batch, Pointer) and batch.path:
            place.put(self._envelope, default() if value is None else value)

    def fill_time(self, now: float) -> None:
        """Say when the event happened, where that can be said."""
        place = self._provider.event_time
        if place is None or place.find(self._without_body("POST"), self._item) is not None:
            return
        times: dict[str, object] = {
            "s": int(now),
            "ms": int(now * 1000),
            "rfc3339": datetime.fromtimestamp(now, UTC).isoformat(),
        }
        self._put(place, times[self._provider.time_unit])

    def _put(self, place: Place, value: Any) -> bool:
        """Whether it could be put there."""
        match place:
            case Header() | Query():
                self._put_outside(place, str(value))
                return True
            case Pointer():
                return self._put_in(self._item, place, value)
            case Joined():
                parts = zip(
                    place.places, str(value).split(place.by, len(place.places) - 1), strict=False
                )
                return all(self._put(at, part) for at, part in parts)
            case First():
                return any(self._put(each, value) for each in place.places)
        return self._put_further(place, value)

    def _put_further(self, place: Place, value: Any) -> bool:
        match place:
            case Number():
                return str(value).isdecimal() and self._put(place.place, int(value))
            case Choice():
                return self._put(place.otherwise, value)
            case Inside():
                inner: dict[str, Any] = {}
                return self._put_in(inner, place.inner, value) and self._put_in(
                    self._item, place.outer, {"event": inner}
                )
        return False

    def _put_outside(self, place: Header | Query, text: str) -> None:
        if isinstance(place, Header):
            self._headers[place.name] = text
            return
        mark = "&" if "?" in self._url else "?"
        self._url = f"{self._url or '/'}{mark}{quote(place.name)}={quote(text, safe='')}"

    def _put_in(self, item: dict[str, Any], place: Pointer, value: object) -> bool:
        try:
            place.put(item, value)
        except (ConfigError, ValueError):  # something else stands there; or it is the whole
            return False
        return True

    def request(self) -> Request:
        """The delivery that was put together."""
        if self._provider.delivers_by == ("GET",):
            return self._without_body("GET")
        return self._with_body("POST", self._whole(self._provider.accepts[0]))

    @property
    def item(self) -> dict[str, Any]:
        """The payload so far."""
        return self._item

    def question(self, method: str) -> Request:
        """The question that was put together; only one that is asked by POST has a body."""
        return (
            self._with_body(method, self._item) if method == "POST" else self._without_body(method)
        )

    def _with_body(self, method: str, payload: object) -> Request:
        form = self._provider.accepts[0]
        headers = {"Content-Type": _media_of(form), **self._headers}
        return Request(method, headers, write_body(_bare(form), payload), url=self._url)

    def _without_body(self, method: str) -> Request:
        return Request(method, self._headers, b"", url=self._url)

    def _whole(self, form: Format) -> Any:
        """The payload: of a batch, the event alone in it."""
        batch = self._provider.batch
        if isinstance(form, Form) and form.json_field is not None:
            return {form.json_field: json.dumps(self._item)}
        if batch is None:
            return self._item
        if isinstance(batch, Pointer) and batch.path:
            batch.put(self._envelope, [self._item])
            return self._envelope
        return [self._item]


def _bare(form: Format) -> Format:
    """The format as it is written."""
    return Form() if isinstance(form, Form) else form


def _media_of(form: Format) -> str:
    media = form.media[0]
    if isinstance(form, JSON) and "*" in media:
        return JSON_TYPE
    return f"{media}; boundary={BOUNDARY}" if isinstance(form, Multipart) else media
